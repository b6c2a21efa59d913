import { cases } from './cases/signatures.ts'
import { proveCases } from './prove-cases.ts'

proveCases(cases)
