import t from 'tap'
import { envelopeGrowth, growthOf } from '../../scripts/bench/soak/growth.ts'

const looks = (values: number[]) => values.map((value, work) => ({ work, value }))
/** No two runs alike would be no test: a fixed noise between -1 and 1. */
const noise = (index: number): number => ((index * 5) % 7) / 3 - 1

t.test('what grows steadily is seen through the noise', async t => {
  const { slope, surely } = growthOf(looks(Array.from({ length: 20 }, (_, index) => 100 + 3 * index + noise(index))))
  t.ok(slope > 2.7 && slope < 3.3, `${slope}`)
  t.ok(surely > 20 && surely <= 27, `${surely}`)
})

t.test('what only trembles does not grow', async t => {
  t.ok(growthOf(looks(Array.from({ length: 20 }, (_, index) => 100 + noise(index)))).surely < 0.5)
})

t.test('what grows while it warms up and then stays does not grow', async t => {
  const warming = Array.from({ length: 20 }, (_, index) => Math.min(index, 9) * 50 + noise(index))
  t.ok(growthOf(looks(warming)).surely < 0.5)
  t.ok(envelopeGrowth(looks(warming.map(value => Math.min(value, 300)))) < 1)
})

t.test('a line needs three looks', async t => {
  t.throws(() => growthOf(looks([1, 2, 3])))
})

t.test('the lower envelope sees through peaks', async t => {
  t.equal(envelopeGrowth(looks([1, 1, 1, 9, 2, 9, 2, 9, 9])), 0)
  t.equal(envelopeGrowth(looks([1, 1, 1, 9, 2, 9, 5, 9, 9])), 3)
})
