import { strFromU8, unzipSync } from 'fflate'
import t from 'tap'
import { type JsonObject, objectAt } from '../../src/connector/json.ts'
import { lint } from '../../src/connector/lint.ts'
import { solutionVersion } from '../../src/connector/package/solution.ts'
import { element, textElement } from '../../src/connector/package/xml.ts'
import { connectorPackages } from '../fixtures/connector-packages.ts'
import { childAt, childrenAt, parseXml } from '../fixtures/xml.ts'

function opened(name: string, options = {}) {
  const found = connectorPackages(options).find(candidate => candidate.name === name)
  const files = unzipSync(found?.bytes() ?? new Uint8Array())
  const text = (path: string): string => strFromU8(files[path] ?? new Uint8Array())
  return {
    files,
    text,
    json: (path: string): JsonObject => JSON.parse(text(path)),
    manifest: childAt(parseXml(text('solution.xml')), 'SolutionManifest'),
    customizations: parseXml(text('customizations.xml')),
    types: parseXml(text('[Content_Types].xml'))
  }
}
const connector = opened('connector-solution')
const flows = opened('flow-solution')
const both = Object.entries({ connector, flows })
const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

t.test('the manifest has its elements in the order of the schema', async t => {
  for (const [name, { manifest, text }] of both) {
    t.strictSame(
      manifest.children.map(child => child.name),
      ['UniqueName', 'LocalizedNames', 'Descriptions', 'Version', 'Managed', 'Publisher', 'RootComponents', 'MissingDependencies'],
      name
    )
    t.strictSame(
      childrenAt(manifest, 'Publisher').map(child => child.name),
      [
        ...['UniqueName', 'LocalizedNames', 'Descriptions', 'EMailAddress', 'SupportingWebsiteUrl'],
        ...['CustomizationPrefix', 'CustomizationOptionValuePrefix', 'Addresses']
      ],
      name
    )
    t.equal(childrenAt(manifest, 'Publisher', 'Addresses').length, 2, name)
    t.match(childAt(manifest, 'UniqueName').text, /^[A-Za-z_]\w*$/, name)
    t.equal(childAt(manifest, 'Version').text, '1.2.3.0', name)
    t.equal(childAt(manifest, 'Managed').text, '0', 'unmanaged')
    t.match(childAt(manifest, 'Publisher', 'CustomizationPrefix').text, /^(?!mscrm)[a-z][a-z0-9]{1,7}$/, name)
    t.match(childAt(manifest, 'Publisher', 'CustomizationOptionValuePrefix').text, /^[1-9]\d{4}$/, name)
    t.notOk(text('solution.xml').startsWith('\uFEFF'), 'no byte order mark')
  }
})

t.test('the customizations have their parts in the order of the schema', async t => {
  const order = [
    ...[
      'Entities',
      'Roles',
      'Workflows',
      'FieldSecurityProfiles',
      'Templates',
      'EntityMaps',
      'EntityRelationships',
      'OrganizationSettings'
    ],
    ...['optionsets', 'CustomControls', 'EntityDataProviders', 'Connectors', 'connectionreferences', 'Languages']
  ]
  for (const [name, { customizations }] of both) {
    const parts = customizations.children.map(child => child.name)
    t.strictSame(
      parts,
      order.filter(part => parts.includes(part)),
      name
    )
    for (const part of order.filter(part => !['Connectors', 'connectionreferences'].includes(part))) t.ok(parts.includes(part), part)
  }
})

t.test('every member has a content type, and every content type a member', async t => {
  for (const [name, { files, types }] of both) {
    const endings = types.children.filter(child => child.name === 'Default').map(({ attributes }) => attributes.Extension)
    for (const path of Object.keys(files)) t.ok(endings.includes(path.slice(path.lastIndexOf('.') + 1)), `${name}: ${path}`)
    for (const { attributes } of types.children.filter(child => child.name === 'Override'))
      t.ok(files[(attributes.PartName ?? '').slice(1)], `${name}: ${attributes.PartName}`)
    t.equal(types.children.find(({ attributes }) => attributes.Extension === 'xml')?.attributes.ContentType, 'text/xml')
  }
})

t.test('the connector is described by files that are there', async t => {
  const [node] = childrenAt(connector.customizations, 'Connectors')
  if (!node) throw new Error('There is no connector.')
  t.strictSame(
    node.children.map(child => child.name),
    [
      ...['connectorid', 'description', 'displayname', 'iconbrandcolor', 'name', 'connectortype'],
      ...['openapidefinition', 'connectionparameters', 'policytemplateinstances', 'iconblob']
    ]
  )
  const name = childAt(node, 'name').text
  t.match(name, /^[a-z][a-z0-9]{1,7}_[a-z]+$/, 'nothing in it has to be encoded')
  t.match(childAt(node, 'connectorid').text, guid)
  for (const part of node.children.slice(6)) {
    t.match(part.text, new RegExp(`^/Connector/${name}_${part.name}\\.(json|Png)$`))
    t.ok(connector.files[part.text.slice(1)], part.text)
  }
  const [root] = childrenAt(connector.manifest, 'RootComponents')
  t.strictSame(root?.attributes, { type: '372', id: `{${childAt(node, 'connectorid').text}}`, schemaName: name, behavior: '0' })
})

t.test('the definition, the policies and the parameters are those of the connector', async t => {
  const path = (part: string) => `Connector/rc_partnercenterreferralssync_${part}.json`
  const definition = connector.json(path('openapidefinition'))
  t.strictSame(lint(definition), [])
  t.ok(Array.isArray(connector.json(path('policytemplateinstances'))))
  t.match(connector.json(path('connectionparameters')), { host: { type: 'string' }, api_key: { type: 'securestring' } })
  t.notMatch(connector.text(path('connectionparameters')), /connectionParameterSets/)
  const other = opened('connector-solution', { host: 'referrals.contoso.com' })
  t.equal(other.json(path('openapidefinition')).host, 'referrals.contoso.com')
})

