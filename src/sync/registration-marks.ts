import type { Marks } from '../ports.ts'
import type { WebhookRegistration } from '../schemas/webhook-registration.ts'
import { isSameUrl } from './registration-url.ts'

/** That the registration is meant to be ours: where events should come to, and since when. */
export interface RegistrationWish {
  url: string
  /** ISO 8601. */
  since: string
  /** Where they came to before, until it is seen that they come to `url`. */
  former?: string
}

const wishMark = 'registration'
const seenMark = 'registration.state'
const warnedMark = 'registration.warned'

/** Undefined when nobody has registered through this service. */
export async function wishedRegistration(marks: Pick<Marks, 'get'>): Promise<RegistrationWish | undefined> {
  return read<RegistrationWish>(await marks.get(wishMark))
}

/** What was seen at the last look; undefined when there was none, or when it does not matter any more. */
export async function seenRegistration(marks: Pick<Marks, 'get'>): Promise<WebhookRegistration | undefined> {
  return read<WebhookRegistration>(await marks.get(seenMark))
}

/** When it was last warned of events that do not come here. */
export async function warnedAt(marks: Pick<Marks, 'get'>): Promise<Date | undefined> {
  const at = new Date((await marks.get(warnedMark)) ?? '')
  return Number.isNaN(at.getTime()) ? undefined : at
}

/** The addresses other than `url` at which this service has registered: what is registered there is its own. */
export function formerUrls(wish: RegistrationWish | undefined, url: string): string[] {
  return [wish?.url, wish?.former].filter(one => typeof one === 'string').filter(one => !isSameUrl(one, url))
}

export async function keepWish(marks: Marks, { url, since, former }: RegistrationWish): Promise<void> {
  const before = await wishedRegistration(marks)
  const wish = { url, since: before?.url === url ? before.since : since, ...(former !== undefined && { former }) }
  await marks.put(wishMark, JSON.stringify(wish))
}

export async function keepSeen(marks: Marks, status: WebhookRegistration): Promise<void> {
  await marks.put(seenMark, JSON.stringify(status))
}

export async function keepWarned(marks: Marks, at: Date): Promise<void> {
  await marks.put(warnedMark, at.toISOString())
}

/** From now on nobody minds where events go. */
export async function forgetRegistration(marks: Marks): Promise<void> {
  for (const mark of [wishMark, seenMark, warnedMark]) await marks.delete(mark)
}

/** What another version wrote in another form is as good as absent. */
function read<T>(text: string | undefined): T | undefined {
  try {
    const value: unknown = JSON.parse(text ?? 'null')
    return typeof value === 'object' && value !== null ? (value as T) : undefined
  } catch {
    return undefined
  }
}
