import { cases } from './cases/certificates.ts'
import { proveCases } from './prove-cases.ts'

proveCases(cases)
