import t from 'tap'
import { crmOf, partnerCenterOf } from '../../src/compose/adapters.ts'
import { readConfig } from '../../src/config.ts'
import type { Secrets } from '../../src/ports.ts'
import { failureOf } from '../fixtures/failure-of.ts'
import { memoryLog } from '../fixtures/memory-log.ts'

const config = readConfig({})
const surroundings = { log: memoryLog().log, now: () => new Date() }

t.test('a system that is not configured says so, to whoever awaits an answer and to whoever reads pages', async t => {
  const crm = crmOf(config, surroundings)
  const { referrals } = partnerCenterOf(config, { ...surroundings, secrets: {} as Secrets })
  const read = async (): Promise<void> => {
    for await (const page of crm.changes()) t.fail(JSON.stringify(page))
  }
  for (const asked of [crm.readLead('0d3fd0a4-4d2a-4c7e-9d4c-0d3fd0a44d2a'), referrals.list({}), read()])
    t.equal((await failureOf(asked)).code, 'SIGN_IN_NOT_CONFIGURED')
})
