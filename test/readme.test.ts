import { readFileSync } from 'node:fs'
import t from 'tap'
import { startSandboxedService } from '../src/cli/sandboxed-service.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const { scripts } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { scripts: Record<string, string> }
const blocks = [...readme.matchAll(/```(\w+)\n([\s\S]*?)```/g)].map(([, language, text]) => ({ language, text: text ?? '' }))

/** A curl line of the README as the request it makes. */
function requestOf(line: string, values: Record<string, string>): { url: string; init: RequestInit } {
  const words = [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)]
    .map(([, double, single, bare]) => single ?? (double ?? bare ?? '').replace(/\$(\w+)/g, (_all, name) => values[name] ?? ''))
    .slice(1)
  const after = (flag: string): string[] => words.flatMap((word, index) => (words[index - 1] === flag ? [word] : []))
  const url = words.find(word => word.startsWith('http')) ?? ''
  const headers = Object.fromEntries(after('-H').map(header => header.split(': ') as [string, string]))
  const [body] = after('-d')
  return { url, init: { method: after('-X')[0] ?? 'GET', headers, ...(body !== undefined && { body }) } }
}

t.test('every curl example of the README answers 200 against the sandbox', async t => {
  const stage = await startSandboxedService({ env: { PORT: '0', LOG_LEVEL: 'silent' }, prepareCrm: true })
  t.teardown(stage.close)
  const referral = stage.sandbox.partnerCenter.createReferral()
  const values = { URL: stage.url, KEY: stage.apiKey, REFERRAL: String(referral.id) }
  const lines = blocks.flatMap(({ text }) => text.split('\n')).filter(line => line.startsWith('curl '))
  t.ok(lines.length >= 5, 'there are examples')
  for (const line of lines) {
    const { url, init } = requestOf(line, values)
    const response = await fetch(url, init)
    t.equal(response.status, 200, `${line}: ${response.status === 200 ? '' : await response.text()}`)
  }
})

t.test('every npm script that the README names exists', async t => {
  const named = [...readme.matchAll(/npm (?:run )?(demo|test|start|run [\w-]+)/g)].map(([, name]) => name?.replace('run ', '') ?? '')
  t.ok(named.includes('demo') && named.includes('test'))
  for (const name of named) t.ok(scripts[name], `npm run ${name}`)
})

t.test('every file that the README links to exists', async t => {
  for (const [, path] of readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g))
    t.ok(readFileSync(new URL(`../${path}`, import.meta.url)).length > 0, `${path} exists`)
})
