import t from 'tap'
import { app, withKey } from '../fixtures/app.ts'
import { rsaKeys } from '../fixtures/certificates.ts'
import { certificateUrl } from '../fixtures/signed-callback.ts'
import { intermediates, leaf, leafWith, sourceOf } from '../fixtures/signing-world.ts'

const hour = 60 * 60 * 1000

t.test('the metrics say when each certificate in use ends, and how downloads and renewals went', async t => {
  const { source, pass, served, clock } = sourceOf({ [certificateUrl]: leaf.der }, { intermediates })
  const service = await app(t, { signingFigures: source.figures })
  const shown = async () => {
    const { body } = await service.inject({ url: '/v1/metrics', headers: withKey })
    return body.split('\n').filter(line => line.startsWith('referral_connector_certificate_'))
  }
  t.same(
    (await shown()).map(line => line.replace('referral_connector_certificate_', '')),
    ['renewed', 'unchanged', 'failed'].map(outcome => `renewals_total{outcome="${outcome}"} 0`),
    'nothing at first'
  )

  await source.get(certificateUrl)
  const ends = (await shown()).filter(line => line.includes('end_seconds'))
  t.equal(ends.length, 4)
  t.match(
    ends[0],
    /^referral_connector_certificate_end_seconds\{position="signer",subject="CN=pcnotifications-dispatch\.microsoft\.com, O=Microsoft Corporation, C=US",thumbprint="[0-9a-f]{64}"\} 1782864000$/
  )
  t.same(
    ends.map(line => /position="(\w+)"/.exec(line)?.[1]),
    ['signer', 'intermediate', 'intermediate', 'root']
  )

  const before = ends[0] ?? ''
  served[certificateUrl] = leafWith({ keys: rsaKeys() }).der
  pass(18 * hour)
  await source.refresh()
  served[certificateUrl] = Buffer.from('<html>')
  pass(18 * hour)
  await source.refresh()
  const after = await shown()
  t.notOk(after.includes(before), 'the certificate before a renewal is not shown any more')
  t.equal(after.filter(line => line.includes('end_seconds')).length, 4)
  t.ok(after.includes('referral_connector_certificate_downloads_total{kind="signer",outcome="ok"} 3'))
  t.ok(after.includes('referral_connector_certificate_renewals_total{outcome="renewed"} 1'))
  t.ok(after.includes('referral_connector_certificate_renewals_total{outcome="failed"} 1'))

  clock.now = new Date('2030-01-01')
  t.same(
    (await shown()).filter(line => line.includes('end_seconds')),
    [],
    'and none when none is in use'
  )
})
