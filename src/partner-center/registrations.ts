import { Failure } from '../failure.ts'
import type { Registration, Registrations } from '../ports.ts'
import { openSender, type PartnerCenterOptions } from './open-sender.ts'
import { readRegistration, readTestId, readTestResult } from './read-registration.ts'
import { unexpected } from './to-failure.ts'

/**
 * The registration for webhooks over its REST API, which is not that of the referrals: another host, another audience, another form of errors.
 * `baseUrl` is for example https://api.partnercenter.microsoft.com/webhooks/v1/registration. A registered URL may carry a secret in its query:
 * it is in no log line and in no message.
 * Source: learn.microsoft.com/partner-center/developer/partner-center-webhooks
 */
export function partnerCenterRegistrations(options: PartnerCenterOptions): Registrations {
  const send = openSender(options)

  const get: Registrations['get'] = async call =>
    readRegistration(await send({ method: 'GET', path: '', about: 'registration', isRepeatable: true, expects: [404] }, call))

  const put: Registrations['put'] = async (registration, { replaces }, call) => {
    const body = bodyOf(registration)
    const wanted = { path: '', about: 'registration', sent: registration, body, isRepeatable: true } as const
    // Nobody has decided to replace another one than was seen. What is left is the moment between this look and the write: there is no condition
    // that Partner Center would take with it.
    const requireSeen = (present: Registration | undefined): void => {
      if (present && present.url !== registration.url && present.url !== replaces)
        throw new Failure('WEBHOOK_TAKEN', 'Another system registered for the events of Partner Center at the same moment.')
    }
    const present = await get(call)
    requireSeen(present)
    if (present === undefined) {
      const answer = await send({ ...wanted, method: 'POST', expects: [404, 409] }, call)
      if (answer.status === 404) throw unexpected('knows no registrations under PARTNER_CENTER_WEBHOOKS_URL', answer)
      if (answer.status !== 409) return
      // There is one after all.
      requireSeen(await get(call))
    }
    await send({ ...wanted, method: 'PUT' }, call)
  }

  const sendTest: Registrations['sendTest'] = async call => {
    // Never repeated: only two are allowed a minute, and a second one would tell of itself, not of the first.
    const headers = { 'content-type': 'application/json' }
    return readTestId(await send({ method: 'POST', path: '/validationEvents', headers, about: 'registration', isRepeatable: false }, call))
  }

  const testResult: Registrations['testResult'] = async (correlationId, call) => {
    const path = `/validationEvents/${encodeURIComponent(correlationId)}`
    const answer = await send({ method: 'GET', path, about: 'registration', isRepeatable: true, expects: [404] }, call)
    // Not there yet, or not any more: results are deleted after seven days.
    return answer.status === 404 ? { isCompleted: false, attempts: [] } : readTestResult(answer)
  }

  return { get, put, sendTest, testResult }
}

/** The names as the documentation writes them. The flag is a boolean in the published contract. */
function bodyOf({ url, events, signatureInMsHeader }: Registration): object {
  return {
    WebhookUrl: url,
    WebhookEvents: events,
    ...(signatureInMsHeader !== undefined && { SignatureTokenToMsSignatureHeader: signatureInMsHeader })
  }
}
