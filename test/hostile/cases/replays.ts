import type { Test } from 'tap'
import { all, alsoWith, inChunks, signatureOf, withHeader, without } from '../change-request.ts'
import { between, type Caused } from '../effects.ts'
import type { SignedRequest } from '../exchange.ts'
import type { HostileCase } from '../hostile-case.ts'
import { type HostileStage, hostileStage, newEvent } from '../stage.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** What a callback that came before leaves behind: its count, and in its referral's timeline one note for ever. */
const counted = { callbacks: { added: 1, removed: 1 } }
const noted = { ...counted, timeline: { added: 1, removed: 0 } }

export const cases: HostileCase[] = [
  {
    subject: 'a callback that comes again',
    variants: [
      { what: 'byte for byte: it is acknowledged, noted once and counted from then on', story: acknowledgesReplays },
      { what: 'nine tries more, as Partner Center makes them when it has heard no answer', story: appliesTenTriesOnce },
      { what: 'after the service was started anew', story: remembersOverRestarts },
      { what: 'a hundred times at the same moment', story: appliesOnceAtOnce },
      { what: 'with its signature in the other header, in chunks, or under another type: what counts is the body', story: knowsByItsBody },
      { what: 'at the validation, which remembers nothing and changes nothing', story: validatesForEver },
      { what: 'under a signature that does not fit: it is refused, whether it is known or not', story: refusesForgedReplays }
    ]
  },
  {
    subject: 'a callback that comes late',
    variants: [
      ...(
        [
          ['two days late', 2 * day],
          ['as late as we remember', 30 * day],
          ['five minutes early, by a clock that is ahead', -5 * minute],
          ['five minutes late, by a clock that is behind', 5 * minute],
          ['a day early', -day],
          ['ten years early', -3650 * day]
        ] as const
      ).map(([what, ms]) => ({ what, bend: datedSo(now => new Date(now.getTime() - ms).toISOString()) })),
      ...(
        [
          ['without a date', undefined],
          ['with a date that is none', 'yesterday'],
          ['with a number for a date', 1773167499],
          ['with a date of the year 20000', '+020000-01-01T00:00:00Z'],
          ['with an empty date', '']
        ] as const
      ).map(([what, date]) => ({ what, bend: datedSo(() => date) })),
      { what: 'a second older than we remember: acknowledged, and nothing is done', story: leavesOldOnesAlone }
    ]
  },
  {
    subject: 'a clock that jumps',
    variants: [
      { what: 'a replay is one whether the clock has gone ahead or back', story: knowsReplaysUnderAnyClock },
      { what: 'back: new callbacks are accepted, for one download more', story: servesAfterTheClockWentBack },
      { what: 'ahead beyond what we remember: a captured callback is of no use', story: leavesCapturedOnesAlone }
    ]
  },
  {
    subject: 'several callbacks about one referral',
    variants: [{ what: 'each is kept, and there is one job for all', story: queuesOneJob }]
  }
]

/** A callback whose event has another date. */
function datedSo(date: (now: Date) => unknown) {
  return (_request: SignedRequest, stage: HostileStage): SignedRequest =>
    stage.valid({ body: newEvent({ ResourceChangeUtcDate: date(stage.service().now()) }) })
}

/** Sends a request to the receiver and tells what came of it. */
async function effectOf(t: Test, stage: HostileStage, request: SignedRequest): Promise<Caused> {
  const before = await stage.effects()
  const answer = await stage.send(request)
  t.same([answer.status, answer.body], [200, {}], 'it is acknowledged')
  const caused = between(before, await stage.effects())
  // The certificates of issuers that were of use are kept, and the day of their last use is noted.
  const { intermediates: _kept, ...rows } = caused.rows
  return { ...caused, rows }
}

async function acknowledgesReplays(t: Test): Promise<void> {
  const stage = await hostileStage(t)
  const request = stage.valid()
  await stage.accepts(t, request)
  t.match(await effectOf(t, stage, request), { rows: noted, counters: { seen: 1 } })
  for (let time = 3; time < 6; time++) t.same((await effectOf(t, stage, request)).rows, counted, `the ${time}th time`)
}

async function appliesTenTriesOnce(t: Test): Promise<void> {
  const stage = await hostileStage(t)
  const request = stage.valid()
  await stage.accepts(t, request)
  const { rows: first } = await stage.effects()
  for (let tries = 2; tries <= 10; tries++) {
    stage.pass(hour)
    t.equal((await stage.send(request)).status, 200, `try ${tries}`)
  }
  const { rows, counters } = await stage.effects()
  t.same(rows.jobs, first.jobs, 'the one job is as it was')
  t.equal(rows.timeline?.length, 3)
  t.match(JSON.parse(rows.callbacks?.[0] ?? ''), { seen: 10 })
  t.match(counters, { accepted: 1, seen: 9 })
}

