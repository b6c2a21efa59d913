import { openService, type Service } from '../../compose.ts'
import { type Config, readConfig } from '../../config.ts'
import { Failure, failureFrom } from '../../failure.ts'
import { type SettingName, settings } from '../../settings.ts'
import { isAtFormerUrl } from '../../sync/guard-registration.ts'
import { registrationStatus } from '../../sync/register-webhook.ts'
import { wishedRegistration } from '../../sync/registration-marks.ts'
import { clockWarning } from '../clock-check.ts'
import type { Command, Terminal } from '../command.ts'
import { inspectSigner } from '../inspect-signer.ts'
import { table } from '../table.ts'

interface Finding {
  what: string
  ok: boolean
  /** All works still, and something needs doing. */
  warning?: true
  /** One line or several. */
  detail: string
  code?: string
  advice?: string
}

export const doctor: Command = {
  name: 'doctor',
  summary: 'Check each setting and each connection',
  description: 'Reads only: one referral is listed, the CRM is asked who we are. Exit code 1 when something needs doing.',
  options: { json: { type: 'boolean', text: 'Print the findings as JSON.' } },
  examples: ['referral-connector doctor', 'referral-connector doctor --json | jq ".[] | select(.ok | not)"'],
  async run({ options }, terminal) {
    const findings = await examine(terminal)
    if (options.json) terminal.out(JSON.stringify(findings))
    else {
      terminal.out(
        table(
          ['', 'Check', 'Finding'],
          findings.map(({ ok, warning, what, detail }) => [ok ? 'ok' : warning ? '!!' : 'NO', what, detail.split('\n')])
        )
      )
      for (const { code, advice } of findings) if (advice) terminal.note(code ? `${code}: ${advice}` : advice)
    }
    return findings.every(finding => finding.ok) ? 0 : 1
  }
}

async function examine(terminal: Terminal): Promise<Finding[]> {
  const findings: Finding[] = []
  const check = async (what: string, look: () => Promise<string | Omit<Finding, 'what'>> | string): Promise<void> => {
    terminal.note(`… ${what}`)
    try {
      const found = await look()
      findings.push({ what, ...(typeof found === 'string' ? { ok: true, detail: found } : found) })
    } catch (error) {
      const { code, message, advice } = failureFrom(error)
      findings.push({ what, ok: false, detail: message, code, advice })
    }
  }

  let config: Config | undefined
  await check('Settings', () => {
    config = readConfig(terminal.env)
    return `${setNames(terminal.env).length} of ${Object.keys(settings).length} set: ${setNames(terminal.env).join(', ') || 'none'}`
  })
  if (!config) return findings
  const opened = config
  let service: Service | undefined
  let trouble: unknown
  try {
    service = await openService(opened)
  } catch (error) {
    trouble = error
  }
  await check('Signing certificate', () => inspectSigner(opened.callback, service?.store.intermediates))
  await check('Store', async () => {
    if (!service) throw trouble
    const keys = (await service.store.apiKeys.list()).filter(key => !key.revokedAt)
    const warning = await clockWarning(service.store, service.now)
    const detail = `${opened.store.databaseUrl === undefined ? opened.store.folder : 'PostgreSQL'} can be written; ${keys.length} API keys${keys.length === 0 ? ' (make one with «key create NAME»)' : ''}`
    return warning === undefined ? detail : { ok: false, detail: `${detail}; but ${warning}` }
  })
  if (!service) return findings
  const { referrals, registrations, crm, store, callbackUrl, now } = service
  await check('Partner Center', async () => {
    const { value } = await referrals.list({ top: 1 })
    return `signed in; ${value.length === 0 ? 'no referral is visible' : 'referrals can be read'}`
  })
  await check('CRM', () => crm.check())
  await check('Webhook', async () => {
    const wish = await wishedRegistration(store.marks)
    const wanted = callbackUrl ?? wish?.url
    if (wanted === undefined) return 'PUBLIC_URL is not set, so Partner Center is not asked to send events here'
    const status = await registrationStatus(wanted, { registrations, now })
    const { state, url } = status
    if (state === 'ours') return `Partner Center sends its events to ${wanted}`
    if (isAtFormerUrl(status, wanted, wish))
      throw new Failure('WEBHOOK_NOT_REGISTERED', `Partner Center sends its events to ${url}, a former address of this service.`)
    throw state === 'taken'
      ? new Failure('WEBHOOK_TAKEN', `Partner Center sends its events to ${url}.`)
      : new Failure('WEBHOOK_NOT_REGISTERED', `The registration for ${wanted} is ${state === 'none' ? 'missing' : 'incomplete'}.`)
  })
  if (opened.sync.by === 'flow')
    await check('Flows', async () => {
      const { length } = await store.subscriptions.list()
      if (length === 0)
        throw new Failure('SUBSCRIPTION_NOT_FOUND', 'SYNC_BY is flow, and no flow is subscribed: turn one on, or nothing is synced.')
      return `SYNC_BY is flow; ${length} ${length === 1 ? 'flow or system is' : 'flows or systems are'} told of events`
    })
  await check('Queue', async () => {
    const count = (state: 'ready' | 'active' | 'setAside') => store.jobs.count({ kind: 'referral', state })
    const [ready, active, aside] = [await count('ready'), await count('active'), await count('setAside')]
    const isPaused = (await store.marks.get('paused')) !== undefined
    if (aside > 0) throw new Failure('JOBS_SET_ASIDE', `${aside} referrals are set aside, ${ready + active} are waiting or under way.`)
    return `${ready} referrals waiting, ${active} under way, none set aside${isPaused ? '; paused, «jobs resume» lets it go on' : ''}`
  })
  await service.close()
  return findings
}

function setNames(env: Record<string, string | undefined>): SettingName[] {
  return (Object.keys(settings) as SettingName[]).filter(name => env[name]?.trim())
}
