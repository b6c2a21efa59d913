import { referralStatuses, referralSubstatuses } from '../schemas/referral.ts'

const maxLength = 200
const ownWords = new Set<string>([...referralStatuses, ...referralSubstatuses].map(word => word.toLowerCase()))

/**
 * Partner Center's own explanation when it may be shown and logged: one short printable line that repeats nothing of what was sent
 * (`sent`: the values of the request) and nothing that looks like an e-mail address, a phone number or a URL, whose
 * query may be a secret. Else undefined.
 */
export function safeMessage(message: unknown, sent: unknown): string | undefined {
  if (typeof message !== 'string') return undefined
  const line = message.trim()
  if (line.length === 0 || line.length > maxLength || /[^\x20-\x7e]/.test(line)) return undefined
  if (line.includes('@') || line.includes('://') || /\d[\d ()./-]{6,}/.test(line)) return undefined
  const lower = line.toLowerCase()
  return leaves(sent).some(value => lower.includes(value)) ? undefined : line
}

/** The beginnings of all values in the request, since an echo may be cut short. Values of one or two letters prove nothing. */
function leaves(value: unknown): string[] {
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(leaves)
  if (typeof value !== 'string' && typeof value !== 'number') return []
  const leaf = String(value).trim().toLowerCase()
  return leaf.length < 3 || ownWords.has(leaf) ? [] : [leaf.slice(0, 12)]
}