async function remembersOverRestarts(t: Test): Promise<void> {
  const stage = await hostileStage(t)
  const request = stage.valid()
  await stage.accepts(t, request)
  const { rows: first } = await stage.effects()
  await stage.restart()
  t.equal((await stage.send(request)).status, 200)
  const { rows } = await stage.effects()
  t.same([rows.callbacks?.length, rows.jobs], [1, first.jobs])
}

async function appliesOnceAtOnce(t: Test): Promise<void> {
  const stage = await hostileStage(t)
  const request = stage.valid()
  const answers = await Promise.all(Array.from({ length: 100 }, () => stage.send(request)))
  t.same(new Set(answers.map(({ status }) => status)), new Set([200]))
  const { rows, counters, downloads } = await stage.effects()
  t.same([rows.callbacks?.length, rows.jobs?.length, rows.timeline?.length], [1, 1, 3])
  t.match(counters, { accepted: 1, seen: 99 })
  t.equal(downloads.length, 2, 'the signer and its issuer')
}

async function knowsByItsBody(t: Test): Promise<void> {
  const stage = await hostileStage(t)
  const request = stage.valid()
  await stage.accepts(t, request)
  const { rows: first } = await stage.effects()
  for (const change of [
    all(alsoWith('X-MS-Signature', signatureOf), without('authorization')),
    inChunks(3),
    withHeader('Content-Type', 'text/plain'),
    alsoWith('User-Agent', 'somebody else'),
    alsoWith('X-Forwarded-For', '203.0.113.7')
  ])
    t.equal((await stage.send(change(request))).status, 200)
  const { rows, counters } = await stage.effects()
  t.same([rows.callbacks?.length, rows.jobs], [1, first.jobs])
  t.match(counters, { accepted: 1, seen: 5 })
}

async function validatesForEver(t: Test): Promise<void> {
  const stage = await hostileStage(t)
  const request = stage.valid()
  await stage.accepts(t, request)
  const before = await stage.effects()
  for (let time = 0; time < 10; time++) t.equal((await stage.send(request, '/v1/validate-callback')).status, 200)
  t.same(between(before, await stage.effects()).rows, {})
}

async function refusesForgedReplays(t: Test): Promise<void> {
  const stage = await hostileStage(t)
  const request = stage.valid()
  await stage.accepts(t, request)
  await stage.send(stage.valid())
  const forged = withHeader('Authorization', `Signature ${Buffer.alloc(256, 7).toString('base64')}`)(request)
  await stage.refuses(t, forged, { status: 401, code: 'CALLBACK_SIGNATURE_MISMATCH', downloads: 1 })
}

async function leavesOldOnesAlone(t: Test): Promise<void> {
  const stage = await hostileStage(t)
  const changedAt = new Date(stage.service().now().getTime() - 30 * day - 1000).toISOString()
  const request = stage.valid({ body: newEvent({ ResourceChangeUtcDate: changedAt }) })
  // Whom nobody has heard of before has his issuer's certificate kept: so the signer is made known first.
  await stage.send(stage.valid())
  const { rows, counters } = await effectOf(t, stage, request)
  t.same([rows, counters], [{}, { replayed: 1 }])
  t.equal((await stage.send(request, '/v1/validate-callback')).status, 200, 'it is genuine all the same')
}

async function knowsReplaysUnderAnyClock(t: Test): Promise<void> {
  const stage = await hostileStage(t)
  const request = stage.valid()
  await stage.accepts(t, request)
  t.same((await effectOf(t, stage, request)).rows, noted)
  stage.pass(day)
  t.same((await effectOf(t, stage, request)).rows, counted, 'a day ahead')
  stage.pass(-2 * day)
  t.same((await effectOf(t, stage, request)).rows, counted, 'a day back')
}

async function servesAfterTheClockWentBack(t: Test): Promise<void> {
  const stage = await hostileStage(t)
  await stage.accepts(t, stage.valid())
  const before = stage.files.requests().length
  stage.pass(-hour)
  await stage.accepts(t, stage.valid())
  t.equal(stage.files.requests().length, before + 1, 'what was proven in the future is proven anew')
}

async function leavesCapturedOnesAlone(t: Test): Promise<void> {
  const stage = await hostileStage(t)
  const captured = stage.valid()
  stage.pass(31 * day)
  await stage.send(stage.valid({ body: newEvent({ ResourceChangeUtcDate: stage.service().now().toISOString() }) }))
  const { rows, counters } = await effectOf(t, stage, captured)
  t.same([rows, counters], [{}, { replayed: 1 }])
}

async function queuesOneJob(t: Test): Promise<void> {
  const stage = await hostileStage(t)
  const { ResourceUri } = JSON.parse(newEvent().toString()) as { ResourceUri: string }
  const about = (EventName: string) => stage.valid({ body: newEvent({ EventName, ResourceUri }) })
  await stage.accepts(t, about('referral-created'))
  for (const name of ['referral-updated', 'related-referral-created', 'Referral-Updated']) await effectOf(t, stage, about(name))
  const { rows } = await stage.effects()
  t.same([rows.callbacks?.length, rows.jobs?.length], [4, 1])
}
