import { textOf } from '../values.ts'
import { integer, refused, text } from './arguments.ts'
import { type Call, type FunctionTable, lenient, strict } from './language-function.ts'

function part(call: Call): string {
  const whole = text(call, 0)
  const start = integer(call, 1)
  const length = call.args.length > 2 ? integer(call, 2) : whole.length - start
  if (start < 0 || length < 0 || start + length > whole.length) {
    throw refused(
      call,
      `parameters are out of range: 'start index' and 'length' must be non-negative integers and their sum must be no larger than the length of the string.`
    )
  }
  return whole.slice(start, start + length)
}

/** From `start` up to but not including `end`; places from the end are negative, and what is out of range is cut. */
function slice(call: Call): string {
  return text(call, 0).slice(integer(call, 1), call.args.length > 2 ? integer(call, 2) : undefined)
}

function nthIndexOf(call: Call): number {
  const whole = text(call, 0).toLowerCase()
  const wanted = text(call, 1).toLowerCase()
  const occurrence = integer(call, 2)
  const found: number[] = []
  for (let at = whole.indexOf(wanted); at !== -1 && wanted !== ''; at = whole.indexOf(wanted, at + wanted.length)) found.push(at)
  return (occurrence > 0 ? found[occurrence - 1] : found.at(occurrence)) ?? -1
}

/** Functions over texts. `startsWith`, `endsWith` and the places of a text take no notice of capitals; `replace` and `split` do. */
export const texts: FunctionTable = {
  concat: lenient(1, Number.POSITIVE_INFINITY, ({ args }) =>
    args.every(Array.isArray) && args.length > 0 ? args.flat() : args.map(textOf).join('')
  ),
  toLower: strict(1, 1, call => text(call, 0).toLowerCase()),
  toUpper: strict(1, 1, call => text(call, 0).toUpperCase()),
  trim: strict(1, 1, call => text(call, 0).trim()),
  replace: strict(3, 3, call => {
    const old = text(call, 1)
    if (old === '') throw refused(call, `expects its second parameter 'old string' to be a string that is not empty.`)
    return text(call, 0).replaceAll(old, () => text(call, 2))
  }),
  split: strict(2, 2, call => text(call, 0).split(text(call, 1))),
  substring: strict(2, 3, part),
  slice: strict(2, 3, slice),
  startsWith: strict(2, 2, call => text(call, 0).toLowerCase().startsWith(text(call, 1).toLowerCase())),
  endsWith: strict(2, 2, call => text(call, 0).toLowerCase().endsWith(text(call, 1).toLowerCase())),
  indexOf: strict(2, 2, call => text(call, 0).toLowerCase().indexOf(text(call, 1).toLowerCase())),
  lastIndexOf: strict(2, 2, call => text(call, 0).toLowerCase().lastIndexOf(text(call, 1).toLowerCase())),
  nthIndexOf: strict(3, 3, nthIndexOf)
}
