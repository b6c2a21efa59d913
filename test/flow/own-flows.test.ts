import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { checkFlow } from '../../src/flow/check/check-flow.ts'
import { readFlowPackage } from '../../src/flow/read-package.ts'

const folder = new URL('../../connector/flows/', import.meta.url)

t.test('nothing is wrong with the flows that come with the connector', async t => {
  const files = readdirSync(folder).filter(name => name.endsWith('.json'))
  t.ok(files.length > 0)
  for (const file of files) for (const flow of readFlowPackage(readFileSync(new URL(file, folder))).flows) t.same(checkFlow(flow), [], file)
})
