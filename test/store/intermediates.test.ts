import t from 'tap'
import { manualClock } from '../fixtures/manual-clock.ts'
import { eachStore } from '../fixtures/stores.ts'

const hourMs = 60 * 60 * 1000
const end = new Date('2027-01-01T00:00:00.000Z')
const certificate = (name: string | number, notAfter = end) => ({
  thumbprint: String(name).padStart(64, '0'),
  der: Buffer.from(`DER of ${name}`),
  notAfter
})
const retention = { timelineDays: 90, callbackDays: 30 }

eachStore(t, 'what was added and what was fetched comes back, also to another process', async (t, open) => {
  const { now, advance } = manualClock()
  const { intermediates, place } = await open({ now })
  t.same(await intermediates.list(), [])
  await intermediates.keep(certificate('a'), certificate('a'))
  const addedAt = now()
  t.equal(await intermediates.add(certificate('b'), certificate('c'), certificate('b')), true)
  await advance(1)
  await intermediates.keep(certificate('d'))
  const other = await open({ place, now })
  const listed = await other.intermediates.list()
  t.same(
    listed.map(({ thumbprint, source }) => `${source} ${thumbprint.at(-1)}`),
    ['added b', 'added c', 'fetched d', 'fetched a']
  )
  t.same(listed[0], { ...certificate('b'), source: 'added', keptAt: addedAt })
})

eachStore(t, 'what an operator adds stays added, and what he removes is gone', async (t, open) => {
  const { intermediates } = await open()
  await intermediates.keep()
  await intermediates.keep(certificate('a'))
  await intermediates.add(certificate('a'))
  await intermediates.add(certificate('a'))
  await intermediates.keep(certificate('a'))
  t.match(await intermediates.list(), [{ source: 'added' }])
  t.equal(await intermediates.remove(certificate('a').thumbprint), true)
  t.equal(await intermediates.remove(certificate('a').thumbprint), false)
  t.same(await intermediates.list(), [])
})

eachStore(t, 'of the fetched ones those stay that were of use last, and at most one write a day says so', async (t, open) => {
  const { now, advance } = manualClock()
  const { intermediates } = await open({ now })
  for (let number = 0; number < 64; number++) {
    await intermediates.keep(certificate(number))
    await advance(1)
  }
  const first = certificate(0)
  const keptAt = async () => (await intermediates.list()).find(({ thumbprint }) => thumbprint === first.thumbprint)?.keptAt
  const before = await keptAt()
  await intermediates.keep(first)
  t.same(await keptAt(), before, 'not again within a day')
  await advance(24 * hourMs)
  await intermediates.keep(first)
  t.same(await keptAt(), now())
  await intermediates.keep(certificate('new'))
  const left = (await intermediates.list()).map(({ thumbprint }) => thumbprint)
  t.equal(left.length, 64)
  t.ok(left.includes(first.thumbprint), 'the first is still of use')
  t.notOk(left.includes(certificate(1).thumbprint), 'the second was the oldest')
})

eachStore(t, 'an operator adds 200 at the most, all of a call or none', async (t, open) => {
  const { intermediates } = await open()
  const many = Array.from({ length: 199 }, (_, number) => certificate(number))
  t.equal(await intermediates.add(...many), true)
  t.equal(await intermediates.add(certificate('a'), certificate('b')), false)
  t.equal((await intermediates.list()).length, 199)
  t.equal(await intermediates.add(certificate('a'), certificate(0)), true, 'one that is there takes no room')
  t.equal((await intermediates.list()).length, 200)
})

eachStore(t, 'fetched ones go at their end, added ones stay for a person to see', async (t, open) => {
  const { now, advance } = manualClock('2026-12-31T23:00:00.000Z')
  const { intermediates, prune } = await open({ now })
  await intermediates.keep(certificate('a'), certificate('later', new Date('2028-01-01')))
  await intermediates.add(certificate('b'))
  await advance(hourMs)
  t.match(await prune(retention), { intermediates: 0 }, 'not in their last second')
  await advance(1)
  t.match(await prune(retention), { intermediates: 1 })
  t.same(
    (await intermediates.list()).map(({ thumbprint }) => thumbprint),
    [certificate('b'), certificate('later')].map(({ thumbprint }) => thumbprint)
  )
})
