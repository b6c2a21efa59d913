import { ActionFailure, FlowNotRunnable } from '../../sandbox/flow/run/action-failure.ts'
import { type Command, UsageError } from '../command.ts'
import { tamperings } from '../demo/tamper.ts'
import { events, readGiven } from '../flow-run/given.ts'
import { performFlow } from '../flow-run/perform-flow.ts'
import { reportText } from '../flow-run/report-text.ts'
import { withoutSecrets } from '../flow-run/without-secrets.ts'
import { onOneLine, withoutControls } from '../one-line.ts'

export const flowRun: Command = {
  name: 'flow run',
  summary: 'Run a flow of a package, on this machine, without a tenant',
  description:
    'The flow is read from its package and run by its own definition, against this service and a sandbox of Partner Center, Entra ID and Dataverse. The history says what every action got and gave. Nothing is kept. Exit code 1 when the run failed, or when a forged event was not refused.',
  args: [{ name: 'file', text: 'The zip of a flow or a solution, or a definition.json.' }],
  options: {
    flow: { type: 'string', value: 'NAME', text: 'Which flow, when the package has several.' },
    event: { type: 'string', value: 'EVENT', text: 'What Partner Center sends; referral-created when left out.', choices: events },
    times: { type: 'string', value: 'N', text: 'Let the same thing happen again, and see what that changes.' },
    tamper: { type: 'string', value: 'WHAT', text: 'Forge the event, and see it refused.', choices: tamperings },
    referral: { type: 'string', value: 'FILE', text: 'Create the referral from this JSON file instead of the sample.' },
    reveal: { type: 'boolean', text: 'Show what secure inputs and outputs keep out of the history; in the sandbox all of it is made up.' },
    fill: { type: 'string', value: 'NAME=VALUE', text: 'What stands as <<NAME>> in the flow; several with commas between them.' },
    json: { type: 'boolean', text: 'Print one JSON object.' }
  },
  examples: [
    'referral-connector flow run dist/referral-to-lead.zip --reveal',
    'referral-connector flow run dist/callback-to-lead.zip --tamper body',
    'referral-connector flow run dist/lead-to-referral.zip --times 2 --json'
  ],
  async run(given, terminal) {
    const asked = readGiven(given)
    try {
      const { secrets, ...whole } = await performFlow(asked, { newKeys: terminal.newKeys })
      const json = withoutSecrets(JSON.stringify(whole), secrets)
      const report = JSON.parse(json) as typeof whole
      terminal.out(withoutControls(given.options.json ? json : reportText(report)))
      return report.ok ? 0 : 1
    } catch (error) {
      if (error instanceof FlowNotRunnable) throw new UsageError(onOneLine(`The flow cannot be run here: ${error.message}`))
      if (!(error instanceof ActionFailure)) throw error
      // The flow could not even be turned on.
      if (given.options.json) terminal.out(JSON.stringify({ ok: false, error: { code: error.code, message: error.message } }))
      else terminal.note(onOneLine(`${error.code}: ${error.message}`))
      return 1
    }
  }
}
