import { cases } from './cases/headers.ts'
import { proveCases } from './prove-cases.ts'

proveCases(cases)