t.test('the flows are switched off, and described by files that are there', async t => {
  const workflows = childrenAt(flows.customizations, 'Workflows')
  t.equal(workflows.length, 4)
  const paths = workflows.map(workflow => childAt(workflow, 'JsonFileName').text.slice(1))
  t.strictSame(new Set(paths), new Set(Object.keys(flows.files).filter(path => path.startsWith('Workflows/'))))
  for (const [index, workflow] of workflows.entries()) {
    const id = workflow.attributes.WorkflowId ?? ''
    t.ok(paths[index]?.endsWith(`-${id.slice(1, -1).toUpperCase()}.json`), 'the file is named by the id')
    t.match(paths[index], /^Workflows\/[A-Za-z]+-[0-9A-F-]{36}\.json$/)
    const value = (name: string) => childAt(workflow, name).text
    t.strictSame(['Category', 'StateCode', 'StatusCode', 'Type', 'ModernFlowType', 'PrimaryEntity'].map(value), [
      '5',
      '0',
      '1',
      '1',
      '0',
      'none'
    ])
  }
  t.strictSame(
    childrenAt(flows.manifest, 'RootComponents').map(({ attributes }) => [attributes.type, attributes.id]),
    workflows.map(({ attributes }) => ['29', attributes.WorkflowId])
  )
})

t.test('every connection of a flow is a connection reference, and the connector is found by its row', async t => {
  const references = childrenAt(flows.customizations, 'connectionreferences')
  const names = references.map(({ attributes }) => attributes.connectionreferencelogicalname ?? '')
  for (const name of names) t.match(name, /^rc_\w{1,100}$/)
  for (const path of Object.keys(flows.files).filter(path => path.startsWith('Workflows/'))) {
    const properties = objectAt(flows.json(path), 'properties')
    const used = Object.values(objectAt(properties, 'connectionReferences'))
    for (const reference of used) {
      const logicalName = String(objectAt(objectAt({ reference }, 'reference'), 'connection').connectionReferenceLogicalName)
      const api = objectAt(objectAt({ reference }, 'reference'), 'api')
      const found = references[names.indexOf(logicalName)]
      if (!found) throw new Error(`There is no ${logicalName}.`)
      t.equal(childAt(found, 'connectorid').text, `/providers/Microsoft.PowerApps/apis/${String(api.name)}`)
      t.equal(childAt(found, 'promptingbehavior').text, '0', 'the import asks for it')
      const isCustom = found.children.some(child => child.name === 'customconnectorid')
      t.equal(api.logicalName, isCustom ? 'rc_partnercenterreferralssync' : undefined)
    }
  }
  const [node] = childrenAt(connector.customizations, 'Connectors')
  const custom = references.find(({ children }) => children.some(child => child.name === 'customconnectorid'))
  t.equal(custom && childAt(custom, 'customconnectorid', 'connectorid').text, node && childAt(node, 'connectorid').text)
})

t.test('the flows use the environment variables that are there, and their values are asked for', async t => {
  const defined = Object.keys(flows.files).filter(path => path.startsWith('environmentvariabledefinitions/'))
  t.strictSame(defined, [
    'environmentvariabledefinitions/rc_MinimumDealValue/environmentvariabledefinition.xml',
    'environmentvariabledefinitions/rc_SendLeadChanges/environmentvariabledefinition.xml'
  ])
  for (const path of defined) {
    const variable = parseXml(flows.text(path))
    t.equal(variable.attributes.schemaname, path.split('/')[1])
    t.match(childAt(variable, 'type').text, /^10000000[0-5]$/)
  }
  const seen: string[] = []
  for (const path of Object.keys(flows.files).filter(path => path.startsWith('Workflows/'))) {
    const definition = objectAt(objectAt(flows.json(path), 'properties'), 'definition')
    const declared = Object.keys(objectAt(definition, 'parameters')).filter(name => !name.startsWith('$'))
    const used = [...JSON.stringify(definition).matchAll(/parameters\('([^'$]+)'\)/g)].map(([, name = '']) => name)
    t.strictSame(new Set(used), new Set(declared), path)
    for (const name of declared) {
      const { metadata, defaultValue } = objectAt(objectAt(definition, 'parameters'), name)
      const schemaName = String(objectAt({ metadata }, 'metadata').schemaName)
      t.ok(name.endsWith(` (${schemaName})`) && defined.some(path => path.includes(schemaName)), name)
      t.not(defaultValue, undefined)
      seen.push(schemaName)
    }
  }
  t.strictSame(seen.sort(), ['rc_MinimumDealValue', 'rc_MinimumDealValue', 'rc_SendLeadChanges'])
})

t.test('a version of a package becomes one of a solution', async t => {
  t.equal(solutionVersion('0.1.0'), '0.1.0.0')
  t.equal(solutionVersion('1.2.3-rc.1+build'), '1.2.3.0')
})

t.test('texts are escaped, and what XML cannot hold is left out', async t => {
  const nasty = 'a<b>&"c"\'d\'\u0000\uD800é→'
  const read = parseXml(element('x', { y: nasty }, [textElement('z', nasty)]))
  t.equal(read.attributes.y, 'a<b>&"c"\'d\'é→')
  t.equal(childAt(read, 'z').text, 'a<b>&"c"\'d\'é→')
})
