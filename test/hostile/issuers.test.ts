import { cases } from './cases/issuers.ts'
import { proveCases } from './prove-cases.ts'

proveCases(cases)
