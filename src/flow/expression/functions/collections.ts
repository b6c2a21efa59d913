import { isObject, type Json, objectOf } from '../../json.ts'
import { isEqual, textOf, typeName } from '../values.ts'
import { argument, expects, integer, list, number, object, refused, text } from './arguments.ts'
import { type Call, type FunctionTable, lenient, strict } from './language-function.ts'

function listOrText(call: Call): Json[] | string {
  const value = argument(call, 0)
  if (typeof value === 'string' || Array.isArray(value)) return value
  throw expects(call, 0, 'an array or a string')
}

function isEmpty(call: Call): boolean {
  const value = argument(call, 0)
  if (value === null || value === '') return true
  if (typeof value === 'number' || typeof value === 'boolean') throw expects(call, 0, 'an object, an array or a string')
  return Object.keys(value).length === 0
}

function contains(call: Call): boolean {
  const whole = argument(call, 0)
  const wanted = argument(call, 1)
  if (Array.isArray(whole)) return whole.some(item => isEqual(item, wanted))
  if (isObject(whole)) return Object.hasOwn(whole, text(call, 1))
  if (typeof whole === 'string') return whole.includes(text(call, 1))
  throw refused(
    call,
    `expects its first argument 'collection' to be a dictionary (object), an array or a string. The provided value is of type '${typeName(whole)}'.`
  )
}

/** All arguments are objects, or all are arrays. */
function combine(call: Call, objects: (all: Record<string, Json>[]) => Json, lists: (all: Json[][]) => Json): Json {
  if (isObject(argument(call, 0))) return objects(call.args.map((_, index) => object(call, index)))
  return lists(call.args.map((_, index) => list(call, index)))
}

const distinct = (items: Json[]): Json[] => items.filter((item, i) => items.findIndex(other => isEqual(item, other)) === i)

function intersection(call: Call): Json {
  return combine(
    call,
    ([first = {}, ...others]) =>
      objectOf(
        Object.entries(first).filter(([name, value]) =>
          others.every(other => Object.hasOwn(other, name) && isEqual(other[name] ?? null, value))
        )
      ),
    ([first = [], ...others]) => distinct(first).filter(item => others.every(other => other.some(candidate => isEqual(candidate, item))))
  )
}

const union = (call: Call): Json =>
  combine(
    call,
    all => objectOf(all.flatMap(Object.entries<Json>)),
    all => distinct(all.flat())
  )

function withProperty(call: Call, mayExist: boolean): Json {
  const of = object(call, 0)
  const name = text(call, 1)
  if (!mayExist && Object.hasOwn(of, name)) {
    throw refused(call, `cannot add the property '${name}' because it already exists.`)
  }
  return objectOf([...Object.entries(of), [name, argument(call, 2)] as const])
}

function sorted(call: Call): Json[] {
  const key = call.args.length > 1 ? text(call, 1) : undefined
  const keyOf = (item: Json): Json => (key !== undefined && isObject(item) ? (item[key] ?? null) : item)
  return [...list(call, 0)].sort((a, b) => {
    const [one, other] = [keyOf(a), keyOf(b)]
    if (typeof one === 'number' && typeof other === 'number') return one - other
    const [left, right] = [textOf(one), textOf(other)]
    return left === right ? 0 : left < right ? -1 : 1
  })
}

function chunks(call: Call): Json[] {
  const whole = listOrText(call)
  const length = integer(call, 1)
  if (length < 1) throw expects(call, 1, 'a positive integer')
  return Array.from({ length: Math.ceil(whole.length / length) }, (_, i) => whole.slice(i * length, (i + 1) * length))
}

const extreme = (call: Call, choose: (values: number[]) => number): number => {
  const inner: Call = Array.isArray(argument(call, 0)) ? { ...call, args: list(call, 0) } : call
  if (inner.args.length === 0) throw expects(call, 0, 'an array that is not empty')
  return choose(inner.args.map((_, index) => number(inner, index)))
}

/** Functions over lists, objects and, for some, texts. */
export const collections: FunctionTable = {
  empty: lenient(1, 1, isEmpty),
  length: strict(1, 1, call => listOrText(call).length),
  first: strict(1, 1, call => listOrText(call)[0] ?? null),
  last: strict(1, 1, call => listOrText(call).at(-1) ?? null),
  contains: strict(2, 2, contains, [0]),
  join: strict(2, 2, call => list(call, 0).map(textOf).join(text(call, 1))),
  skip: strict(2, 2, call => listOrText(call).slice(Math.max(0, integer(call, 1)))),
  take: strict(2, 2, call => listOrText(call).slice(0, Math.max(0, integer(call, 1)))),
  reverse: strict(1, 1, call => [...list(call, 0)].reverse()),
  sort: strict(1, 2, sorted),
  chunk: strict(2, 2, chunks),
  createArray: lenient(1, Number.POSITIVE_INFINITY, ({ args }) => [...args]),
  array: lenient(1, 1, call => [argument(call, 0)]),
  union: strict(1, Number.POSITIVE_INFINITY, union),
  intersection: strict(1, Number.POSITIVE_INFINITY, intersection),
  setProperty: strict(3, 3, call => withProperty(call, true), [0, 1]),
  addProperty: strict(3, 3, call => withProperty(call, false), [0, 1]),
  removeProperty: strict(2, 2, call => {
    const name = text(call, 1)
    return objectOf(Object.entries(object(call, 0)).filter(([candidate]) => candidate !== name))
  }),
  min: strict(1, Number.POSITIVE_INFINITY, call => extreme(call, values => Math.min(...values))),
  max: strict(1, Number.POSITIVE_INFINITY, call => extreme(call, values => Math.max(...values)))
}
