/** Certificates that the store hands out, each with one thing wrong: the signer's own, and those of the authorities above him. */
import type { HostileCase } from '../hostile-case.ts'
import { keyCases } from './certificates/keys.ts'
import { nameCases } from './certificates/names.ts'
import { pathCases } from './certificates/paths.ts'
import { rootCases } from './certificates/roots.ts'
import { ruleCases } from './certificates/rules.ts'
import { validityCases } from './certificates/validity.ts'

export const cases: HostileCase[] = [...validityCases, ...rootCases, ...nameCases, ...pathCases, ...keyCases, ...ruleCases]
