import { sign } from 'node:crypto'
import type { Test } from 'tap'
import { certificateUrl } from '../../fixtures/signed-callback.ts'
import { withHeader, withSignature } from '../change-request.ts'
import { between } from '../effects.ts'
import { flood } from '../flood.ts'
import { genuine } from '../genuine-pki.ts'
import { doors, type HostileCase } from '../hostile-case.ts'
import { hostileStage, makeKnown, newEvent } from '../stage.ts'

const minute = 60_000
const store = new URL(certificateUrl).hostname
/** A name that no signer has. */
const madeUp = (index: number): string => `https://${store}/cert/signer-${index}.cer`

export const cases: HostileCase[] = [
  {
    subject: 'a flood of made-up certificate URLs',
    variants: [
      { what: 'thousands cause thirty downloads a minute, and the genuine signer is served', story: boundsTriesOfMadeUpUrls },
      { what: 'they do not keep out a signer that nobody has heard of before', story: servesTheGenuineOneAfterAFlood },
      { what: 'of certificates that prove good under other names only the last few are kept', story: boundsWhatIsKept },
      { what: 'URLs of other places cost nothing at all', story: downloadsNothingFromElsewhere }
    ]
  },
  {
    subject: 'a thousand first callbacks at the same moment',
    variants: [
      { what: 'cause one download of each certificate, and each is taken or told to come again', story: downloadsOnceForAThousand },
      { what: 'cause one download too when it fails', story: failsOnceForMany }
    ]
  },
  {
    subject: 'a flood of bad signatures',
    variants: [
      { what: 'thousands cause one download in five minutes and leave nothing behind', story: downloadsOnceForBadSignatures },
      { what: 'of one address so many are heard a minute as the setting says, and of others as many', story: limitsByAddress }
    ]
  }
]

async function boundsTriesOfMadeUpUrls(t: Test): Promise<void> {
  const stage = await hostileStage(t)
  await stage.accepts(t, stage.valid())
  const before = await stage.effects()
  const request = stage.valid()
  for (const [round, path] of doors.entries()) {
    const answers = await flood(stage.url(), {
      count: 1000,
      path,
      request: index => withHeader('X-MS-Certificate-Url', madeUp(1000 * round + index))(request)
    })
    t.same(answers, { '503 CERTIFICATE_UNREACHABLE': 1000 }, path)
  }
  await stage.accepts(t, stage.valid(), 'the genuine signer')
  const { downloads } = between(before, await stage.effects())
  t.equal(downloads.length, 30, 'thirty files were asked for, and the genuine one was not asked for again')
  stage.pass(minute)
  await flood(stage.url(), { count: 200, request: index => withHeader('X-MS-Certificate-Url', madeUp(index))(request) })
  t.equal(stage.files.requests().length, 61, 'a minute later thirty more')
  const refused = await stage.send(withHeader('X-MS-Certificate-Url', madeUp(9999))(request))
  t.equal(refused.retryAfter, '60', 'who is not heard is told when to come again')
}

async function servesTheGenuineOneAfterAFlood(t: Test): Promise<void> {
  const stage = await hostileStage(t)
  const request = stage.valid()
  await flood(stage.url(), { count: 300, request: index => withHeader('X-MS-Certificate-Url', madeUp(index))(request) })
  await stage.accepts(t, stage.valid(), 'the genuine signer, for the first time')
  const older = certificateUrl.replace('-dispatch', '')
  stage.files.serve(older, genuine.signer.der)
  await stage.accepts(t, stage.valid({ certificateUrl: older }), 'and under its older address')
}

async function boundsWhatIsKept(t: Test): Promise<void> {
  const stage = await hostileStage(t)
  const request = stage.valid()
  const downloadsFor = async (index: number): Promise<number> => {
    const before = stage.files.requests().length
    await stage.send(withHeader('X-MS-Certificate-Url', madeUp(index))(request), '/v1/validate-callback')
    return stage.files.requests().length - before
  }
  for (let index = 0; index < 20; index++) stage.files.serve(madeUp(index), genuine.signer.der)
  for (let index = 0; index < 20; index++) t.equal(await downloadsFor(index), 1)
  for (let index = 12; index < 20; index++) t.equal(await downloadsFor(index), 0, `the certificate ${index} is kept`)
  t.equal(await downloadsFor(0), 1, 'the first one is not')
}

