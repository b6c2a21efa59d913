import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { startSandbox } from '../../src/sandbox/start-sandbox.ts'
import { authority, nameOf } from '../fixtures/certificates.ts'
import { integer, oid, pem, sequence, tlv } from '../fixtures/der.ts'
import { recycledKeys } from '../fixtures/recycled-keys.ts'
import { stored } from '../fixtures/stored.ts'
import { run } from '../fixtures/terminal.ts'

/** The sandbox's certificates and hosts, and an empty store. */
async function trustStage(t: Test) {
  const sandbox = await startSandbox({ newKeys: recycledKeys() })
  t.teardown(() => sandbox.close())
  const { env: place, withStore } = await stored(t, async () => undefined)
  const { certificates } = sandbox
  const env: Record<string, string> = { ...sandbox.settings, ...place }
  const folder = t.testdirName
  const file = (name: string, content: string | Buffer): string => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  const sources = async () => await withStore(async ({ intermediates }) => (await intermediates.list()).map(({ source }) => source))
  const list = async () => JSON.parse((await run(['trust', 'list', '--json'], env)).out) as Record<string, unknown>[]
  return { sandbox, chain: certificates.chain, certificates, env, file, sources, list, withStore }
}

/** PKCS #7 «certs-only». */
function pkcs7(...certificates: Buffer[]): Buffer {
  const message = sequence(integer(1n), tlv(0x31), sequence(oid('1.2.840.113549.1.7.1')), tlv(0xa0, ...certificates), tlv(0x31))
  return sequence(oid('1.2.840.113549.1.7.2'), tlv(0xa0, message))
}

t.test('trust add takes intermediates in any form and order, and says what it leaves out', async t => {
  const { chain, env, file, sources, list } = await trustStage(t)
  const issuing = file('issuing.crt', chain.issuing)
  const crossSigned = file('xsign.pem', `subject=whatever\n${pem(chain.crossSigned)}`)

  await t.test('not without the way to a root', async t => {
    t.match(await run(['trust', 'add', issuing], env), {
      code: 1,
      out: '',
      note: /^Refused CN=Sandbox TLS G2 RSA CA.*No path leads from it/
    })
    t.same(await sources(), [])
  })
  await t.test('but together, the lower one first', async t => {
    const { code, note } = await run(['trust', 'add', issuing, crossSigned], env)
    t.equal(code, 0)
    t.match(note, /Added CN=Sandbox TLS G2 RSA CA OCSP 02.*\n.*Added CN=Sandbox TLS RSA Root G2/s)
    t.same(await sources(), ['added', 'added'])
    t.match(await run(['trust', 'add', crossSigned], env), { code: 0, note: /^At hand already \(added\): CN=Sandbox TLS RSA Root G2/ })
  })
  await t.test('a bundle: the leaf is refused, the root is not needed, both by name', async t => {
    const bundle = file('bundle.pem', [chain.leaf.certificate, chain.issuing, chain.root].map(der => pem(der)).join(''))
    const { code, out } = await run(['trust', 'add', bundle, '--json'], env)
    t.equal(code, 1)
    t.match(JSON.parse(out), {
      added: [],
      known: [{ from: 'added' }, { from: 'a trusted root' }],
      refused: [{ subject: /^CN=pcnotifications/, reason: /is not an authority\.$/ }]
    })
  })
  await t.test('PKCS #7, as DER and as PEM', async t => {
    for (const { thumbprint } of (await list()).filter(({ from }) => from === 'added'))
      await run(['trust', 'remove', String(thumbprint)], env)
    t.same(await sources(), [])
    const message = pkcs7(chain.root, chain.issuing, chain.crossSigned)
    t.match(await run(['trust', 'add', file('all.p7b', message)], env), { code: 0, note: /Added/ })
    t.same(await sources(), ['added', 'added'])
    const wrapped = file('all.p7b.pem', pem(message, 'PKCS7'))
    t.match(await run(['trust', 'add', wrapped], env), { code: 0, note: /At hand already/ })
  })
  await t.test('what holds no certificate is named', async t => {
    t.match(await run(['trust', 'add', file('page.html', '<html>')], env), { code: 2, note: /page\.html» holds no certificate/ })
    t.match(await run(['trust', 'add', 'no-such-file.pem'], env), { code: 2, note: /no-such-file\.pem» cannot be read/ })
    t.match(await run(['trust', 'add'], env), { code: 2, note: /<file> is missing/ })
    t.match(await run(['trust', 'add', file('rubbish.der', sequence(integer(1n)))], env), { code: 1, note: /^Refused: The certificate / })
  })
})

