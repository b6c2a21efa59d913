import { readFileSync } from 'node:fs'
import t from 'tap'
import type { Lock } from '../../scripts/supply-chain/lock.ts'
import { sbomFromLock } from '../../scripts/supply-chain/sbom-from-lock.ts'

const lock = (packages: Lock['packages']): Lock => ({
  packages: { '': { name: 'app', version: '1.2.3', license: 'MIT', dependencies: { a: '^1.0.0' } }, ...packages }
})

t.test('what ships is listed with its licence and hash, what only the development uses is not', async t => {
  const { components, metadata } = sbomFromLock(
    lock({
      'node_modules/a': { version: '1.0.0', license: '(MIT OR GPL-2.0)', integrity: 'sha512-AAEC' },
      'node_modules/@scope/b': { version: '2.0.0', license: 'ISC', optional: true },
      'node_modules/tool': { version: '3.0.0', dev: true }
    })
  )
  t.equal(metadata.component['bom-ref'], 'app@1.2.3')
  t.same(components, [
    {
      'bom-ref': '@scope/b@2.0.0',
      type: 'library',
      name: '@scope/b',
      version: '2.0.0',
      scope: 'optional',
      purl: 'pkg:npm/%40scope/b@2.0.0',
      licenses: [{ license: { id: 'ISC' } }]
    },
    {
      'bom-ref': 'a@1.0.0',
      type: 'library',
      name: 'a',
      version: '1.0.0',
      scope: 'required',
      purl: 'pkg:npm/a@1.0.0',
      hashes: [{ alg: 'SHA-512', content: '000102' }],
      licenses: [{ expression: '(MIT OR GPL-2.0)' }]
    }
  ])
})

t.test('a package depends on the version that it finds from its own folder', async t => {
  const { dependencies } = sbomFromLock(
    lock({
      'node_modules/a': { version: '1.0.0', dependencies: { b: '*', c: '*', missing: '*' } },
      'node_modules/a/node_modules/b': { version: '2.0.0', dependencies: { c: '*' }, peerDependencies: { a: '*' } },
      'node_modules/b': { version: '1.0.0' },
      'node_modules/c': { version: '1.0.0', dependencies: { b: '*' } }
    })
  )
  t.same(Object.fromEntries(dependencies.map(({ ref, dependsOn }) => [ref, dependsOn])), {
    'app@1.2.3': ['a@1.0.0'],
    'a@1.0.0': ['b@2.0.0', 'c@1.0.0'],
    'b@2.0.0': ['a@1.0.0', 'c@1.0.0'],
    'b@1.0.0': [],
    'c@1.0.0': ['b@1.0.0']
  })
})

t.test('a package that lies in two folders is one component with the dependencies of both', async t => {
  const { components, dependencies } = sbomFromLock(
    lock({
      'node_modules/a': { version: '1.0.0', dependencies: { b: '*' } },
      'node_modules/a/node_modules/b': { version: '1.0.0', dependencies: { c: '*' } },
      'node_modules/a/node_modules/c': { version: '2.0.0' },
      'node_modules/b': { version: '1.0.0', dependencies: { c: '*' } },
      'node_modules/c': { version: '1.0.0' }
    })
  )
  t.equal(components.filter(({ name }) => name === 'b').length, 1)
  t.same(dependencies.find(({ ref }) => ref === 'b@1.0.0')?.dependsOn, ['c@1.0.0', 'c@2.0.0'])
})

t.test('the same packages give the same bytes, others another serial number', async t => {
  const packages = { 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '1.0.0' } }
  const once = sbomFromLock(lock(packages))
  t.equal(JSON.stringify(once), JSON.stringify(sbomFromLock(lock(Object.fromEntries(Object.entries(packages).reverse())))))
  t.not(once.serialNumber, sbomFromLock(lock({ 'node_modules/a': { version: '1.0.1' } })).serialNumber)
  t.match(once.serialNumber, /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})

t.test('the list of this repository names every dependency of its package.json', async t => {
  const sbom = sbomFromLock(JSON.parse(readFileSync('package-lock.json', 'utf8')))
  const { name, version, dependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
  t.match(sbom, { bomFormat: 'CycloneDX', specVersion: '1.5', version: 1, metadata: { component: { name, version, type: 'application' } } })
  const direct = sbom.dependencies.find(({ ref }) => ref === `${name}@${version}`)?.dependsOn
  t.same(direct?.map(ref => ref.replace(/@[^@]*$/, '')).sort(), Object.keys(dependencies).sort())
  const refs = new Set(sbom.components.map(component => component['bom-ref']))
  t.equal(refs.size, sbom.components.length)
  for (const { ref, dependsOn } of sbom.dependencies) {
    t.ok(refs.has(ref) || ref === `${name}@${version}`)
    t.ok(dependsOn.every(one => refs.has(one)))
  }
  for (const { name, hashes, licenses } of sbom.components) {
    t.match(hashes?.[0], { alg: 'SHA-512', content: /^[0-9a-f]{128}$/ }, name)
    t.ok(licenses, name)
  }
})
