import { strToU8, type Zippable, zipSync } from 'fflate'
import t from 'tap'
import { nestedActions } from '../../src/flow/flow-definition.ts'
import { FlowPackageError, readFlowPackage } from '../../src/flow/read-package.ts'
import { apiId, soundDefinition } from './fixtures/sound-flow.ts'

const id = '11111111-2222-4333-8444-555555555555'
const folder = `Microsoft.Flow/flows/${id}`
const connectionReferences = { shared_referrals: { connectionName: 'shared-referrals-1', source: 'Embedded', id: apiId } }
const text = (value: unknown): Uint8Array => strToU8(typeof value === 'string' ? value : JSON.stringify(value))
const flow = { name: id, properties: { displayName: 'A flow', definition: soundDefinition().definition, connectionReferences } }

function legacy(changes: Record<string, unknown> = {}): Uint8Array {
  const members: Record<string, unknown> = {
    'manifest.json': { resources: { [id]: { type: 'Microsoft.Flow/flows' }, api: {}, connection: {} } },
    'Microsoft.Flow/flows/manifest.json': { flowAssets: { assetPaths: [id] } },
    [`${folder}/definition.json`]: flow,
    [`${folder}/apisMap.json`]: { shared_referrals: 'api' },
    [`${folder}/connectionsMap.json`]: { shared_referrals: 'connection' },
    ...changes
  }
  return zip(members)
}

function zip(members: Record<string, unknown>): Uint8Array {
  const files: Zippable = {}
  for (const [name, value] of Object.entries(members))
    if (value !== undefined) files[name] = value instanceof Uint8Array ? value : text(value)
  return zipSync(files)
}

const customizations = `<ImportExportXml><Workflows><Workflow WorkflowId="{${id}}" Name="Leads &amp; &quot;more&quot;"><JsonFileName>/Workflows/Leads-${id.toUpperCase()}.json</JsonFileName></Workflow></Workflows></ImportExportXml>`
const inSolution = {
  properties: {
    connectionReferences: {
      key: {
        runtimeSource: 'embedded',
        connection: { connectionReferenceLogicalName: 'rc_referrals' },
        api: { name: 'shared_rc', logicalName: 'rc_connector' }
      }
    },
    definition: soundDefinition().definition
  },
  schemaVersion: '1.0.0.0'
}
const solution = (changes: Record<string, unknown> = {}): Uint8Array =>
  zip({
    'solution.xml': '<x/>',
    'customizations.xml': customizations,
    [`Workflows/Leads-${id.toUpperCase()}.json`]: inSolution,
    ...changes
  })

t.test('a legacy package', async t => {
  const { kind, flows, members, notices } = readFlowPackage(legacy())
  t.equal(kind, 'legacy')
  t.equal(members.length, 5)
  t.same(notices, [])
  t.match(flows, [{ name: id, displayName: 'A flow', parameters: { $connections: { type: 'Object' } } }])
  t.same(flows[0]?.connectionReferences, { shared_referrals: { apiId, apiName: 'shared_referrals', connectionName: 'shared-referrals-1' } })
  t.equal(nestedActions(soundDefinition().definition).length, 6)
})

t.test('what would trouble its import is told', async t => {
  const cases: [changes: Record<string, unknown>, notice: RegExp][] = [
    [{ 'manifest.json': undefined }, /no manifest.json/],
    [{ 'manifest.json': { resources: {} } }, /no flow with the id/],
    [{ 'Microsoft.Flow/flows/manifest.json': undefined }, /no Microsoft.Flow\/flows\/manifest.json/],
    [{ 'Microsoft.Flow/flows/manifest.json': { flowAssets: { assetPaths: [] } } }, /does not list the folder/],
    [{ [`${folder}/apisMap.json`]: undefined }, /no .*apisMap.json/],
    [{ [`${folder}/apisMap.json`]: {} }, /apisMap.json has no entry for the connection reference «shared_referrals»/],
    [{ [`${folder}/connectionsMap.json`]: { shared_referrals: 'other' } }, /connectionsMap.json gives «shared_referrals» an id/]
  ]
  for (const [changes, notice] of cases) t.match(readFlowPackage(legacy(changes)).notices[0], notice)
})

t.test('a solution', async t => {
  const { kind, flows } = readFlowPackage(solution())
  t.equal(kind, 'solution')
  t.match(flows, [{ name: `Leads-${id.toUpperCase()}`, displayName: 'Leads & "more"' }])
  t.same(flows[0]?.connectionReferences, {
    key: {
      apiId: '/providers/Microsoft.PowerApps/apis/shared_rc',
      apiName: 'shared_rc',
      logicalName: 'rc_connector',
      referenceName: 'rc_referrals'
    }
  })
  t.equal(readFlowPackage(solution({ 'customizations.xml': '<x/>' })).flows[0]?.displayName, 'Leads')
  t.equal(readFlowPackage(solution({ 'Workflows/Other.json': { properties: {} } })).flows.length, 1, 'other processes are left out')
})

