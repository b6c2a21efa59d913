import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { everyCommand } from '../../src/cli/commands.ts'
import type { CommandRun } from './commands-process.ts'
import type { CanaryStage } from './stage.ts'

/** These keep no secret of the settings and read no customer data: they work on files, or bring a sandbox of their own. */
const leftOut = /^(demo|serve|connector|sandbox|flow|store copy|webhook test)/

/** Every command, as it should be called and as it should not; one that is not listed is called bare. */
export async function commandLine(stage: CanaryStage, id: string): Promise<void> {
  const { birds, folder, runCommands, sandbox } = stage
  const delivery = sandbox.partnerCenter.deliveries().at(-1)
  const [headers, body] = [join(folder, '..', 'canary.headers'), join(folder, '..', 'canary.body')]
  const lines = Object.entries({ ...delivery?.headers, 'x-ms-signature': `Signature ${birds.secret('a recorded signature')}` })
  writeFileSync(headers, lines.map(([name, value]) => `${name}: ${value}`).join('\n'))
  writeFileSync(body, JSON.stringify({ EventName: birds.customer('a recorded event') }))
  const named: Record<string, string[][]> = {
    sync: [[id]],
    timeline: [[id]],
    'jobs show': [[id], [`referral/${id}`]],
    'jobs retry': [[], ['--all'], [id]],
    'jobs drop': [['--all']],
    'referral get': [[id], [birds.customer('an id')]],
    'referral list': [[], ['--filter', `name eq '${birds.customer('a filter of an operator')}'`]],
    'subscriptions end': [['--caller', 'sandbox']],
    'key revoke': [['nobody']],
    'validate-callback': [[headers, body]],
    reconcile: [[], ['--full']],
    'webhook unregister': [[]]
  }
  const runs = (await everyCommand())
    .filter(({ name }) => !leftOut.test(name))
    .flatMap(({ name, options = {} }) =>
      (named[name] ?? [[]]).flatMap(rest => [
        { words: [...name.split(' '), ...rest] },
        ...('json' in options ? [{ words: [...name.split(' '), ...rest, '--json'] }] : [])
      ])
    )
  await runCommands([...runs, ...misconfigured(stage)])
  const [made] = await runCommands([{ words: ['key', 'create', 'another', '--json'] }])
  birds.keep('a key made by a command', (JSON.parse(made?.said ?? '{}') as { key: string }).key)
  for (const file of [headers, body]) rmSync(file)
}

/** Settings that are wrong in every way that names them. */
function misconfigured({ birds }: CanaryStage): CommandRun[] {
  const wrong = (name: string): string => birds.secret(`a wrong ${name}`)
  const user = (): string => `https://user:${wrong('password in an address')}@host.example/?sig=${wrong('signature in an address')}`
  const environments: Record<string, string>[] = [
    { ENCRYPTION_KEY: wrong('ENCRYPTION_KEY') },
    { ENCRYPTION_KEY: Buffer.from(wrong('ENCRYPTION_KEY').slice(0, 32)).toString('base64') },
    { DATABASE_URL: `mysql://user:${wrong('password of a database')}@host.example/db` },
    { DATABASE_URL: `postgres://user:${wrong('password of a database')}@127.0.0.1:1/db` },
    { DATABASE_URL: `postgres://user:${wrong('password of a database')}@127.0.0.1:1/db?sslmode=${wrong('sslmode')}` },
    { PARTNER_CENTER_CLIENT_SECRET: wrong('client secret'), PARTNER_CENTER_REFRESH_TOKEN: wrong('refresh token') },
    { PARTNER_CENTER_REFRESH_TOKEN: '', PARTNER_CENTER_USERNAME: 'nobody@contoso.example', PARTNER_CENTER_PASSWORD: wrong('password') },
    { DATAVERSE_CLIENT_SECRET: wrong('client secret of Dataverse') },
    ...['PARTNER_CENTER_URL', 'PARTNER_CENTER_WEBHOOKS_URL', 'DATAVERSE_URL', 'PUBLIC_URL', 'ENTRA_AUTHORITY'].map(name => ({
      [name]: user()
    })),
    ...['CONNECT_TO', 'SUBSCRIBER_HOSTS', 'TRUST_PROXY', 'PORT', 'LOG_LEVEL', 'CALLBACK_ROOTS'].map(name => ({ [name]: wrong(name) }))
  ]
  return environments.flatMap(env =>
    [
      ['doctor', '--json'],
      ['sync', crypto.randomUUID()]
    ].map(words => ({ words, env }))
  )
}
