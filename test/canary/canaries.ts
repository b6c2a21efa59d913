import { randomBytes } from 'node:crypto'

/** A value that must not come out again where it does not belong, and what it stands for. */
export interface Canary {
  kind: 'secret' | 'customer data'
  /** For example PARTNER_CENTER_CLIENT_SECRET, or referral/customerProfile/team/0/email. */
  name: string
  value: string
}

/** Everything that was given away in one place: the answer of an operation, the log, a file. */
export interface Place {
  name: string
  content: string | Buffer
}

export interface Sighting {
  place: string
  canary: Canary
  /** In what disguise it was seen. */
  form: string
}

/** The canaries of one test. */
export function aviary() {
  const all: Canary[] = []
  const add = (canary: Canary): string => {
    all.push(canary)
    return canary.value
  }
  return {
    all: (): readonly Canary[] => all,
    /** A value that is there already and has to be kept secret. */
    keep: (name: string, value: string): string => add({ kind: 'secret', name, value }),
    /** A new secret. */
    secret: (name: string): string => add({ kind: 'secret', name, value: `SEC-${randomBytes(15).toString('hex')}` }),
    /** Something of a customer: short enough for any field, with an umlaut's worth of trouble, and like nothing else. */
    customer: (name: string): string => add({ kind: 'customer data', name, value: `Vexo${randomBytes(4).toString('hex')}` })
  }
}

/** The disguises that a value comes in. Those in capitals or not are one. */
function formsOf(value: string): [form: string, text: string, isCaseKept: boolean][] {
  const bytes = Buffer.from(value)
  const forms: [string, string, boolean][] = [
    ['plain', value, false],
    ['in JSON', JSON.stringify(value).slice(1, -1), false],
    ['in JSON within JSON', JSON.stringify(JSON.stringify(value)).slice(3, -3), false],
    ['in a URL', encodeURIComponent(value), false],
    ['in a form', new URLSearchParams([['', value]]).toString().slice(1), false],
    ['in hex', bytes.toString('hex'), false],
    ['backwards', [...value].reverse().join(''), false]
  ]
  // Within something longer, base64 has three faces; those letters that depend on the neighbours are left out.
  for (const before of [0, 1, 2]) {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '')
    const inner = encoded.slice(before === 0 ? 0 : before + 1, (before + bytes.length) % 3 === 0 ? undefined : -1)
    forms.push([`in base64, ${before} bytes on`, inner, true])
    forms.push([`in base64url, ${before} bytes on`, inner.replaceAll('+', '-').replaceAll('/', '_'), true])
  }
  return forms
}

/** So many letters of a form are looked up at once, at each place of a text; no form has fewer. */
const stride = 8

/** Every canary that is seen in one of the places, in whatever form; once for each place. */
export function sightings(places: readonly Place[], canaries: readonly Canary[]): Sighting[] {
  const forms = canaries.flatMap(canary => formsOf(canary.value).map(([form, text, isCaseKept]) => ({ canary, form, text, isCaseKept })))
  const byBeginning = new Map<string, typeof forms>()
  for (const form of forms) {
    const beginning = form.text.slice(0, stride).toLowerCase()
    byBeginning.set(beginning, [...(byBeginning.get(beginning) ?? []), form])
  }
  return places.flatMap(({ name, content }) => {
    const text = typeof content === 'string' ? content : content.toString('latin1')
    const lower = text.toLowerCase()
    const seen = new Map<Canary, string>()
    for (let at = 0; at + stride <= lower.length; at++)
      for (const { canary, form, text: wanted, isCaseKept } of byBeginning.get(lower.slice(at, at + stride)) ?? [])
        if (isCaseKept ? text.startsWith(wanted, at) : lower.startsWith(wanted.toLowerCase(), at))
          seen.set(canary, seen.get(canary) ?? form)
    return [...seen].map(([canary, form]) => ({ place: name, canary, form }))
  })
}
