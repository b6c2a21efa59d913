import t from 'tap'
import { readCertificate, thumbprint } from '../../src/callback/certificate.ts'
import { intermediatePool } from '../../src/callback/intermediate-pool.ts'
import { Failure } from '../../src/failure.ts'
import type { Intermediates, KeptIntermediate } from '../../src/ports.ts'
import { at, authority } from '../fixtures/certificates.ts'
import { memoryLog } from '../fixtures/memory-log.ts'
import { certificateUrl } from '../fixtures/signed-callback.ts'
import { codeOf, crossSigned, intermediates, issuers, issuing, leaf, sourceOf, urls } from '../fixtures/signing-world.ts'

const row = (der: Buffer, source: KeptIntermediate['source']): KeptIntermediate => {
  const certificate = readCertificate(der)
  return { thumbprint: thumbprint(certificate), der, source, keptAt: at, notAfter: certificate.notAfter }
}

/** A store of intermediates that can fail, or never answer. */
function memoryIntermediates(...rows: KeptIntermediate[]) {
  const state = { rows, mood: 'fine' as 'fine' | 'down' | 'mute', asked: 0 }
  const act = async <T>(does: () => T): Promise<T> => {
    state.asked++
    if (state.mood === 'mute') return await new Promise<T>(() => undefined)
    if (state.mood === 'down') throw new Failure('STORE_UNAVAILABLE', 'down')
    return does()
  }
  const intermediates: Intermediates = {
    list: () => act(() => [...state.rows]),
    keep: (...fetched) =>
      act(() => {
        const news = fetched.filter(one => !state.rows.some(other => other.thumbprint === one.thumbprint))
        state.rows.push(...news.map(one => ({ ...one, source: 'fetched' as const, keptAt: at })))
      }),
    add: async () => true,
    remove: async () => false
  }
  return Object.assign(state, { intermediates })
}

const given = [{ certificate: readCertificate(issuing.der), origin: 'shipped' as const }]

t.test('each certificate is there once, from where it is nearest', async t => {
  const kept = memoryIntermediates(row(issuing.der, 'added'), row(crossSigned.der, 'added'), row(crossSigned.der, 'fetched'))
  const pool = intermediatePool({ given, kept: kept.intermediates })
  t.same(
    (await pool.all()).map(({ origin }) => origin),
    ['shipped', 'added']
  )
})

t.test('what is added counts at the next search, and rubbish in the store for nothing', async t => {
  const kept = memoryIntermediates({ ...row(issuing.der, 'added'), der: Buffer.from('rubbish') })
  const { source } = sourceOf({ [certificateUrl]: leaf.der }, { kept: kept.intermediates, issuerHosts: [], refusalTtlMs: 0 })
  t.equal(await codeOf(source.get(certificateUrl)), 'CERTIFICATE_CHAIN_UNTRUSTED')
  kept.rows.push(row(crossSigned.der, 'added'), row(issuing.der, 'added'))
  t.equal(await codeOf(source.get(certificateUrl)), 'accepted')
  t.same(
    source.figures().paths[0]?.map(({ origin }) => origin),
    ['given', 'added', 'added', 'configured']
  )
})

t.test('what was fetched for an accepted path is kept, and nothing else', async t => {
  const kept = memoryIntermediates()
  const down = new Failure('CERTIFICATE_UNREACHABLE', 'down')
  const first = sourceOf({ [certificateUrl]: leaf.der, ...issuers, [urls.crossSigned]: down }, { kept: kept.intermediates })
  t.equal(await codeOf(first.source.get(certificateUrl)), 'CERTIFICATE_ISSUER_UNREACHABLE')
  t.same(kept.rows, [], 'half a path leaves nothing')
  first.served[urls.crossSigned] = crossSigned.der
  first.pass(30_000)
  t.equal(await codeOf(first.source.get(certificateUrl)), 'accepted')
  t.same(
    kept.rows.map(({ thumbprint, source }) => ({ thumbprint, source })),
    [issuing, crossSigned].map(({ der }) => ({ thumbprint: row(der, 'fetched').thumbprint, source: 'fetched' }))
  )

  const second = sourceOf({ [certificateUrl]: leaf.der }, { kept: kept.intermediates })
  t.equal(await codeOf(second.source.get(certificateUrl)), 'accepted', 'after a restart, with the issuers out of reach')
  t.same(second.asked, [certificateUrl])

  const third = sourceOf({ [certificateUrl]: leaf.der, ...issuers }, { kept: memoryIntermediates().intermediates, intermediates })
  await third.source.get(certificateUrl)
  t.same(third.asked, [certificateUrl], 'what is at hand is not fetched')
})

for (const mood of ['down', 'mute'] as const)
  t.test(`a store that is ${mood} refuses no callback that can be proven without it`, async t => {
    const { log, lines } = memoryLog()
    const kept = memoryIntermediates()
    kept.mood = mood
    const pool = intermediatePool({ given: [], kept: kept.intermediates, log, patienceMs: 20 })
    const certificates = [issuing, crossSigned].map(({ der }) => readCertificate(der))
    t.same(await pool.all(), [])
    await pool.keep(certificates)
    t.equal((await pool.all()).length, 2, 'what was fetched meanwhile is at hand')
    t.equal(lines.filter(({ level }) => level === 'warn').length, 1, 'told once')
    kept.mood = 'fine'
    t.equal((await pool.all()).length, 2)
    await pool.keep(certificates)
    t.equal(kept.rows.length, 2, 'and goes into the store when it is of use again')
    kept.mood = mood
    t.equal((await pool.all()).length, 2, 'as last read')
    t.equal(lines.filter(({ level }) => level === 'warn').length, 2)
  })

t.test('without a store the last 64 that were fetched stay', async t => {
  const pool = intermediatePool({ given })
  for (let count = 0; count < 70; count++) await pool.keep([readCertificate(authority().der)])
  t.equal((await pool.all()).length, 65)
})

t.test('a flood of certificates that are refused by themselves does not reach the store', async t => {
  const kept = memoryIntermediates()
  const { source } = sourceOf({ [certificateUrl]: Buffer.from('<html>') }, { kept: kept.intermediates, refusalTtlMs: 0 })
  for (let count = 0; count < 10; count++) await codeOf(source.get(certificateUrl))
  t.equal(kept.asked, 0)
})
