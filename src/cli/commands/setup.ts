import type { Command } from '../command.ts'
import { withService } from '../with-service.ts'

export const setupDataverse: Command = {
  name: 'setup dataverse',
  summary: 'Create the referral column and its alternate key in Dataverse',
  description: 'Needs an application user that may customize the lead table. Safe to run again; it waits until the key can be used.',
  examples: ['referral-connector setup dataverse', 'DATAVERSE_REFERRAL_COLUMN=contoso_referralid referral-connector setup dataverse'],
  run: (_given, terminal) =>
    withService(terminal, async ({ crm }) => {
      await crm.setUp(terminal.note)
      terminal.out('Dataverse is ready.')
      return 0
    })
}
