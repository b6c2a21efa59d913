import { cases } from './cases/replays.ts'
import { proveCases } from './prove-cases.ts'

proveCases(cases)
