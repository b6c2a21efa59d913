import type { Command } from '../command.ts'
import { withService } from '../with-service.ts'

export const reconcile: Command = {
  name: 'reconcile',
  summary: 'Compare both sides now, and queue what is behind',
  description: 'Reads what changed since the last time on both sides. What is queued is worked off by the running service.',
  options: {
    full: { type: 'boolean', text: 'Compare everything, not only what changed; open referrals from before the first start come over too.' },
    json: { type: 'boolean', text: 'Print the result as JSON.' }
  },
  examples: ['referral-connector reconcile', 'referral-connector reconcile --full --json'],
  run: ({ options }, terminal) =>
    withService(terminal, async service => {
      const result = await service.reconcile({ full: options.full === true, report: terminal.note })
      if (options.json) terminal.out(JSON.stringify(result))
      else {
        const { inStep, behind, conflicts, unknown } = result
        terminal.out(`${inStep} in step, ${behind} behind, ${conflicts} conflict, ${unknown} unknown`)
        for (const id of result.queued) terminal.out(`queued   ${id}`)
        for (const id of result.unknownLeads) terminal.out(`unknown  lead ${id}`)
      }
      return 0
    })
}
