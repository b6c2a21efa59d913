import { refused } from './arguments.ts'
import { type FunctionTable, strict } from './language-function.ts'

const names: readonly [name: string, min: number, max: number][] = [
  ['xml', 1, 1],
  ['xpath', 2, 2],
  ['convertFromUtc', 2, 3],
  ['convertTimeZone', 3, 4],
  ['convertToUtc', 2, 3],
  ['parseDateTime', 1, 3],
  ['formatNumber', 2, 3],
  ['action', 0, 0],
  ['iterationIndexes', 1, 1],
  ['listCallbackUrl', 0, 0],
  ['formDataValue', 2, 2],
  ['formDataMultiValues', 2, 2],
  ['multipartBody', 2, 2],
  ['triggerFormDataValue', 1, 1],
  ['triggerFormDataMultiValues', 1, 1],
  ['triggerMultipartBody', 1, 1]
]

/** Functions of the language that are known, so that a flow with them is checked, and that fail loudly when they are to be evaluated. */
export const notEvaluated: FunctionTable = Object.fromEntries(
  names.map(([name, min, max]) => [
    name,
    strict(
      min,
      max,
      call => {
        throw refused(call, 'belongs to the language and is not evaluated here.')
      },
      []
    )
  ])
)
