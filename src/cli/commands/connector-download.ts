import { existsSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { type ConnectorSettings, settingsText } from '../../power-apps/connector-settings.ts'
import { type Downloaded, download } from '../../power-apps/download.ts'
import { writeFile } from '../../power-apps/write-file.ts'
import { type Command, UsageError } from '../command.ts'
import { connectorOption, environmentOption, ownOptions, settingsOf, sharedOptions, textOf } from '../connector-options.ts'
import { connectorFor, environmentFor, mayOverwrite, refuseMissing, type Surroundings, withSession } from '../connector-session.ts'
import { terminalPrompt } from '../prompt.ts'

export const connectorDownload: Command = downloadCommand({ prompt: terminalPrompt })

type FileNames = Pick<ConnectorSettings, 'apiProperties' | 'apiDefinition' | 'icon' | 'script'>
/** Where the settings name no other. Source: paconn 0.0.21, settings/util.py */
const usualNames = {
  apiProperties: 'apiProperties.json',
  apiDefinition: 'apiDefinition.swagger.json',
  icon: 'icon.png',
  script: 'script.csx'
}

export function downloadCommand(surroundings: Surroundings): Command {
  return {
    name: 'connector download',
    summary: 'Download the files of a custom connector, as paconn does',
    description: 'Into the folder of --dest, or one that is named after the connector, with a settings.json. Needs «connector login».',
    options: {
      ...environmentOption,
      ...connectorOption,
      dest: { type: 'string', short: 'd', value: 'FOLDER', text: 'Destination directory. Non-existent directories will be created.' },
      ...sharedOptions,
      overwrite: { type: 'boolean', short: 'w', text: 'Overwrite all the existing connector and settings files.' },
      ...ownOptions
    },
    examples: [
      'referral-connector connector download -e ENVIRONMENT -c CONNECTOR --dest before',
      'referral-connector connector download --settings settings.json --overwrite'
    ],
    async run({ options }, terminal) {
      const prompt = surroundings.prompt()
      const settings = settingsOf(options)
      refuseMissing(settings, { prompt, isDry: options['dry-run'] === true, needsConnector: true })
      return withSession({ settings, options, terminal, surroundings }, async session => {
        const choosing = { session, terminal, prompt }
        const environment = await environmentFor(settings, choosing)
        const connectorId = await connectorFor(settings, environment, choosing)
        const folder = resolve(textOf(options.dest) ?? connectorId)
        const named: FileNames = {
          apiProperties: settings.apiProperties ?? usualNames.apiProperties,
          apiDefinition: settings.apiDefinition ?? usualNames.apiDefinition,
          icon: settings.icon ?? usualNames.icon,
          script: settings.script ?? usualNames.script
        }
        if (!session.isDry) {
          const existing = [...Object.values(named), 'settings.json'].filter(name => name && existsSync(resolve(folder, name)))
          const isAllowed = options.overwrite === true
          const files = existing.map(name => relative('.', resolve(folder, name ?? '')))
          if (!(await mayOverwrite(files, { prompt, isAllowed, option: '--overwrite' })))
            throw new UsageError(`Nothing was downloaded: ${files.join(', ')} stay as they are.`)
        }
        const { api, send, now } = session
        const downloaded = await download(await api.read(environment, connectorId), { send, now, say: terminal.note })
        if (session.isDry) {
          if (options.json === true) terminal.out(JSON.stringify({ requests: session.shown }))
          return 0
        }
        const present = presentOf(named, downloaded)
        if (!present.apiDefinition)
          terminal.note('The service keeps no definition of this connector; there is one of custom connectors only.')
        const files = Object.entries(present).flatMap(([kind, name]) => (name ? [{ kind: kind as keyof FileNames, name }] : []))
        for (const { kind, name } of files) writeFile(resolve(folder, name), downloaded[kind] ?? '')
        writeFile(resolve(folder, 'settings.json'), settingsText({ ...settings, connectorId, environment, ...present }))
        terminal.note(`The connector is downloaded to ${folder}.`)
        if (options.json === true)
          terminal.out(JSON.stringify({ connectorId, environment, folder, files: [...files.map(({ name }) => name), 'settings.json'] }))
        return 0
      })
    }
  }
}

/** Only what came, so that the settings name no file that is not there. */
function presentOf(names: FileNames, downloaded: Downloaded): FileNames {
  const kept = (name: keyof FileNames): string | undefined => (downloaded[name] === undefined ? undefined : names[name])
  return { apiProperties: kept('apiProperties'), apiDefinition: kept('apiDefinition'), icon: kept('icon'), script: kept('script') }
}