async function downloadsNothingFromElsewhere(t: Test): Promise<void> {
  const stage = await hostileStage(t)
  const request = stage.valid()
  const answers = await flood(stage.url(), {
    count: 300,
    request: index => withHeader('X-MS-Certificate-Url', `https://attacker.blob.core.windows.net/cert/${index}.cer`)(request)
  })
  t.same(answers, { '401 CERTIFICATE_URL_FOREIGN': 300 })
  t.equal(stage.files.connections(), 0)
  await stage.accepts(t, stage.valid())
}

/** Of one address 128 may be judged at a time: they wait for the download together, and the others are shed meanwhile. */
async function downloadsOnceForAThousand(t: Test): Promise<void> {
  const stage = await hostileStage(t)
  let open: (() => void) | undefined
  stage.files.serve(certificateUrl, (_request, response) => {
    open = () => response.end(genuine.signer.der)
  })
  const requests = Array.from({ length: 1000 }, () => stage.valid())
  const answers = await Promise.all(
    requests.map(async request => {
      const answer = await stage.send(request)
      open?.()
      return answer
    })
  )
  const taken = answers.filter(({ status }) => status === 200)
  t.ok(taken.length >= 128, `${taken.length} were taken`)
  // On a machine with much else to do a body may come too late as well.
  const others = new Set(answers.filter(({ status }) => status !== 200).map(({ code }) => code))
  t.ok(
    [...others].every(code => code === 'SERVICE_BUSY' || code === 'REQUEST_TOO_SLOW'),
    `all others may come again: ${[...others].join()}`
  )
  const again = requests.filter((_request, index) => answers[index]?.status !== 200)
  t.same(await flood(stage.url(), { count: again.length, request: index => again[index] ?? stage.valid() }), { 200: again.length })
  const { rows, downloads } = await stage.effects()
  t.same(downloads.length, new Set(downloads).size, 'nothing was downloaded twice')
  t.equal(downloads.filter(url => url === certificateUrl).length, 1)
  t.same([rows.callbacks?.length, rows.jobs?.length], [1000, 1000])
}

async function failsOnceForMany(t: Test): Promise<void> {
  const stage = await hostileStage(t)
  stage.files.serve(certificateUrl, (_request, response) => void response.writeHead(500).end())
  const answers = await flood(stage.url(), { count: 500, request: () => stage.valid() })
  t.same(answers, { '503 CERTIFICATE_UNREACHABLE': 500 })
  t.equal(stage.files.requests().length, 1)
}

async function downloadsOnceForBadSignatures(t: Test): Promise<void> {
  const stage = await hostileStage(t)
  await stage.accepts(t, stage.valid())
  const before = await stage.effects()
  const request = stage.valid()
  const forgeries = Array.from({ length: 50 }, () =>
    withSignature(() => sign('sha256', newEvent(), genuine.signer.keys.privateKey))(request)
  )
  const forgery = (index: number) => forgeries[index % forgeries.length] ?? request
  for (const path of doors)
    t.same(await flood(stage.url(), { count: 1500, path, request: forgery }), { '401 CALLBACK_SIGNATURE_MISMATCH': 1500 }, path)
  const { rows, downloads } = between(before, await stage.effects())
  t.same([rows, downloads], [{}, [certificateUrl]])
  await stage.accepts(t, stage.valid(), 'the valid request afterwards')
  stage.pass(5 * minute)
  await flood(stage.url(), { count: 100, request: forgery })
  t.equal(stage.files.requests().length, 3, 'five minutes later there is one more')
}

async function limitsByAddress(t: Test): Promise<void> {
  const stage = await hostileStage(t, { env: { CALLBACKS_PER_MINUTE: '50', RATE_LIMIT_PER_MINUTE: '50', TRUST_PROXY: '127.0.0.1' } })
  await makeKnown(stage)
  for (const path of doors) {
    const from = (address: string) => () => withHeader('X-Forwarded-For', address)({ ...stage.valid(), body: newEvent() })
    const answers = await flood(stage.url(), { count: 300, path, request: from('203.0.113.1') })
    t.same(answers, { '401 CALLBACK_SIGNATURE_MISMATCH': 50, '429 TOO_MANY_REQUESTS': 250 }, path)
    const shed = await stage.send(from('203.0.113.1')(), path)
    t.ok(Number(shed.retryAfter) > 0, 'with a time to come again')
    t.equal((await stage.send(withHeader('X-Forwarded-For', '203.0.113.2')(stage.valid()), path)).status, 200, 'another address')
    t.same(
      await flood(stage.url(), { count: 20, path, request: from('203.0.113.1, 203.0.113.3') }),
      {
        '401 CALLBACK_SIGNATURE_MISMATCH': 20
      },
      'the address that the proxy saw counts'
    )
  }
}
