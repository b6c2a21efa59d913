import { cases } from './cases/downloads.ts'
import { proveCases } from './prove-cases.ts'

proveCases(cases)
