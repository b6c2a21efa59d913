import { existsSync } from 'node:fs'
import { Failure } from '../../failure.ts'
import { readConnectorFiles } from '../../power-apps/connector-files.ts'
import { settingsText } from '../../power-apps/connector-settings.ts'
import { publish } from '../../power-apps/publish.ts'
import { readySets } from '../../power-apps/ready-sets.ts'
import { registrationFrom } from '../../power-apps/registration.ts'
import { writeFile } from '../../power-apps/write-file.ts'
import type { Command, Given, Terminal } from '../command.ts'
import {
  connectorOption,
  environmentOption,
  fileOptions,
  ownOptions,
  rulesOption,
  secretOption,
  settingsOf,
  sharedOptions,
  textOf
} from '../connector-options.ts'
import { findingsOf, isError } from '../connector-rules.ts'
import { connectorFor, environmentFor, mayOverwrite, refuseMissing, type Surroundings, withSession } from '../connector-session.ts'
import { terminalPrompt } from '../prompt.ts'

const settingsFile = 'settings.json'

export const connectorCreate: Command = createCommand({ prompt: terminalPrompt })
export const connectorUpdate: Command = updateCommand({ prompt: terminalPrompt })

export function createCommand(surroundings: Surroundings): Command {
  return {
    name: 'connector create',
    summary: 'Create the custom connector in an environment, as paconn does',
    description: `The rules of «connector check» are held against the definition first. The new id is written into ${settingsFile} of the present folder. Needs «connector login».`,
    options: {
      ...environmentOption,
      ...fileOptions,
      ...sharedOptions,
      ...secretOption,
      'overwrite-settings': { type: 'boolean', short: 'w', text: 'Overwrite the existing settings file.' },
      ...rulesOption,
      ...ownOptions
    },
    examples: [
      'referral-connector connector create -e ENVIRONMENT -p apiProperties.json -d apiDefinition.swagger.json -i connector/icon.png',
      'referral-connector connector create --settings connector/settings.json --overwrite-settings',
      'referral-connector connector create --settings connector/settings.json --env ENVIRONMENT --dry-run'
    ],
    run: (given, terminal) => run(given, terminal, { surroundings, isUpdate: false })
  }
}

export function updateCommand(surroundings: Surroundings): Command {
  return {
    name: 'connector update',
    summary: 'Update the custom connector, as paconn does',
    description:
      'The rules of «connector check» are held against the definition first. Without --secret the stored one stays. Needs «connector login».',
    options: { ...environmentOption, ...fileOptions, ...connectorOption, ...sharedOptions, ...secretOption, ...rulesOption, ...ownOptions },
    examples: [
      'referral-connector connector update --settings settings.json',
      'referral-connector connector update --settings settings.json --dry-run'
    ],
    run: (given, terminal) => run(given, terminal, { surroundings, isUpdate: true })
  }
}

async function run(
  { options }: Given,
  terminal: Terminal,
  { surroundings, isUpdate }: { surroundings: Surroundings; isUpdate: boolean }
): Promise<number> {
  const prompt = surroundings.prompt()
  const isDryRun = options['dry-run'] === true
  const settings = settingsOf(options)
  const read = readConnectorFiles(settings, terminal.note)
  const { apiProperties, leftOut } = readySets(read.apiProperties)
  for (const name of leftOut)
    terminal.note(`The way to sign in «${name}» is left out, for it names no application: fill in its clientId, then update the connector.`)
  const files = { ...read, apiProperties }
  const clientSecret = textOf(options.secret)
  if (options.secret === '') terminal.note('The secret is empty and counts as not given.')
  const { definition } = files
  // What the files lack is told before anybody is asked and anything is sent.
  registrationFrom({ apiProperties, definition, environment: '', clientSecret, isUpdate })
  const broken = findingsOf({ definition, apiProperties }, terminal).filter(isError)
  if (broken.length > 0 && options['skip-rules'] !== true)
    throw new Failure('POWER_APPS_RULES_BROKEN', `The connector breaks rules in ${broken.length} places; nothing was sent.`)
  refuseMissing(settings, { prompt, isDry: isDryRun, needsConnector: isUpdate })
  const isWritten = !isUpdate && !isDryRun && (await maySettingsBeWritten())

  return withSession({ settings, options, terminal, surroundings }, async session => {
    const choosing = { session, terminal, prompt }
    const environment = await environmentFor(settings, choosing)
    const connectorId = isUpdate ? await connectorFor(settings, environment, choosing) : undefined
    const { send, now, api } = session
    const id = await publish({ files, environment, connectorId, clientSecret }, { api, send, now, say: terminal.note })
    if (session.isDry) {
      if (options.json === true) terminal.out(JSON.stringify({ requests: session.shown }))
      return 0
    }
    terminal.note(`${id} ${isUpdate ? 'updated' : 'created'} successfully.`)
    if (options.json === true) terminal.out(JSON.stringify({ connectorId: id, environment }))
    if (isWritten) writeFile(settingsFile, settingsText({ ...settings, connectorId: id, environment }))
    else if (!isUpdate) terminal.note(`${settingsFile} was left as it is: put the new id into it before you update the connector.`)
    return 0
  })

  function maySettingsBeWritten(): Promise<boolean> {
    const existing = existsSync(settingsFile) ? [settingsFile] : []
    return mayOverwrite(existing, { prompt, isAllowed: options['overwrite-settings'] === true, option: '--overwrite-settings' })
  }
}
