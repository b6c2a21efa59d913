import type { Command, Terminal } from '../command.ts'
import { journal, type Step } from '../demo/journal.ts'
import { runMainJob } from '../demo/main-job.ts'
import { runTamper, tamperings } from '../demo/tamper.ts'
import { readDraft } from '../read-draft.ts'
import { startSandboxedService } from '../sandboxed-service.ts'

export const demo: Command = {
  name: 'demo',
  summary: 'Watch a referral become a lead, on this machine, without a tenant',
  description:
    'A callback is received and stored, and a flow from its package makes a lead of it. Every step is real HTTP between the service and a sandbox of Partner Center, Entra ID, Dataverse and Power Automate. Nothing is kept.',
  options: {
    referral: { type: 'string', value: 'FILE', text: 'Create the referral from this JSON file instead of the sample.' },
    tamper: { type: 'string', value: 'WHAT', text: 'Forge the callback and see it refused.', choices: tamperings },
    json: { type: 'boolean', text: 'Print one JSON object.' }
  },
  examples: [
    'referral-connector demo',
    'referral-connector demo --tamper body',
    'referral-connector demo --referral my-referral.json --json'
  ],
  async run({ options }, terminal) {
    const draft = typeof options.referral === 'string' ? readDraft(options.referral) : undefined
    const tamper = tamperings.find(choice => choice === options.tamper)
    const start = performance.now()
    const { step, steps } = journal(() => performance.now(), teller(terminal, options.json === true))

    const stage = await step(
      'Start the sandbox and the service',
      () =>
        startSandboxedService({
          env: { LOG_LEVEL: 'silent', PORT: '0', SYNC_BY: 'flow' },
          prepareCrm: tamper === undefined,
          sandbox: { newKeys: terminal.newKeys }
        }),
      ({ url }) => `service ${url}; Partner Center, Entra ID, Dataverse and Power Automate beside it`
    )
    try {
      const result = await (tamper ? runTamper(stage, { step, tamper, draft }) : runMainJob(stage, { step, draft }))
      const durationMs = Math.round(performance.now() - start)
      if (options.json) terminal.out(JSON.stringify({ ok: true, ...result.json, steps, durationMs }))
      else terminal.out([...result.lines, '', `Done in ${(durationMs / 1000).toFixed(1)} s.`].join('\n'))
      return 0
    } catch (error) {
      if (!options.json) throw error
      terminal.out(JSON.stringify({ ok: false, error: (error as Error).message, steps }))
      return 1
    } finally {
      await stage.close()
    }
  }
}

function teller(terminal: Terminal, isQuiet: boolean): (step: Step) => void {
  let number = 0
  return ({ name, ok, detail, ms }) => {
    number += 1
    if (!isQuiet) terminal.out(`${String(number).padStart(2)} ${ok ? '✓' : '✗'} ${name}  (${ms} ms)\n     ${detail}`)
  }
}
