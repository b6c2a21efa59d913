import t from 'tap'
import { Failure } from '../../src/failure.ts'
import { at, authority, issuingName, nameOf, rsaKeys, signingCertificate } from '../fixtures/certificates.ts'
import { failureOf } from '../fixtures/failure-of.ts'
import { memoryLog } from '../fixtures/memory-log.ts'
import { certificateUrl } from '../fixtures/signed-callback.ts'
import { codeOf, crossSigned, intermediates, issuing, leaf, leafWith, sourceOf } from '../fixtures/signing-world.ts'

const minute = 60_000
const hour = 60 * minute
const down = new Failure('CERTIFICATE_UNREACHABLE', 'down')
/** Lets everything run that needs no time. */
const settle = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

/** An answer that comes when it is told to. */
function late() {
  let answer: (der: Buffer) => void = () => undefined
  const answered = new Promise<Buffer>(resolve => {
    answer = resolve
  })
  return { answered, answer }
}

/** A source that knows its signer. */
async function knowing(der = leaf.der, options: Parameters<typeof sourceOf>[1] = {}) {
  const { log, lines } = memoryLog()
  const stage = sourceOf({ [certificateUrl]: der }, { intermediates, log, ...options })
  const first = await stage.source.get(certificateUrl)
  const get = () => stage.source.get(certificateUrl)
  const downloads = () => stage.asked.filter(url => url === certificateUrl).length
  return { ...stage, first, get, downloads, warnings: () => lines.filter(({ level }) => level === 'warn') }
}

t.test('after three quarters of its day a signer is renewed by a callback that does not wait for it', async t => {
  const { get, first, pass, served, downloads } = await knowing()
  const renewed = leafWith({ keys: rsaKeys() })
  const { answered, answer } = late()
  served[certificateUrl] = () => answered
  pass(18 * hour)
  t.equal(await get(), first)
  t.equal(await get(), first)
  t.equal(downloads(), 2, 'the renewal is under way, once')
  answer(renewed.der)
  await settle()
  t.not((await get()).thumbprint, first.thumbprint, 'from now on the new one is the signer')
  t.equal(downloads(), 2)
})

t.test('a night without callbacks does not end in a cold one', async t => {
  const { source, get, first, pass, served, downloads } = await knowing()
  for (let night = 0; night < 3; night++) {
    pass(18 * hour - 1)
    await source.refresh()
    t.equal(downloads(), night + 1, 'not before it is due')
    pass(1)
    await source.refresh()
    t.equal(downloads(), night + 2)
  }
  served[certificateUrl] = down
  pass(24 * hour - 1)
  t.equal((await get()).thumbprint, first.thumbprint, 'another day, from the last renewal on')
})

t.test('one that ends sooner is renewed an hour before, and not at every callback when less is left', async t => {
  for (const [left, due] of [
    [3 * hour, 2 * hour],
    [8 * hour, 6 * hour],
    [30 * minute, 5 * minute],
    [minute, undefined]
  ] as const) {
    const { source, get, pass, downloads } = await knowing(leafWith({ notAfter: new Date(at.getTime() + left) }).der)
    pass((due ?? left) - 1)
    await get()
    await source.refresh()
    t.equal(downloads(), 1, `${left / minute} minutes left: not yet`)
    pass(1)
    await source.refresh()
    t.equal(downloads(), due === undefined ? 1 : 2, 'but now')
  }
})

