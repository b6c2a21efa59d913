import type { Json } from '../../json.ts'
import { isEqual, typeName } from '../values.ts'
import { argument, expects, refused, yesOrNo } from './arguments.ts'
import { type Call, type FunctionTable, lenient, strict } from './language-function.ts'

/** Below, the same or above: of two numbers or two texts, nothing else. */
function compare(call: Call): number {
  const [one = null, other = null] = call.args
  if (typeof one === 'number' && typeof other === 'number') return one - other
  if (typeof one === 'string' && typeof other === 'string') return one === other ? 0 : one < other ? -1 : 1
  throw refused(
    call,
    `expects two parameter of matching types. The function was invoked with values of type '${typeName(one)}' and '${typeName(other)}' that do not match.`
  )
}

const booleans = (call: Call): boolean[] => call.args.map((_, index) => yesOrNo(call, index))

/**
 * The arguments of `and` and `or` have all been evaluated before, from left to right. Whether the platform leaves out those that no longer
 * matter is nowhere written: a flow that does not rely on it runs either way.
 */
export const logic: FunctionTable = {
  equals: lenient(2, 2, ({ args: [one = null, other = null] }) => isEqual(one, other)),
  not: strict(1, 1, call => !yesOrNo(call, 0)),
  and: strict(1, Number.POSITIVE_INFINITY, call => booleans(call).every(Boolean)),
  or: strict(1, Number.POSITIVE_INFINITY, call => booleans(call).some(Boolean)),
  if: strict(3, 3, call => (yesOrNo(call, 0) ? argument(call, 1) : argument(call, 2)), [0]),
  greater: strict(2, 2, call => compare(call) > 0),
  greaterOrEquals: strict(2, 2, call => compare(call) >= 0),
  less: strict(2, 2, call => compare(call) < 0),
  lessOrEquals: strict(2, 2, call => compare(call) <= 0),
  coalesce: lenient(1, Number.POSITIVE_INFINITY, ({ args }) => args.find(value => value !== null) ?? null),
  isInt: lenient(1, 1, call => /^[+-]?\d+$/.test(asText(call))),
  isFloat: lenient(1, 1, call => /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(asText(call)))
}

function asText(call: Call): string {
  const value: Json = argument(call, 0)
  if (typeof value === 'string') return value.trim()
  if (typeof value === 'number') return String(value)
  throw expects(call, 0, 'a string')
}
