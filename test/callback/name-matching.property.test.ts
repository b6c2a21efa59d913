import fc from 'fast-check'
import t from 'tap'
import { readDer } from '../../src/callback/der.ts'
import { nameText, readName } from '../../src/callback/distinguished-name.ts'
import type { GeneralName } from '../../src/callback/general-names.ts'
import { isBase, isJudgeable, isWithin } from '../../src/callback/name-matching.ts'
import { holds } from '../fixtures/arbitraries/holds.ts'
import { type AttributeName, nameOf } from '../fixtures/certificates.ts'
import { ia5, printable, utf8 } from '../fixtures/der.ts'

// A small world of labels, so that names and bases meet often; some end as others do.
const label = fc.constantFrom('a', 'ba', 'b', 'example', 'EXAMPLE', 'an-example', 'com')
const host = fc.array(label, { minLength: 1, maxLength: 4 }).map(labels => labels.join('.'))
const dns = (text: string): GeneralName => ({ kind: 'dns', text })
const ip = (bytes: readonly number[]): GeneralName => ({ kind: 'ip', bytes: Buffer.from(bytes) })

const labelsOf = (text: string): string[] => text.toLowerCase().split('.').toReversed()
/** Whether the first labels, from the end, are those of the base. */
const isUnder = (text: string, base: string): boolean => labelsOf(base).every((each, index) => labelsOf(text)[index] === each)

t.test('a DNS name lies within the bases whose labels it ends with', async t => {
  await holds(t, 5000, fc.tuple(host, host), ([name, base]) => {
    const expected = isUnder(name, base)
    return isWithin(dns(name), dns(base), 'permitted') === expected && isWithin(dns(name), dns(base), 'excluded') === expected
  })
  await holds(t, 500, host, name => isWithin(dns(name), dns(''), 'permitted') && isWithin(dns(name), dns(''), 'excluded'))
})

t.test('a wildcard is permitted when all names it stands for are, and excluded when one is', async t => {
  await holds(t, 5000, fc.tuple(host, host), ([parent, base]) => {
    // Whatever stands in place of the star is one label; a fresh one and that of the base tell all cases apart.
    const first = base.split('.')[0] ?? ''
    const stands = ['fresh', first].map(each => `${each}.${parent}`)
    const name = dns(`*.${parent}`)
    const isPermitted = isWithin(name, dns(base), 'permitted')
    const isExcluded = isWithin(name, dns(base), 'excluded')
    return (!isPermitted || stands.every(each => isUnder(each, base))) && (isExcluded || !stands.some(each => isUnder(each, base)))
  })
})

t.test('an address lies within the ranges whose leading bits it has', async t => {
  const range = fc.tuple(
    fc.constantFrom(4, 16),
    fc.array(fc.constantFrom(0, 1, 127, 192, 255), { minLength: 32, maxLength: 32 }),
    fc.nat(128),
    fc.boolean()
  )
  const bits = (bytes: readonly number[]) => bytes.map(byte => byte.toString(2).padStart(8, '0')).join('')
  await holds(t, 5000, range, ([size, dice, length, isNear]) => {
    const prefix = length % (size * 8 + 1)
    const base = dice.slice(0, size)
    const address = isNear ? base.map((byte, index) => (index === size - 1 ? byte ^ 1 : byte)) : dice.slice(-size)
    const mask = Array.from({ length: size }, (_, index) => 256 - 2 ** (8 - Math.min(8, Math.max(0, prefix - index * 8))))
    const constraint = ip([...base, ...mask])
    const other = ip([...Array(20 - size).fill(0)])
    return (
      isBase(constraint) &&
      isWithin(ip(address), constraint, 'permitted') === (bits(address).slice(0, prefix) === bits(base).slice(0, prefix)) &&
      !isWithin(other, constraint, 'excluded')
    )
  })
})

t.test('mail and web addresses lie within their own host, or below a base that begins with a dot', async t => {
  await holds(t, 5000, fc.tuple(fc.constantFrom('me', 'ME', 'you'), host, host, fc.boolean()), ([local, name, base, isDomain]) => {
    const expected = isDomain
      ? isUnder(name, base) && labelsOf(name).length > labelsOf(base).length
      : name.toLowerCase() === base.toLowerCase()
    const text = isDomain ? `.${base}` : base
    const mail: GeneralName = { kind: 'email', text: `${local}@${name}` }
    const uri: GeneralName = { kind: 'uri', text: `https://${name}:8443/path` }
    return (
      isWithin(mail, { kind: 'email', text }, 'permitted') === expected && isWithin(uri, { kind: 'uri', text }, 'excluded') === expected
    )
  })
})

t.test('text of any kind is judgeable or not, and what is judgeable is within itself', async t => {
  const any = fc.tuple(
    fc.constantFrom<('dns' | 'email' | 'uri')[]>('dns', 'email', 'uri'),
    fc.oneof(host, fc.string({ unit: 'binary-ascii', maxLength: 20 }))
  )
  await holds(t, 5000, any, ([kind, text]) => {
    const name: GeneralName = { kind, text }
    if (!isJudgeable(name) || !isBase(name) || kind === 'uri') return true
    return isWithin(name, name, 'permitted') && isWithin(name, name, 'excluded')
  })
})

const attribute = fc.tuple(
  fc.constantFrom<AttributeName[]>('CN', 'O', 'OU', 'C'),
  fc.array(fc.constantFrom('a', 'B', ' ', '=', ',', '"', '~', '+', '\\'), { minLength: 1, maxLength: 4 }).map(parts => parts.join(''))
)
type Attribute = [AttributeName, string]
const read = (attributes: readonly Attribute[], write: (text: string) => Buffer = utf8) =>
  readName(readDer(nameOf(...attributes.map(([type, text]) => [type, write(text)] as const))))

t.test('names are equal when their parts are, without regard to case, blanks and string type, and in no other case', async t => {
  const naive = (attributes: readonly Attribute[]) =>
    JSON.stringify(attributes.map(([type, text]) => [type, text.toLowerCase().trim().replace(/ +/g, ' ')]))
  const names = fc.array(attribute, { maxLength: 3 })
  const changed = fc
    .tuple(names, fc.nat(3))
    .map(([list, way]) => list.map(([type, text]): Attribute => [type, way === 0 ? text.toUpperCase() : way === 1 ? ` ${text}  ` : text]))
  await holds(
    t,
    5000,
    fc.oneof(
      fc.tuple(names, names),
      fc.tuple(names, changed),
      names.map(list => [list, list.map(([type, text]): Attribute => [type, `${text} `])] as [Attribute[], Attribute[]])
    ),
    ([one, two]) => [utf8, printable, ia5].every(write => (read(one).key === read(two, write).key) === (naive(one) === naive(two)))
  )
})

t.test('a name is shown in one line of printable text, whatever is in it', async t => {
  const text = fc.string({ unit: 'binary', maxLength: 30 }).filter(value => Buffer.from(value).toString() === value)
  await holds(t, 3000, fc.array(text, { maxLength: 4 }), values => {
    const shown = nameText(read(values.map((value): Attribute => ['CN', value])))
    return shown.length <= 500 && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(shown)
  })
})
