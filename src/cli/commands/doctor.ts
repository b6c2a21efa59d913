import { openService, type Service, trustOf } from '../../compose.ts'
import { type Config, readConfig } from '../../config.ts'
import { failureFrom } from '../../failure.ts'
import { type SettingName, settings } from '../../settings.ts'
import type { Command, Terminal } from '../command.ts'
import { table } from '../table.ts'

interface Finding {
  what: string
  ok: boolean
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
          findings.map(({ ok, what, detail }) => [ok ? 'ok' : 'NO', what, detail])
        )
      )
      for (const { code, advice } of findings) if (code) terminal.note(`${code}: ${advice}`)
    }
    return findings.every(finding => finding.ok) ? 0 : 1
  }
}

async function examine(terminal: Terminal): Promise<Finding[]> {
  const findings: Finding[] = []
  const check = async (what: string, look: () => Promise<string> | string): Promise<void> => {
    terminal.note(`… ${what}`)
    try {
      findings.push({ what, ok: true, detail: await look() })
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
  const { callback } = config
  await check('Signing certificate', () => inspectSigner(callback))

  let service: Service | undefined
  const opened = config
  await check('Store', async () => {
    service = await openService(opened)
    const keys = (await service.store.apiKeys.list()).filter(key => !key.revokedAt)
    return `${opened.store.folder} can be written; ${keys.length} API keys${keys.length === 0 ? ' (make one with «key create NAME»)' : ''}`
  })
  if (!service) return findings
  const { referrals, crm } = service
  await check('Partner Center', async () => {
    const { value } = await referrals.list({ top: 1 })
    return `signed in; ${value.length === 0 ? 'no referral is visible' : 'referrals can be read'}`
  })
  await check('CRM', () => crm.check())
  await service.close()
  return findings
}

function setNames(env: Record<string, string | undefined>): SettingName[] {
  return (Object.keys(settings) as SettingName[]).filter(name => env[name]?.trim())
}

/** Downloads and checks the certificate that callbacks are signed with, as the next callback would. */
async function inspectSigner(callback: Config['callback']): Promise<string> {
  const { certificates, hosts } = trustOf(callback)
  const signer = await certificates.get(`https://${hosts[0]}/cert/${callback.signerNames[0]}.cer`)
  const days = Math.floor((signer.notAfter.getTime() - Date.now()) / 86_400_000)
  return `${signer.subject.replaceAll('\n', ', ')}, valid for ${days} more days`
}
