import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import ts from 'typescript'

const src = fileURLToPath(new URL('../src/', import.meta.url))
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.ts'))
  .map(file => file.split(sep).join('/'))

const nouns = ['schemas', 'failure']
const adapter = ['ports', 'retry-after', ...nouns]

/** Which part of the house may import which other; a part is a folder of src/ or a file at its top. */
const mayImport: Record<string, string[]> = {
  schemas: [],
  failures: [],
  failure: ['failures'],
  ports: nouns,
  config: ['settings', 'allowed-hosts', ...nouns],
  settings: [],
  callback: ['public-address', ...adapter],
  mapping: adapter,
  sync: ['mapping', ...adapter],
  worker: ['sync', 'mapping', ...adapter],
  subscribers: ['retry-after', 'public-address', 'allowed-hosts', ...adapter],
  'partner-center': ['retry-after', ...adapter],
  dataverse: ['retry-after', ...adapter],
  entra: ['retry-after', ...adapter],
  store: adapter,
  http: ['sync', 'callback', 'mapping', ...adapter],
  log: ['shown-error'],
  'shown-error': nouns,
  version: [],
  'retry-after': [],
  'public-address': [],
  'allowed-hosts': ['failure'],
  connector: nouns,
  flow: [],
  'power-apps': ['connector', 'retry-after', ...adapter],
  client: ['schemas'],
  sandbox: ['schemas', 'flow'],
  compose: [
    'config',
    'log',
    'version',
    'http',
    'worker',
    'sync',
    'mapping',
    'callback',
    'partner-center',
    'dataverse',
    'entra',
    'store',
    'subscribers',
    ...adapter
  ],
  cli: [
    'compose',
    'config',
    'settings',
    'log',
    'version',
    'connector',
    'power-apps',
    'flow',
    'client',
    'sandbox',
    'http',
    'sync',
    'callback',
    'mapping',
    ...adapter
  ],
  index: ['compose', 'config', 'settings', 'callback', 'mapping', 'sync', ...adapter]
}

/** Packages that only one part may know; the core knows none of them. */
const owners: Record<string, string[]> = {
  fastify: ['http', 'sandbox'],
  '@azure/msal-node': ['entra'],
  'dynamics-web-api': ['dataverse'],
  kysely: ['store'],
  libsql: ['store'],
  pg: ['store'],
  jose: ['http', 'sandbox'],
  'prom-client': ['http'],
  undici: ['partner-center', 'entra', 'callback', 'subscribers', 'power-apps', 'cli', 'sandbox'],
  fflate: ['connector', 'flow'],
  'node-forge': ['sandbox'],
  'openapi-fetch': ['client']
}

const partOf = (file: string): string => file.split('/')[0]?.replace(/\.ts$/, '') ?? ''
const importsOf = (file: string): string[] =>
  ts.preProcessFile(readFileSync(join(src, file), 'utf8'), true, true).importedFiles.map(({ fileName }) => fileName)

t.test('imports point only where the design allows', async t => {
  for (const file of files) {
    const part = partOf(file)
    const allowed = mayImport[part]
    t.ok(allowed, `${file} belongs to a known part`)
    for (const name of importsOf(file)) {
      if (name.startsWith('.')) {
        const target = partOf(
          relative(src, join(src, dirname(file), name))
            .split(sep)
            .join('/')
        )
        if (target !== part && target !== '..') t.ok(allowed?.includes(target), `${file} may import ${name}`)
      } else {
        const bare = name
          .split('/')
          .slice(0, name.startsWith('@') ? 2 : 1)
          .join('/')
        const owner = owners[bare]
        if (owner) t.ok(owner.includes(part), `${file} may import ${bare}`)
      }
    }
  }
})

t.test('no part imports another in a circle', async t => {
  const edges = new Map<string, Set<string>>()
  for (const file of files)
    for (const name of importsOf(file).filter(name => name.startsWith('.'))) {
      const target = partOf(
        relative(src, join(src, dirname(file), name))
          .split(sep)
          .join('/')
      )
      if (target !== partOf(file)) edges.set(partOf(file), (edges.get(partOf(file)) ?? new Set()).add(target))
    }
  const walk = (part: string, path: string[]): string[] | undefined => {
    if (path.includes(part)) return [...path, part]
    for (const next of edges.get(part) ?? []) {
      const circle = walk(next, [...path, part])
      if (circle) return circle
    }
    return undefined
  }
  for (const part of Object.keys(mayImport)) t.equal(walk(part, [])?.join(' → '), undefined, `${part} starts no circle`)
})

t.test('the core takes time as an argument', async t => {
  for (const file of files.filter(file => ['callback', 'sync', 'mapping', 'store', 'worker'].includes(partOf(file)))) {
    const text = readFileSync(join(src, file), 'utf8')
    t.notMatch(text, /Date\.now\(|new Date\(\)/, `${file} reads no clock`)
  }
})

t.test('only config.ts reads the environment', async t => {
  for (const file of files.filter(file => file !== 'config.ts')) t.notMatch(readFileSync(join(src, file), 'utf8'), /process\.env/, file)
})

t.test('no file has grown past 350 lines', async t => {
  for (const file of files.filter(file => file !== 'client/openapi.ts')) {
    const lines = readFileSync(join(src, file), 'utf8').split('\n').length
    t.ok(lines <= 350, `${file} has ${lines} lines`)
  }
})

t.test('whatever the sources import is a dependency of the package, not only of its development', async t => {
  const { dependencies } = JSON.parse(readFileSync(join(src, '../package.json'), 'utf8')) as { dependencies: Record<string, string> }
  for (const file of files)
    for (const name of importsOf(file).filter(name => !name.startsWith('.') && !name.startsWith('node:'))) {
      const bare = name
        .split('/')
        .slice(0, name.startsWith('@') ? 2 : 1)
        .join('/')
      t.ok(dependencies[bare], `${file} imports ${bare}`)
    }
})
