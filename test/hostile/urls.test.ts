import { cases } from './cases/urls.ts'
import { proveCases } from './prove-cases.ts'

proveCases(cases)
