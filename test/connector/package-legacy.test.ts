import { strFromU8, unzipSync } from 'fflate'
import t from 'tap'
import { flowFiles } from '../../src/connector/flows/flow-files.ts'
import { type Json, type JsonObject, objectAt } from '../../src/connector/json.ts'
import { connectorPackages } from '../fixtures/connector-packages.ts'

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const legacy = connectorPackages().filter(({ name }) => !name.endsWith('-solution'))

function opened(bytes: Uint8Array) {
  const files = Object.fromEntries(Object.entries(unzipSync(bytes)).map(([path, content]) => [path, strFromU8(content)]))
  const json = (path: string): JsonObject => JSON.parse(files[path] ?? 'null')
  const folder =
    Object.keys(files)
      .find(path => path.endsWith('/definition.json'))
      ?.replace(/definition\.json$/, '') ?? ''
  const manifest = json('manifest.json')
  return {
    files,
    folder,
    manifest,
    resources: objectAt(manifest, 'resources') as Record<string, JsonObject>,
    assets: json('Microsoft.Flow/flows/manifest.json'),
    definition: json(`${folder}definition.json`),
    apis: json(`${folder}apisMap.json`),
    connections: json(`${folder}connectionsMap.json`)
  }
}

t.test('there is a package for every flow', async t => {
  t.strictSame(
    legacy.map(({ name }) => name),
    ['referral-to-lead', 'referral-to-dataverse', 'callback-to-lead', 'lead-to-referral', 'callback-to-lead-built-in']
  )
})

for (const { name, bytes, members } of legacy)
  t.test(name, async t => {
    const { files, folder, manifest, resources, assets, definition, apis, connections } = opened(bytes())
    const references = objectAt(objectAt(definition, 'properties'), 'connectionReferences') as Record<string, JsonObject>

    t.test('has the five members that such a package has, and no other', async t => {
      t.match(folder, /^Microsoft\.Flow\/flows\/[0-9a-f-]{36}\/$/)
      const paths = ['apisMap.json', 'connectionsMap.json', 'definition.json'].map(file => `${folder}${file}`)
      t.strictSame(Object.keys(files), [...paths, 'Microsoft.Flow/flows/manifest.json', 'manifest.json'])
      t.strictSame(members, Object.keys(files))
      for (const text of Object.values(files)) t.notOk(text.startsWith('\uFEFF'), 'no byte order mark')
    })

    t.test('names its flow by one id everywhere', async t => {
      const id = folder.split('/').at(-2) ?? ''
      t.strictSame(assets, { packageSchemaVersion: '1.0', flowAssets: { assetPaths: [id] } })
      t.match(definition, { name: id, id: `/providers/Microsoft.Flow/flows/${id}`, type: 'Microsoft.Flow/flows' })
      t.strictSame(
        Object.keys(resources).filter(key => resources[key]?.type === 'Microsoft.Flow/flows'),
        [id]
      )
    })

    t.test('has the definition that a person reads', async t => {
      t.strictSame(definition, JSON.parse(flowFiles()[`connector/flows/${name}.json`] ?? 'null'))
    })

    t.test('says in its manifest what the import asks for', async t => {
      t.match(manifest, {
        schema: '1.0',
        details: { displayName: /\w/, description: /\w/, createdTime: /^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{7}Z$/, sourceEnvironment: '' }
      })
      for (const [key, { type, hierarchy, suggestedCreationType, creationType, configurableBy, dependsOn, ...resource }] of Object.entries(
        resources
      )) {
        t.match(key, guid)
        t.equal(hierarchy, type === 'Microsoft.Flow/flows' ? 'Root' : 'Child')
        t.equal(suggestedCreationType, type === 'Microsoft.Flow/flows' ? 'New' : 'Existing')
        for (const other of dependsOn as Json[]) t.ok(resources[String(other)], `${String(other)} is there`)
        const isBuiltIn = type === 'Microsoft.PowerApps/apis' && resource.name !== undefined
        const expected = type === 'Microsoft.Flow/flows' ? 'Existing, New, Update' : isBuiltIn ? undefined : 'Existing'
        t.equal(creationType, expected)
        t.equal(configurableBy, isBuiltIn ? 'System' : 'User')
        if (isBuiltIn) t.match(resource, { id: `/providers/Microsoft.PowerApps/apis/${resource.name}` })
        else t.strictSame(Object.keys(resource), ['details'], 'neither an id nor a name')
      }
    })

    t.test('maps every connection of the flow to a connector and a connection of the manifest', async t => {
      t.strictSame(Object.keys(apis), Object.keys(references))
      t.strictSame(Object.keys(connections), Object.keys(references))
      for (const key of Object.keys(references)) {
        t.equal(resources[String(apis[key])]?.type, 'Microsoft.PowerApps/apis')
        t.equal(resources[String(connections[key])]?.type, 'Microsoft.PowerApps/apis/connections')
        t.strictSame(resources[String(connections[key])]?.dependsOn, [apis[key] ?? null])
        t.match(references[key], { connectionName: key, source: 'Embedded', tier: 'NotSpecified' })
      }
      t.equal(Object.keys(resources).length, 1 + 2 * Object.keys(references).length)
    })

    t.test('every operation uses a connection that the flow has', async t => {
      const hosts = [...JSON.stringify(definition).matchAll(/"host":(\{[^}]*\})/g)].map(([, host]) => JSON.parse(host ?? ''))
      t.strictSame(new Set(hosts.map(host => host.connectionName)), new Set(Object.keys(references)), 'and none in vain')
      for (const host of hosts) t.equal(host.apiId, references[host.connectionName]?.id)
    })
  })

t.test('the package with built-in actions asks nothing', async t => {
  const { resources, apis, connections } = opened(
    legacy.find(({ name }) => name === 'callback-to-lead-built-in')?.bytes() ?? new Uint8Array()
  )
  t.equal(Object.keys(resources).length, 1)
  t.strictSame([apis, connections], [{}, {}])
})
