import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { unzipSync } from 'fflate'
import t from 'tap'
import { zip } from '../../src/connector/package/zip.ts'
import { connectorPackages } from '../fixtures/connector-packages.ts'

const digests = () => connectorPackages().map(({ name, bytes }) => `${name} ${createHash('sha256').update(bytes()).digest('hex')}`)

t.test('the same input gives the same bytes, in every time zone', async t => {
  t.strictSame(digests(), digests())
  const fixture = new URL('../fixtures/connector-packages.ts', import.meta.url)
  const code = `
    const { createHash } = await import('node:crypto')
    const { connectorPackages } = await import(${JSON.stringify(fixture.href)})
    const all = connectorPackages().map(({ name, bytes }) => name + ' ' + createHash('sha256').update(bytes()).digest('hex'))
    process.stdout.write(JSON.stringify(all))`
  const cwd = fileURLToPath(new URL('../../', import.meta.url))
  for (const TZ of ['Asia/Kathmandu', 'America/St_Johns']) {
    const words = ['--import=tsx', '--input-type=module', '--eval', code]
    const out = execFileSync(process.execPath, words, { cwd, env: { PATH: process.env.PATH, TZ }, encoding: 'utf8' })
    t.strictSame(JSON.parse(out), digests(), TZ)
  }
})

t.test('members are sorted, dated the first day of zips, and plain', async t => {
  for (const { name, bytes, members } of connectorPackages()) {
    const content = bytes()
    t.strictSame(Object.keys(unzipSync(content)), members, name)
    t.strictSame(members, members.toSorted(), name)
    const view = new DataView(content.buffer, content.byteOffset)
    // Local file header: flags at 6, time at 10, date at 12 (APPNOTE 4.3.7). No flag: neither encrypted nor of unknown size.
    t.strictSame([view.getUint16(6, true), view.getUint16(12, true)], [0, 0b0000000_0001_00001], name)
    for (const member of members) t.match(member, /^(?!\/)(?!.*\.\.)[\x20-\x7e]+$/, 'a plain relative path')
  }
})

t.test('the order in which members are given does not matter', async t => {
  const one = zip({ 'b.json': '{}', 'a.json': 'ä' })
  t.strictSame(one, zip({ 'a.json': 'ä', 'b.json': '{}' }))
  t.strictSame(unzipSync(one)['a.json'], new TextEncoder().encode('ä'))
})

t.test('what is set for one environment changes what it concerns, and nothing else', async t => {
  const usual = connectorPackages()
  const changed = (options: { host?: string; referralColumn?: string }) =>
    connectorPackages(options)
      .filter(({ bytes }, index) => !Buffer.from(bytes()).equals(usual[index]?.bytes() ?? new Uint8Array()))
      .map(({ name }) => name)
  t.strictSame(changed({ host: 'referrals.contoso.com' }), ['callback-to-lead-built-in', 'connector-solution'])
  t.strictSame(changed({ referralColumn: 'contoso_deal' }), ['referral-to-dataverse', 'lead-to-referral', 'flow-solution'])
})
