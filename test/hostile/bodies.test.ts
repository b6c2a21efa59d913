import { cases } from './cases/bodies.ts'
import { proveCases } from './prove-cases.ts'

proveCases(cases)