t.test('the JSON of one flow, as a package, a solution or the code view has it', async t => {
  for (const value of [flow, inSolution, { definition: soundDefinition().definition }, soundDefinition().definition]) {
    t.match(readFlowPackage(text(value)), { kind: 'definition', flows: [{ definition: { triggers: { manual: {} } } }] })
  }
})

t.test('byte order marks and trailing commas', async t => {
  const json = JSON.stringify(flow, null, 1)
  t.same(readFlowPackage(text(`\uFEFF${json}`)).notices, [])
  const { notices, flows } = readFlowPackage(
    text(json.replace('"displayName": "A flow"', '"displayName": "A ,} flow\\",]"').replace(/\}\s*$/, ',\n } '))
  )
  t.match(notices, [/^The file has a comma before a closing bracket in line \d+: strict/])
  t.equal(flows[0]?.displayName, 'A ,} flow",]')
  t.match(
    readFlowPackage(text(json.replaceAll('}\n', '},\n').replace(/,\s*$/, '').replaceAll(/,,/g, ','))).notices[0],
    /commas before closing brackets, the first in line/
  )
})

t.test('what is no package says what is wrong', async t => {
  const cases: [bytes: Uint8Array, message: RegExp][] = [
    [text(''), /is not JSON/],
    [text('{"a": secret}'), /^The file is not JSON/],
    [text('[1,2,,]'), /is not JSON/],
    [text('[1]'), /triggers is not an object|no definition/],
    [new Uint8Array([0xff, 0xfe, 0x7b, 0]), /UTF-8/],
    [text('['.repeat(300) + ']'.repeat(300)), /nested more than 200 levels/],
    [strToU8('PK not a zip'), /cannot be read as a zip/],
    [zip({ 'readme.md': 'x' }), /neither a flow package/],
    [zip({ 'solution.xml': '<x/>' }), /no flow/],
    [zip({ [`${folder}/definition.json`]: '{' }), /definition.json is not JSON/],
    [legacy().slice(0, 400), /cannot be read as a zip/],
    [zip({ 'solution.xml': '', 'Workflows/big.json': new Uint8Array(17 * 1024 * 1024) }), /unpacks to more/],
    [zip(Object.fromEntries(Array.from({ length: 5_001 }, (_, i) => [`${i}`, '']))), /more than 5000 members/]
  ]
  for (const [bytes, message] of cases) {
    try {
      readFlowPackage(bytes)
      t.fail(String(message))
    } catch (error) {
      t.type(error, FlowPackageError)
      t.match((error as Error).message, message)
      t.notMatch((error as Error).message, /secret/)
    }
  }
})

t.test('a definition of another shape says where', async t => {
  const { definition } = soundDefinition()
  const action = { type: 'Compose', inputs: 1 }
  const cases: [definition: unknown, at: RegExp][] = [
    [{ ...definition, triggers: [] }, /#\/triggers is not an object/],
    [{ ...definition, triggers: { a: null } }, /#\/triggers\/a is not an object/],
    [{ ...definition, triggers: { a: { type: 'Request', conditions: ['x'] } } }, /conditions is not a list/],
    [{ ...definition, actions: null }, /#\/actions is not an object/],
    [{ ...definition, actions: { a: { inputs: 1 } } }, /#\/actions\/a has no type/],
    [{ ...definition, actions: { a: { ...action, runAfter: ['b'] } } }, /a\/runAfter is not an object of lists/],
    [{ ...definition, actions: { a: { ...action, runAfter: { b: 'Succeeded' } } } }, /a\/runAfter is not an object of lists/],
    [{ ...definition, actions: { a: { ...action, runtimeConfiguration: 1 } } }, /runtimeConfiguration is not an object/],
    [{ ...definition, actions: { a: { type: 'If', else: [] } } }, /a\/else is not an object/],
    [{ ...definition, actions: { a: { type: 'If', else: { actions: { b: 1 } } } } }, /a\/else\/actions\/b is not an object/],
    [{ ...definition, actions: { a: { type: 'Switch', cases: { c: { actions: { b: {} } } } } } }, /a\/cases\/c\/actions\/b has no type/],
    [{ ...definition, parameters: { p: 1 } }, /#\/parameters is not an object of objects/]
  ]
  for (const [value, message] of cases) t.throws(() => readFlowPackage(text(value)), { message })
})
