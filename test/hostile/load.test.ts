import { cases } from './cases/load.ts'
import { proveCases } from './prove-cases.ts'

proveCases(cases)
