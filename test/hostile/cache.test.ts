import { cases } from './cases/cache.ts'
import { proveCases } from './prove-cases.ts'

proveCases(cases)
