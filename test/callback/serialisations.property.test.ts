import fc from 'fast-check'
import t from 'tap'
import { serialisations } from '../../src/callback/serialisations.ts'
import { holds } from '../fixtures/arbitraries/holds.ts'

/** Every kind of character: ASCII with its controls, HTML's, line ends, beyond the first plane. */
const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom('"', '\\', '/', '<', '&', "'", '\u2028', '\u0085', '\u007f', '\u0000', '\n', '😀', 'é'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 })
  )
})
const json = fc.jsonValue({ stringUnit: 'binary', maxDepth: 4 })
const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8')
const forms = (body: string) => serialisations(Buffer.from(body))
const bytesOf = (body: string, form: string) => {
  const found = forms(body)
  return textOf((found.find(each => each.form === form) ?? found[0])?.bytes ?? Buffer.alloc(0))
}

t.test('every form means what was sent, and none is there twice', async t => {
  const written = fc.tuple(json, fc.constantFrom<(number | string | undefined)[]>(undefined, 2, '\t', '\n \r\n'))
  await holds(t, 3000, written, ([value, indent]) => {
    const body = JSON.stringify(value, null, indent)
    const all = forms(body)
    const texts = all.map(({ bytes }) => textOf(bytes))
    return (
      all[0]?.form === 'as-sent' &&
      texts[0] === body &&
      new Set(texts).size === texts.length &&
      texts.every(each => JSON.stringify(JSON.parse(each)) === JSON.stringify(value))
    )
  })
})

t.test('what was compact before a flow spread it out is found again', async t => {
  await holds(t, 3000, json, value => {
    const compact = JSON.stringify(value)
    return forms(JSON.stringify(value, null, 2)).some(({ bytes }) => textOf(bytes) === compact)
  })
})

t.test('numbers, the order of keys and repeated keys stay as they were written', async t => {
  const number = fc
    .tuple(fc.constantFrom('', '-'), fc.nat(), fc.constantFrom('', '.0', '.50'), fc.constantFrom('', 'e5', 'E+05', 'e-999'))
    .map(parts => parts.join(''))
  const pairs = fc.array(fc.tuple(fc.constantFrom('b', 'a', '__proto__', '10', '9'), number), { minLength: 1, maxLength: 6 })
  await holds(t, 2000, pairs, list => {
    const compact = `{${list.map(([key, value]) => `"${key}":${value}`).join(',')}}`
    const spread = `{\r\n${list.map(([key, value]) => `\t"${key}" : ${value}`).join(' ,\n')} }`
    return bytesOf(spread, 'compact') === compact
  })
})

t.test('strings are escaped as the two writers document it', async t => {
  // Newtonsoft.Json's default: what JSON demands and three line ends. System.Text.Json's: everything but harmless ASCII.
  // The model goes through the text unit by unit. Lone surrogates cannot be told from replaced ones, so they are left out.
  await holds(
    t,
    4000,
    text.filter(value => Buffer.from(value).toString() === value),
    value => {
      const body = JSON.stringify({ value })
      const newtonsoft = units(value)
        .map(unit => newtonsoftUnit(unit))
        .join('')
      const dotnet = units(value)
        .map(unit => dotnetUnit(unit))
        .join('')
      const texts = forms(body).map(({ bytes }) => textOf(bytes))
      return texts.includes(`{"value":"${newtonsoft}"}`) && texts.includes(`{${quotedDotnet('value')}:"${dotnet}"}`)
    }
  )
})

const short: Record<string, string> = { '\\': '\\\\', '\b': '\\b', '\t': '\\t', '\n': '\\n', '\f': '\\f', '\r': '\\r' }
const units = (value: string): string[] => value.split('')
const hex = (unit: string) => unit.charCodeAt(0).toString(16).padStart(4, '0')
const quotedDotnet = (value: string) => `"${units(value).map(dotnetUnit).join('')}"`

function newtonsoftUnit(unit: string): string {
  if (unit === '"') return '\\"'
  const isEscaped = unit < ' ' || unit === '\u0085' || unit === '\u2028' || unit === '\u2029'
  return short[unit] ?? (isEscaped ? `\\u${hex(unit)}` : unit)
}

function dotnetUnit(unit: string): string {
  const isHarmless = unit >= ' ' && unit <= '~' && !`"&'+<>\``.includes(unit)
  return short[unit] ?? (isHarmless ? unit : `\\u${hex(unit).toUpperCase()}`)
}

t.test('of what is not JSON in UTF-8 there is one form only, the bytes as sent', async t => {
  const isJson = (bytes: Uint8Array) => {
    try {
      JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
      return true
    } catch {
      return false
    }
  }
  await holds(
    t,
    5000,
    fc.uint8Array({ maxLength: 60 }),
    bytes => isJson(bytes) || (serialisations(bytes).length === 1 && serialisations(bytes)[0]?.bytes === bytes)
  )
})
