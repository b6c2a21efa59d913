import { Failure, type FailureCode } from '../failure.ts'
import { type AlternateKey, readAlternateKey } from './alternate-key.ts'
import { readChangeTracking, trackingIsOff } from './change-tracking.ts'
import type { DataverseClient, RequestOptions, Work } from './client.ts'
import { DataverseError } from './dataverse-error.ts'
import { columnDefinition, keyDefinition } from './definitions.ts'

const pauseMs = 3000
/** Building an index waits in the environment's queue of system jobs. */
const patienceMs = 10 * 60 * 1000
const lead = "LogicalName='lead'"

interface SetUp {
  client: DataverseClient
  referralColumn: string
  solution?: string | undefined
  report: (line: string) => void
  /** The deadline of one request from now on. */
  work: () => Work
}

/**
 * Gives the lead table a text column for the referral's id and an alternate key on it, where they are missing, and waits until the key can be
 * used. What is there is left as it is, so it may be run again, also after it was broken off. It tells when changes are not tracked.
 * @throws CRM_NOT_SET_UP when the column is of another type, or the index cannot be built
 */
export async function setUp({ client, referralColumn, solution, report, work }: SetUp): Promise<void> {
  const inSolution = (options: RequestOptions): RequestOptions =>
    solution === undefined ? options : { ...options, headers: { ...options.headers, 'MSCRM.SolutionUniqueName': solution } }

  const languageCode = await readLanguage()
  await ensureColumn()
  await ensureKey()
  await untilActive()
  if ((await readChangeTracking(client, work())) === false) report(trackingIsOff)

  async function ensureColumn(): Promise<void> {
    if (await hasColumn()) return report(`The column «${referralColumn}» is there.`)
    await create(
      `The column «${referralColumn}» could not be created`,
      'Attributes',
      columnDefinition(referralColumn, languageCode),
      hasColumn
    )
    report(`The column «${referralColumn}» was created.`)
  }

  async function ensureKey(): Promise<void> {
    if (await readKey()) return report(`The alternate key on «${referralColumn}» is there.`)
    const definition = keyDefinition(referralColumn, languageCode)
    await create(
      `The alternate key on «${referralColumn}» could not be created`,
      'Keys',
      definition,
      async () => (await readKey()) !== undefined
    )
    report(`The alternate key on «${referralColumn}» was created.`)
  }

  async function untilActive(): Promise<void> {
    let last = ''
    let isReactivated = false
    for (let waitedMs = 0; waitedMs <= patienceMs; waitedMs += pauseMs) {
      const key = await readKey()
      if (key?.state === 'Active') return report('The alternate key is active: leads can be written.')
      if (key?.state === 'Failed') {
        if (isReactivated) throw notSetUp("The alternate key's index cannot be built. Most often two leads carry the same referral id.")
        report("Building the alternate key's index failed; it is started once more.")
        await reactivate(key)
        isReactivated = true
      } else if (key && key.state !== last) report(`The alternate key's index is being built (${key.state}).`)
      last = key?.state ?? ''
      await client.wait(pauseMs)
    }
    throw notSetUp(
      `The alternate key was not active after ${patienceMs / 60_000} minutes. Run the setup again later: it goes on where it is.`
    )
  }

  async function readKey(): Promise<AlternateKey | undefined> {
    return await readAlternateKey(client, referralColumn, work())
  }

  /** Labels must be in a language that the environment has; the one of the table's own name is. */
  async function readLanguage(): Promise<number> {
    const { value } = await orElse(
      404,
      'CRM_NOT_SET_UP',
      'The environment has no lead table: Dynamics 365 Sales is not installed there.',
      () =>
        client.send(
          'The lead table could not be read',
          (api, options) =>
            api.retrieve<unknown>({ collection: 'EntityDefinitions', key: lead, select: ['LogicalName', 'DisplayName'], ...options }),
          work()
        )
    )
    const label = (value as { DisplayName?: { UserLocalizedLabel?: { LanguageCode?: unknown } } } | undefined)?.DisplayName
      ?.UserLocalizedLabel
    return typeof label?.LanguageCode === 'number' ? label.LanguageCode : 1033
  }

  async function hasColumn(): Promise<boolean> {
    let type: unknown
    try {
      const { value } = await client.send(
        `The column «${referralColumn}» could not be read`,
        (api, options) =>
          api.retrieveAttribute<{ AttributeType?: unknown }>({
            entityKey: lead,
            attributeKey: `LogicalName='${referralColumn}'`,
            select: ['LogicalName', 'AttributeType'],
            ...options
          }),
        work()
      )
      type = value?.AttributeType
    } catch (failure) {
      if (statusOf(failure) === 404) return false
      throw failure
    }
    if (type !== 'String') throw notSetUp(`The column «${referralColumn}» is there but is not a text column. Choose another name.`)
    return true
  }

  /** Another setup may have been quicker: what matters is that it is there afterwards. */
  async function create(
    doing: string,
    navigationProperty: 'Attributes' | 'Keys',
    data: object,
    isThere: () => Promise<boolean>
  ): Promise<void> {
    try {
      await client.send(
        doing,
        (api, options) => api.create({ collection: 'EntityDefinitions', key: lead, navigationProperty, data, ...inSolution(options) }),
        work()
      )
    } catch (failure) {
      if (await isThere().catch(() => false)) return
      const refusal =
        failure instanceof Failure && failure.code === 'CRM_VALUE_REFUSED' && failure.cause instanceof DataverseError
          ? failure.cause
          : undefined
      // Definitions hold no customer's data, so here Dataverse's own words may be passed on.
      throw refusal ? new Failure('CRM_NOT_SET_UP', `${doing}: ${refusal.message}`, { cause: refusal }) : failure
    }
  }

  async function reactivate({ logicalName }: AlternateKey): Promise<void> {
    await client.send(
      "The alternate key's index could not be started again",
      (api, options) =>
        api.callAction({
          actionName: 'ReactivateEntityKey',
          action: { EntityLogicalName: 'lead', EntityKeyLogicalName: logicalName },
          ...options
        }),
      work()
    )
  }
}

const notSetUp = (message: string): Failure => new Failure('CRM_NOT_SET_UP', message)
const statusOf = (failure: unknown): number | undefined =>
  failure instanceof Failure && failure.cause instanceof DataverseError ? failure.cause.status : undefined

async function orElse<T>(status: number, code: FailureCode, message: string, send: () => Promise<T>): Promise<T> {
  try {
    return await send()
  } catch (failure) {
    throw statusOf(failure) === status ? new Failure(code, message, { cause: failure }) : failure
  }
}
