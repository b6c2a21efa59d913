import { Failure } from '../failure.ts'
import { readAlternateKey } from './alternate-key.ts'
import { readChangeTracking, trackingIsOff } from './change-tracking.ts'
import type { DataverseClient, Work } from './client.ts'

const idleMs = 30_000

/** WhoAmI proves the sign-in, the key's state that leads can be written; nothing is changed. @throws CRM_NOT_SET_UP, CRM_DENIED, … */
export async function check({
  client,
  url,
  referralColumn,
  work
}: {
  client: DataverseClient
  url: string
  referralColumn: string
  work: Work
}): Promise<string> {
  await client.send(
    'Dataverse could not be asked who we are',
    // callFunction of dynamics-web-api 2.5 copies its request deeply and so breaks an AbortSignal: an idle timeout closes the connection instead.
    (api, { token, headers }) => api.callFunction({ name: 'WhoAmI', token, headers, timeout: idleMs }),
    work
  )
  const key = await readAlternateKey(client, referralColumn, work)
  if (!key) throw new Failure('CRM_NOT_SET_UP', `The lead table has no alternate key on the column «${referralColumn}».`)
  if (key.state !== 'Active')
    throw new Failure('CRM_NOT_SET_UP', `The alternate key on the column «${referralColumn}» is ${key.state}, not Active.`)
  const isTracked = await readChangeTracking(client, work)
  return `Signed in to ${new URL(url).host}; the alternate key on «${referralColumn}» is active.${isTracked === false ? ` ${trackingIsOff}` : ''}`
}