t.test('trust add reads the standard input', async t => {
  const { chain, env, sources } = await trustStage(t)
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', 'trust', 'add', '-'], {
    env: { ...process.env, NODE_OPTIONS: '', ...env }
  })
  child.stdin.end(pem(chain.issuing) + pem(chain.crossSigned))
  const note = await text(child.stderr)
  t.match(note, 'Added CN=Sandbox TLS RSA Root G2')
  t.same(await sources(), ['added', 'added'])
})

t.test('trust list shows what there is and where it is from, trust remove takes away what somebody brought', async t => {
  const { chain, env, file, list } = await trustStage(t)
  const configured = { ...env, CALLBACK_INTERMEDIATES: file('xsign.pem', pem(chain.crossSigned)) }
  await run(['trust', 'add', file('issuing.crt', chain.issuing)], configured)
  const { code, out } = await run(['trust', 'list'], configured)
  t.equal(code, 0)
  t.match(out, /root +configured .* CN=Sandbox Global Root G2/)
  t.match(out, /intermediate +shipped .* CN=Microsoft TLS RSA Root G2/)
  t.match(out, /intermediate +configured .* CN=Sandbox TLS RSA Root G2/)
  t.match(out, /intermediate +added .* CN=Sandbox TLS G2 RSA CA OCSP 02/)
  const all = await list()
  const added = all.find(({ from }) => from === 'added')
  t.match(added, { what: 'intermediate', issuer: /^CN=Sandbox TLS RSA Root G2/, thumbprint: /^[0-9a-f]{64}$/, daysLeft: 919 })
  t.match(out, `SHA-256 ${added?.thumbprint}`)

  const root = all.find(({ what }) => what === 'root')
  const written = String(added?.thumbprint)
    .toUpperCase()
    .replace(/..(?=.)/g, '$&:')
  t.match(await run(['trust', 'remove', String(root?.thumbprint)], env), { code: 1, note: /This is a root/ })
  t.match(await run(['trust', 'remove', 'abcdefabcdef'], env), { code: 1, note: /^No certificate that was added or fetched/ })
  t.match(await run(['trust', 'remove', 'abc'], env), { code: 2, note: /8 to 64 hexadecimal digits/ })
  t.match(await run(['trust', 'remove', written], env), { code: 0, note: /is removed/ })
  t.match(await run(['trust', 'remove', written, '--json'], env), { code: 1, out: /"removed":false/ })
})

