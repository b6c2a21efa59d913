import type { Marks } from '../ports.ts'
import type { WebhookRegistration } from '../schemas/webhook-registration.ts'

/** That the registration is meant to be ours: where events should come to, and since when. */
export interface RegistrationWish {
  url: string
  /** ISO 8601. */
  since: string
}

const wishMark = 'registration'
const seenMark = 'registration.state'

/** Undefined when nobody has registered through this service. */
export async function wishedRegistration(marks: Marks): Promise<RegistrationWish | undefined> {
  return read<RegistrationWish>(await marks.get(wishMark))
}

/** What was seen at the last look; undefined when there was none, or when it does not matter any more. */
export async function seenRegistration(marks: Marks): Promise<WebhookRegistration | undefined> {
  return read<WebhookRegistration>(await marks.get(seenMark))
}

export async function keepWish(marks: Marks, { url, since }: RegistrationWish): Promise<void> {
  const before = await wishedRegistration(marks)
  await marks.put(wishMark, JSON.stringify({ url, since: before?.url === url ? before.since : since }))
}

export async function keepSeen(marks: Marks, status: WebhookRegistration): Promise<void> {
  await marks.put(seenMark, JSON.stringify(status))
}

/** From now on nobody minds where events go. */
export async function forgetRegistration(marks: Marks): Promise<void> {
  await marks.delete(wishMark)
  await marks.delete(seenMark)
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
