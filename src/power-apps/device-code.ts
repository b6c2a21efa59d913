import type { JsonObject } from '../connector/json.ts'
import { Failure } from '../failure.ts'
import { objectIn } from './json-answer.ts'
import type { Send } from './request.ts'
import { type Audience, deviceCodeRequest, deviceTokenRequest, refusedSignIn, tokenFrom } from './sign-in.ts'
import { explanation, unexpected } from './to-failure.ts'

/** Nobody waits longer for a code to be confirmed, whatever the other side says. */
const maxWaitSeconds = 3600
const maxIntervalSeconds = 60

/**
 * A sign-in with a code that a person confirms in a browser, on whatever device.
 * `show` gets the sentence of Entra ID that says where and what to enter.
 * Source: learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code; adal 1.2.7 for version 1.0
 */
export async function signInByDeviceCode(
  audience: Audience,
  options: { send: Send; show: (text: string) => void; wait: (ms: number) => Promise<unknown>; now: () => Date }
): Promise<JsonObject> {
  const { send, show, wait, now } = options
  const { deviceCode, message, intervalSeconds, expiresInSeconds } = await askForCode(audience, send)
  show(message)

  const request = deviceTokenRequest(audience, deviceCode)
  let pauseSeconds = intervalSeconds
  // Each try counts for a second at least, so that a code without an interval ends too.
  for (let waited = 0; waited < expiresInSeconds; waited += Math.max(pauseSeconds, 1)) {
    const answer = await send(request)
    if (answer.status >= 200 && answer.status < 300) return tokenFrom(answer, request, { audience, now: now() })
    const { code } = explanation(answer)
    if (answer.status !== 400 || (code !== 'authorization_pending' && code !== 'slow_down')) throw refusedSignIn(answer, request)
    // RFC 8628 section 3.5: five seconds more, from now on.
    if (code === 'slow_down') pauseSeconds = Math.min(pauseSeconds + 5, maxIntervalSeconds)
    await wait(pauseSeconds * 1000)
  }
  throw new Failure('POWER_APPS_SIGN_IN_FAILED', 'The code was not confirmed in time.')
}

async function askForCode(audience: Audience, send: Send) {
  const request = deviceCodeRequest(audience)
  const answer = await send(request)
  if (answer.status < 200 || answer.status >= 300) throw refusedSignIn(answer, request)
  const body = objectIn(answer)
  const { device_code: deviceCode, message } = body
  // Version 1.0 sends numbers as text.
  const [interval, expiresIn] = [Number(body.interval ?? 5), Number(body.expires_in)]
  if (typeof deviceCode !== 'string' || typeof message !== 'string' || !(expiresIn > 0) || !(interval >= 0))
    throw unexpected(request, 'sent no code')
  return {
    deviceCode,
    message,
    intervalSeconds: Math.min(interval, maxIntervalSeconds),
    expiresInSeconds: Math.min(expiresIn, maxWaitSeconds)
  }
}