t.test('trust check shows the path as the next callback would find it, and keeps nothing', async t => {
  const { certificates, chain, env, file, sources } = await trustStage(t)
  const found = await run(['trust', 'check'], env)
  t.equal(found.code, 0, found.note)
  t.match(found.out, /signer +download [\s\S]*intermediate +fetched [\s\S]*intermediate +fetched [\s\S]*root +configured/)
  t.match(found.note, /The path holds until \d{4}-\d\d-\d\d\.\n$/)
  t.same(await sources(), [])
  const leaf = file('leaf.cer', pem(chain.leaf.certificate))
  const given = JSON.parse((await run(['trust', 'check', leaf, '--json'], env)).out)
  t.match(given, { ok: true, warnings: [], path: [{ what: 'signer', from: 'file', daysLeft: 169 }, {}, {}, { what: 'root' }] })
  t.equal(given.end, given.path[0].notAfter)
  t.match(await run(['trust', 'check', certificates.signer().certificateUrl], env), { code: 0 })

  await t.test('or says why there is none', async t => {
    const { DATA_DIR, ENCRYPTION_KEY } = env
    const strangers = { ...env, CALLBACK_ROOTS: pem(authority().der), DATA_DIR: `${DATA_DIR}`, ENCRYPTION_KEY: `${ENCRYPTION_KEY}` }
    t.match(await run(['trust', 'check', leaf], strangers), { code: 1, out: '', note: /^CERTIFICATE_CHAIN_UNTRUSTED: .* CALLBACK_ROOTS/ })
    const { code, out } = await run(['trust', 'check', leaf, '--json'], strangers)
    t.equal(code, 1)
    t.match(JSON.parse(out), { ok: false, code: 'CERTIFICATE_CHAIN_UNTRUSTED', advice: /CALLBACK_ROOTS/ })
    t.match(await run(['trust', 'check', 'https://evil.example/cert/a.cer'], env), { code: 1, note: /^CERTIFICATE_URL_FOREIGN/ })
    t.match(await run(['trust', 'check', 'no-such.cer', '--json'], env), { code: 2, out: '', note: /cannot be read/ })
    t.match(await run(['trust', 'check', file('ca.cer', chain.issuing)], env), { code: 1, note: /^CERTIFICATE_PURPOSE_REFUSED/ })
  })
  await t.test('also where there is no store', async t => {
    const { code, note } = await run(['trust', 'check'], { ...env, ENCRYPTION_KEY: '' })
    t.equal(code, 0)
    t.match(note, /The store cannot be opened \(CONFIG_INVALID\)/)
  })
})

t.test('trust fetch brings the path of the signer into the store, so that a service without a way out needs none', async t => {
  const { certificates, chain, env, sources } = await trustStage(t)
  const [issuingUrl = '', crossSignedUrl = ''] = Object.keys(chain.issuers)
  t.match(await run(['trust', 'fetch', crossSignedUrl], env), { code: 0, note: /^Added CN=Sandbox TLS RSA Root G2/ })
  t.match(await run(['trust', 'fetch', issuingUrl, '--json'], env), { code: 0, out: /"added":\[\{"subject":"CN=Sandbox TLS G2/ })
  t.match(await run(['trust', 'fetch'], env), { code: 0, note: /At hand already \(added\)[\s\S]*At hand already \(added\)/ })
  t.same(await sources(), ['added', 'added'])
  for (let answer = 0; answer < 9; answer++) certificates.issuerAnswers.next({ status: 500 })
  t.match((await run(['trust', 'check'], env)).out, /intermediate +added/)
  t.match(await run(['trust', 'fetch', 'http://evil.example/a.crt'], env), { code: 1, note: /^CERTIFICATE_URL_FOREIGN/ })
  t.match(await run(['trust', 'fetch', 'ftp://evil.example/a.crt'], env), { code: 1, note: /^CERTIFICATE_URL_/ })
})

t.test('the signer alone is enough for trust fetch', async t => {
  const { env, sources } = await trustStage(t)
  t.match(await run(['trust', 'fetch'], env), { code: 0, note: /Added[\s\S]*Added/ })
  t.same(await sources(), ['added', 'added'])
})

t.test('names in certificates do not steer the terminal', async t => {
  const { env, file, withStore } = await trustStage(t)
  const steering = authority({ subject: nameOf(['CN', 'Evil\u001b[2J\r\nnext\u202e\u2028']) })
  const given = file('evil.pem', pem(steering.der))
  const { note } = await run(['trust', 'add', given], env)
  const { out } = await run(['trust', 'list'], { ...env, CALLBACK_INTERMEDIATES: pem(steering.der) })
  for (const said of [note, out]) {
    t.notMatch(said, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e\u2028]/)
    t.equal(said.split('\n').filter(line => line.includes('next')).length, 1 + Number(said === out), 'the line is not broken')
  }
  await withStore(async () => undefined)
})
