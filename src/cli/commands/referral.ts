import type { Referral, ReferralQuery } from '../../schemas/referral.ts'
import type { Command } from '../command.ts'
import { UsageError } from '../command.ts'
import { referralIdFrom } from '../referral-id.ts'
import { table } from '../table.ts'
import { withService } from '../with-service.ts'

export const referralGet: Command = {
  name: 'referral get',
  summary: 'Show one referral as Partner Center has it',
  args: [{ name: 'referral-id', text: 'The id of the referral, a GUID.' }],
  options: { json: { type: 'boolean', text: 'Changes nothing: it is JSON anyway.' } },
  examples: ['referral-connector referral get 4111fffc-f9ee-4d53-bba6-569135228642', 'referral-connector referral get $ID | jq .status'],
  run: async ({ args }, terminal) => {
    const referralId = referralIdFrom(args[0])
    return await withService(terminal, async ({ referrals }) => {
      terminal.out(JSON.stringify(await referrals.get(referralId), null, 2))
      return 0
    })
  }
}

export const referralList: Command = {
  name: 'referral list',
  summary: 'List referrals',
  options: {
    filter: { type: 'string', value: 'ODATA', text: 'An OData filter.' },
    top: { type: 'string', value: 'N', text: 'How many at the most, 1 to 100. Default 20.' },
    next: { type: 'string', value: 'PAGE', text: 'Continue where the list before ended.' },
    json: { type: 'boolean', text: 'Print the page as JSON.' }
  },
  examples: [
    "referral-connector referral list --filter \"status eq 'New' and direction eq 'Incoming'\"",
    'referral-connector referral list --top 5 --json'
  ],
  run: async ({ options }, terminal) => {
    const query = queryFrom(options)
    return await withService(terminal, async ({ referrals }) => {
      const page = await referrals.list(query)
      if (options.json) terminal.out(JSON.stringify(page))
      else if (page.value.length === 0) terminal.note('No referral matches.')
      else terminal.out(table(['Id', 'Status', 'Name', 'Customer', 'Lead'], page.value.map(row)))
      if (page.nextPage !== undefined && !options.json) terminal.note(`There are more: --next ${page.nextPage}`)
      return 0
    })
  }
}

function queryFrom(options: Record<string, string | boolean | undefined>): ReferralQuery {
  const top = Number(options.top ?? 20)
  if (!Number.isInteger(top) || top < 1 || top > 100) throw new UsageError('--top is a whole number from 1 to 100.')
  return {
    top,
    ...(typeof options.filter === 'string' && { filter: options.filter }),
    ...(typeof options.next === 'string' && { next: options.next })
  }
}

function row(referral: Referral): string[] {
  const status = [referral.status, referral.substatus].filter(Boolean).join('/')
  return [referral.id ?? '', status, referral.name ?? '', referral.customerProfile?.name ?? '', referral.externalReferenceId ?? '']
}