t.test('a renewal that fails changes nothing, is tried again after a pause and told once', async t => {
  const { source, get, first, pass, served, downloads, warnings } = await knowing()
  served[certificateUrl] = down
  pass(18 * hour)
  for (let index = 0; index < 100; index++) {
    await get()
    await source.refresh()
  }
  t.equal(downloads(), 2, 'a hundred callbacks are one try')
  for (let index = 0; index < 10; index++) {
    pass(5 * minute)
    t.equal(await get(), first)
    await settle()
  }
  t.equal(downloads(), 12, 'one in five minutes')
  t.match(warnings(), [{ fields: { code: 'CERTIFICATE_UNREACHABLE', url: certificateUrl }, message: /the known one serves/ }])
  t.equal(warnings().length, 1)
  served[certificateUrl] = leafWith({ subject: nameOf(['O', 'Contoso']) }).der
  pass(5 * minute)
  await source.refresh()
  t.equal(warnings().length, 2, 'another reason is told')
  served[certificateUrl] = leaf.der
  pass(5 * minute)
  await source.refresh()
  served[certificateUrl] = down
  pass(18 * hour)
  await source.refresh()
  t.equal(warnings().length, 3, 'and so is the next outage')
  t.match(source.figures(), {
    downloads: [
      { kind: 'signer', outcome: 'ok', count: 3 },
      { kind: 'signer', outcome: 'CERTIFICATE_UNREACHABLE', count: 12 }
    ],
    renewals: { renewed: 0, unchanged: 1, failed: 13 }
  })
})

t.test('when its time is over callbacks are put off, and the end of the outage is found without one', async t => {
  const { source, get, pass, served, downloads } = await knowing()
  served[certificateUrl] = down
  pass(24 * hour)
  t.equal(await codeOf(get()), 'CERTIFICATE_UNREACHABLE')
  t.same(source.figures().paths, [], 'no path is in use')
  served[certificateUrl] = leaf.der
  t.equal(await codeOf(get()), 'CERTIFICATE_UNREACHABLE', 'for a moment that is repeated')
  await source.refresh()
  const asked = downloads()
  t.equal(await codeOf(get()), 'accepted')
  t.equal(downloads(), asked, 'it was there already')
  t.equal(source.figures().paths[0]?.length, 4)

  served[certificateUrl] = down
  pass(48 * hour)
  await source.refresh()
  t.equal(downloads(), asked, 'a file that has been gone for a day is not asked for any more')
})

t.test('what the signer before a renewal has signed is still on its way', async t => {
  const { source, get, first, pass, served } = await knowing()
  t.equal(await source.renewed(certificateUrl, first), undefined, 'there is no other one')
  served[certificateUrl] = leafWith({ keys: rsaKeys() }).der
  pass(18 * hour)
  await source.refresh()
  const second = await get()
  t.not(second.thumbprint, first.thumbprint)
  t.equal(await source.renewed(certificateUrl, second), first, 'for a signature that the new one did not make')
  t.equal(await source.renewed(certificateUrl, first), second, 'which came between the try and the question')
  pass(6 * hour - 1)
  t.equal(await source.renewed(certificateUrl, second), first)
  pass(1)
  t.equal(await source.renewed(certificateUrl, second), undefined, 'not past its own day')
  t.equal(await get(), second)
})

t.test('a signature that does not fit waits for the renewal that is under way, whatever came before it', async t => {
  const { source, get, first, pass, served, downloads } = await knowing()
  pass(18 * hour - minute)
  served[certificateUrl] = down
  t.equal(await codeOf(source.renewed(certificateUrl, first)), 'CERTIFICATE_UNREACHABLE', 'nobody can tell who signed')
  t.equal(downloads(), 2)
  const { answered, answer } = late()
  served[certificateUrl] = () => answered
  pass(minute)
  t.equal(await get(), first, 'the renewal begins')
  const renewed = source.renewed(certificateUrl, first)
  answer(leafWith({ keys: rsaKeys() }).der)
  t.not((await renewed)?.thumbprint, first.thumbprint)
  t.equal((await renewed)?.thumbprint, (await get()).thumbprint)
  t.equal(downloads(), 3)
})

