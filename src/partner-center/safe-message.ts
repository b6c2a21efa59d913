import { referralStatuses, referralSubstatuses } from '../schemas/referral.ts'

const maxLength = 200
const ownWords = new Set<string>([...referralStatuses, ...referralSubstatuses].map(word => word.toLowerCase()))

/** Names of the contract that an explanation may hold, for they are capitals in the middle of a sentence. */
const contractNames = new Set(['id', 'url', 'etag', 'mfa', 'webhookurl', 'webhookevents', 'signaturetokentomssignatureheader'])

/**
 * Partner Center's own explanation when it may be shown and logged: one short printable line that repeats nothing of what was sent
 * (`sent`: the values of the request) and nothing that looks like a name, a quotation, an e-mail address, a phone number or a URL, whose
 * query may be a secret. Else undefined.
 */
export function safeMessage(message: unknown, sent: unknown): string | undefined {
  if (typeof message !== 'string') return undefined
  const line = message.trim()
  if (line.length === 0 || line.length > maxLength || /[^\x20-\x7e]/.test(line)) return undefined
  if (line.includes('@') || line.includes('://') || /\d[\d ()./-]{6,}/.test(line)) return undefined
  if (mayNameSomebody(line)) return undefined
  const lower = line.toLowerCase()
  return leaves(sent).some(value => lower.includes(value)) ? undefined : line
}

/** What Partner Center knows of a customer need not have been sent: a quotation, figures in a word, or a capital in the middle of a sentence. */
function mayNameSomebody(line: string): boolean {
  if (/(^|\W)['"`]|['"`](\W|$)/.test(line)) return true
  const words = line.replace(/(^|[.!?] +)[A-Z]/g, start => start.toLowerCase()).match(/[A-Za-z0-9_-]+/g) ?? []
  return words.some(word => {
    const isKnown = ownWords.has(word.toLowerCase()) || contractNames.has(word.toLowerCase()) || /^[A-Z]{2,3}$/.test(word)
    return !isKnown && /^[A-Z]|[A-Za-z_-]\d|\d[A-Za-z_-]/.test(word)
  })
}

/** The beginnings of all values in the request, since an echo may be cut short. Values of one or two letters prove nothing. */
function leaves(value: unknown): string[] {
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(leaves)
  if (typeof value !== 'string' && typeof value !== 'number') return []
  const leaf = String(value).trim().toLowerCase()
  return leaf.length < 3 || ownWords.has(leaf) ? [] : [leaf.slice(0, 12)]
}
