import { once } from 'node:events'
import { startPowerApps } from '../../sandbox/power-apps/power-apps.ts'
import { requestLog } from '../../sandbox/request-log.ts'
import { type Command, UsageError } from '../command.ts'

export const sandboxPowerApps: Command = {
  name: 'sandbox power-apps',
  summary: 'Run a stand-in for Power Apps, to try the connector commands without a tenant',
  description:
    'On this machine only and in memory, until SIGINT or SIGTERM. Prints a settings.json that leads to it; what to do with it stands on stderr.',
  options: { port: { type: 'string', value: 'N', text: 'Port to listen on; a free one unless given.' } },
  heedsSignal: true,
  examples: ['referral-connector sandbox power-apps > sandbox.json'],
  async run({ options }, terminal) {
    const port = String(options.port ?? '0')
    if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) throw new UsageError('--port is a whole number from 0 to 65535.')
    const sandbox = await startPowerApps({ log: requestLog(), port: Number(port) })
    const { environment, ...addresses } = sandbox.settings
    const files = { apiProperties: 'apiProperties.json', apiDefinition: 'apiDefinition.swagger.json', icon: 'connector/icon.png' }
    terminal.out(JSON.stringify({ environment, ...files, ...addresses }, null, 2))
    terminal.note(
      [
        `Power Apps, its sign-in and its storage are at ${sandbox.url}, in memory. Every code is confirmed by itself.`,
        'Save what was printed as sandbox.json beside apiProperties.json, then, with a home of its own for the sign-in:',
        '  export HOME=$(mktemp -d)',
        '  referral-connector connector login --settings sandbox.json',
        '  referral-connector connector validate --settings sandbox.json',
        '  referral-connector connector create --settings sandbox.json --secret anything',
        '  referral-connector connector update --settings settings.json',
        '  referral-connector connector download --settings settings.json --dest downloaded'
      ].join('\n')
    )
    if (!terminal.signal.aborted) await once(terminal.signal, 'abort')
    await sandbox.close()
    return 0
  }
}