t.test('other authorities than before are told of', async t => {
  const { source, pass, served, warnings } = await knowing()
  served[certificateUrl] = leafWith({ keys: rsaKeys() }).der
  pass(18 * hour)
  await source.refresh()
  t.same(warnings(), [], 'a new certificate of the same authority is nothing to warn of')
  const name = nameOf(['O', 'Microsoft Corporation'], ['CN', 'Another CA'])
  const other = authority({ issuer: crossSigned, subject: name })
  served[certificateUrl] = signingCertificate({ issuer: other, keys: rsaKeys() }).der
  const stage = await knowing(undefined, { intermediates: [...intermediates, other.der] })
  stage.served[certificateUrl] = signingCertificate({ issuer: other, keys: rsaKeys() }).der
  stage.pass(18 * hour)
  await stage.source.refresh()
  t.match(stage.warnings(), [
    { fields: { url: certificateUrl, before: [/OCSP 02/], after: [/Another CA/] }, message: /other authorities than before/ }
  ])
})

t.test('a renewal that begins before the end does not serve past it', async t => {
  const { source, get, pass, served } = await knowing(leafWith({ notAfter: new Date(at.getTime() + hour) }).der)
  const old = await get()
  const { answered, answer } = late()
  served[certificateUrl] = () => answered
  pass(hour + 999)
  const refreshing = source.refresh()
  pass(1)
  const meanwhile = source.get(certificateUrl)
  answer(leaf.der)
  await refreshing
  t.not((await meanwhile).thumbprint, old.thumbprint, 'who comes meanwhile waits for the new one')
})

t.test('a signer serves to the end of its last second', async t => {
  const { get, first, pass, downloads } = await knowing(leafWith({ notAfter: new Date(at.getTime() + 60_000) }).der)
  pass(60_999)
  t.equal(await get(), first)
  t.equal(downloads(), 1, 'and is not asked for at every callback of it')
  pass(1)
  t.equal(await codeOf(get()), 'CERTIFICATE_EXPIRED')
})

t.test('while the store cannot be asked, a signature that does not fit is no forgery yet', async t => {
  const { source, first, pass, served, downloads } = await knowing()
  served[certificateUrl] = down
  const ask = () => codeOf(source.renewed(certificateUrl, first))
  t.equal(await ask(), 'CERTIFICATE_UNREACHABLE')
  pass(30_000 - 1)
  t.equal(await ask(), 'CERTIFICATE_UNREACHABLE')
  t.equal(downloads(), 2, 'which is repeated for a while')
  served[certificateUrl] = leafWith({ keys: rsaKeys() }).der
  pass(1)
  t.not((await source.renewed(certificateUrl, first))?.thumbprint, first.thumbprint, 'and tried again long before five minutes are over')
  t.equal(downloads(), 3)
})

t.test('those who wait for a slow store leave room for those whose signer is known', async t => {
  const { source, get, first, served } = await knowing()
  const other = certificateUrl.replace('-dispatch', '')
  const { answered, answer } = late()
  served[other] = () => answered
  const waiting = Array.from({ length: 128 }, () => source.get(other))
  t.match(await failureOf(source.get(other)), { code: 'CERTIFICATE_UNREACHABLE', retryAfterMs: 5000 })
  t.equal(await get(), first)
  answer(leafWith({}).der)
  t.equal(new Set(await Promise.all(waiting)).size, 1)
  t.equal(await codeOf(source.get(other)), 'accepted', 'and afterwards there is room again')
})

t.test('the issuer may be renewed under its old name, too', async t => {
  const short = authority({ issuer: crossSigned, keys: issuing.keys, subject: issuingName, notAfter: new Date(at.getTime() + 2 * hour) })
  const { source, pass, get, first } = await knowing(leaf.der, { intermediates: [short.der, crossSigned.der] })
  t.same(
    source.figures().paths[0]?.map(({ position, origin }) => `${position} ${origin}`),
    ['signer given', 'intermediate configured', 'intermediate configured', 'root configured']
  )
  pass(2 * hour + 1000)
  t.equal(await codeOf(get()), 'CERTIFICATE_ISSUER_UNREACHABLE', 'never past the end of its path, and not a forgery')
  t.ok(first)
})
