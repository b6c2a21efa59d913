import { readDefinition } from '../../power-apps/connector-files.ts'
import { holdsError } from '../../power-apps/validation-text.ts'
import type { Command } from '../command.ts'
import { definitionOption, ownOptions, rulesOption, settingsOf, sharedOptions } from '../connector-options.ts'
import { findingsOf, isError } from '../connector-rules.ts'
import { type Surroundings, withSession } from '../connector-session.ts'
import { terminalPrompt } from '../prompt.ts'

export const connectorValidate: Command = validateCommand({ prompt: terminalPrompt })

export function validateCommand(surroundings: Surroundings): Command {
  return {
    name: 'connector validate',
    summary: 'Let Power Platform validate the definition, with the rules of certification',
    description: 'The rules of «connector check» are held against it first; what breaks them is not sent. Needs «connector login».',
    options: { ...definitionOption, ...sharedOptions, ...rulesOption, ...ownOptions },
    examples: [
      'referral-connector connector validate --api-def apiDefinition.swagger.json',
      'referral-connector connector validate --settings settings.json --json'
    ],
    async run({ options }, terminal) {
      const settings = settingsOf(options)
      const definition = readDefinition(settings)
      const findings = findingsOf({ definition }, terminal)
      const isStopped = findings.some(isError) && options['skip-rules'] !== true
      const lines: string[] = []
      if (!isStopped) {
        await withSession({ settings, options, terminal, surroundings }, async ({ api, shown, isDry }) => {
          lines.push(...(await api.validate(definition, { isCertification: true })))
          if (isDry && options.json === true) terminal.out(JSON.stringify({ requests: shown }))
        })
      }
      const isBroken = isStopped || holdsError(lines)
      for (const line of lines) terminal.note(line)
      if (options['dry-run'] !== true || isStopped) {
        if (isStopped) terminal.note('The definition breaks rules and was not sent; --skip-rules sends it all the same.')
        else if (lines.length === 0) terminal.note(`${settings.apiDefinition} validated successfully.`)
        if (options.json === true) terminal.out(JSON.stringify({ ok: !isBroken, findings, service: lines }))
      }
      return isBroken ? 1 : 0
    }
  }
}
