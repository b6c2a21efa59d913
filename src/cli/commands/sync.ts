import { randomUUID } from 'node:crypto'
import { syncReferral } from '../../sync/sync-referral.ts'
import type { Command } from '../command.ts'
import { operator } from '../operator.ts'
import { referralIdFrom } from '../referral-id.ts'
import { withService } from '../with-service.ts'

export const sync: Command = {
  name: 'sync',
  summary: 'Bring one referral into the CRM now',
  description: 'Reads the referral, maps it, upserts the lead and writes its id back. Running it again changes nothing.',
  args: [{ name: 'referral-id', text: 'The id of the referral, a GUID.' }],
  options: { json: { type: 'boolean', text: 'Print the result as JSON.' } },
  examples: ['referral-connector sync 4111fffc-f9ee-4d53-bba6-569135228642'],
  run: async ({ args, options }, terminal) => {
    const referralId = referralIdFrom(args[0])
    return await withService(terminal, async service => {
      const { referrals, crm, mapping, now, store, oneAtATime } = service
      const correlationId = randomUUID()
      const result = await oneAtATime({ referralId, correlationId, by: operator(), settlesJob: true }, tools =>
        syncReferral(referralId, { referrals, crm, links: store.links, mapping, now, ...tools }, { ...service.sync, look: true })
      )
      if (options.json) terminal.out(JSON.stringify(result))
      else {
        terminal.out(
          result.outcome === 'nothingToDo'
            ? `Nothing to do: lead ${result.leadId} is in step.`
            : `Lead ${result.leadId} ${result.lead}, write-back ${result.writeBack}.`
        )
        for (const line of [result.reason ?? [], result.notices].flat()) terminal.note(line)
      }
      return 0
    })
  }
}
