import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { checkChain, Failure } from '../../src/callback/check-chain.ts'
import { type CertificatePlan, judgedAt, plannedAuthority, plannedLeaf } from '../fixtures/arbitraries/certificate-plan.ts'
import { isProvenPath, verdict, type World } from '../fixtures/arbitraries/chain-model.ts'
import { holds } from '../fixtures/arbitraries/holds.ts'
import { planKeys } from '../fixtures/arbitraries/plan-keys.ts'
import { authorityFaults, chains, intermediateFaults, leafFaults, worlds } from '../fixtures/arbitraries/worlds.ts'
import { peculiarIssuer } from '../fixtures/peculiar-certificates.ts'

const issue = peculiarIssuer(planKeys())

/** The certificates of a world, each written once. */
async function written({ leaf, pool, roots }: World) {
  const certificates = new Map<CertificatePlan, Buffer>()
  for (const plan of new Set([leaf, ...pool, ...roots])) certificates.set(plan, await issue(plan))
  const derOf = (plan: CertificatePlan): Buffer => certificates.get(plan) ?? Buffer.alloc(0)
  const planOf = (der: Buffer): CertificatePlan => [...certificates].find(([, other]) => other.equals(der))?.[0] ?? leaf
  return { leaf: derOf(leaf), intermediates: pool.map(derOf), roots: roots.map(derOf), planOf }
}

type Question = Pick<Parameters<typeof checkChain>[0], 'leaf' | 'intermediates' | 'roots'>

/** The code, or the path, leaf first. */
function answerTo({ leaf, intermediates, roots }: Question) {
  try {
    return checkChain({ leaf, intermediates, roots, at: judgedAt, purpose: 'serverAuth' }).map(({ der }) => der)
  } catch (error) {
    if (error instanceof Failure) return error.code
    throw error
  }
}
const codeOf = (question: Question) => {
  const answer = answerTo(question)
  return typeof answer === 'string' ? answer : 'accepted'
}

t.test('a sound chain of another issuer is accepted, leaf first and root last', async t => {
  await holds(t, 50, chains(), async chain => {
    const { planOf, ...question } = await written(linear(chain))
    const path = answerTo(question)
    return typeof path !== 'string' && isDeepStrictEqual(path.map(planOf), chain.toReversed())
  })
})

t.test('among cross-signs, copies, namesakes and broken ones the answer is that of the model', async t => {
  const counts = new Map<string, number>()
  await holds(t, 130, worlds, async world => {
    const { planOf, ...question } = await written(world)
    const expected = verdict(world)
    counts.set(expected, (counts.get(expected) ?? 0) + 1)
    const answer = answerTo(question)
    return typeof answer === 'string' ? answer === expected : expected === 'accepted' && isProvenPath(answer.map(planOf))
  })
  const codes = [
    'accepted',
    'CERTIFICATE_CHAIN_REFUSED',
    'CERTIFICATE_CHAIN_UNTRUSTED',
    'CERTIFICATE_MALFORMED',
    'CERTIFICATE_PURPOSE_REFUSED'
  ]
  for (const code of codes) t.ok((counts.get(code) ?? 0) > 0, `${code} is among the answers: ${counts.get(code)}`)
})

t.test('with one thing broken, at any height, a chain is refused with the code of that thing', async t => {
  const cases = [
    ...Object.entries(authorityFaults).map(([fault, words]) => ({ fault, words, lowest: 0 })),
    ...Object.entries(intermediateFaults).map(([fault, words]) => ({ fault, words, lowest: 1 }))
  ]
  for (const { fault, words, lowest } of cases) {
    const arbitrary = fc.tuple(chains(), fc.nat()).filter(([chain, dice]) => heightOf(chain, dice) >= lowest)
    await holds(
      t,
      4,
      arbitrary,
      async ([chain, dice]) => {
        const at = heightOf(chain, dice)
        const broken = chain.map((plan, index) => (index === at ? { ...plan, ...words } : plan))
        const code = codeOf(await written(linear(signedInOrder(broken))))
        return code === 'CERTIFICATE_CHAIN_REFUSED'
      },
      `an authority that ${fault}`
    )
  }
  for (const [fault, words] of Object.entries(leafFaults)) {
    const isRefused = async (chain: readonly CertificatePlan[]) => {
      const world = linear(chain.map((plan, index) => (index === chain.length - 1 ? { ...plan, ...words } : plan)))
      return codeOf(await written(world)) === verdict(world) && verdict(world) !== 'accepted'
    }
    await holds(t, 2, chains(), isRefused, `a leaf that ${fault}`)
  }
})

/** Which authority of a chain a dice says. */
const heightOf = (chain: readonly unknown[], dice: number): number => dice % (chain.length - 1)

/** Each signed with the key that stands above it, also where that one was changed. */
const signedInOrder = (chain: readonly CertificatePlan[]): CertificatePlan[] =>
  chain.map((plan, index) => ({ ...plan, signedBy: (chain[Math.max(0, index - 1)] ?? plan).key }))

/** The world of a chain that is given root first. */
function linear(chain: readonly CertificatePlan[]): World {
  const [root, ...rest] = chain
  const leaf = rest.at(-1)
  if (root === undefined || leaf === undefined) throw new Error('A chain has a root and a leaf.')
  return { leaf, pool: rest.slice(0, -1), roots: [root] }
}

t.test('path lengths and names count for what stands below, but for what is self-issued', async t => {
  const changes: Partial<CertificatePlan>[] = [
    ...[0, 1, 2, 3].map(pathLength => ({ basicConstraints: { isCa: true, pathLength } })),
    ...['ca.example.org', 'bad.example.com', 'shop.example.com'].map(name => ({ dnsNames: [name] }))
  ]
  const codes = new Set<string>()
  await holds(t, 100, fc.tuple(chains(), fc.nat(), fc.constantFrom(...changes)), async ([chain, dice, words]) => {
    const at = heightOf(chain, dice)
    const world = linear(chain.map((plan, index) => (index === at ? { ...plan, ...words } : plan)))
    const expected = verdict(world)
    codes.add(expected)
    return codeOf(await written(world)) === expected
  })
  t.same([...codes].sort(), ['CERTIFICATE_CHAIN_REFUSED', 'accepted'])
})

t.test('a chain that lacks any one of its certificates is untrusted', async t => {
  await holds(t, 40, fc.tuple(chains(), fc.nat()), async ([chain, dice]) => {
    const { leaf, pool, roots } = linear(chain)
    const lost = chain[heightOf(chain, dice)]
    const without = { leaf, pool: pool.filter(plan => plan !== lost), roots: roots.filter(plan => plan !== lost) }
    return codeOf(await written(without)) === 'CERTIFICATE_CHAIN_UNTRUSTED'
  })
})

t.test('the answer stays when the pool is shuffled, doubled, or holds junk', async t => {
  const junk = fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 })
  const arbitrary = fc.tuple(worlds, fc.nat(), junk)
  await holds(t, 40, arbitrary, async ([world, dice, garbage]) => {
    const { planOf, ...question } = await written(world)
    const { leaf, intermediates, roots } = question
    const shuffled = (list: readonly Uint8Array[]) => list.toSorted((a, b) => rank(a, dice) - rank(b, dice))
    const cut = intermediates.map(der => der.subarray(0, -1))
    const code = codeOf(question)
    return [
      { leaf, intermediates: shuffled(intermediates), roots: shuffled(roots) },
      { leaf, intermediates: shuffled([...intermediates, ...intermediates]), roots: [...roots, ...roots] },
      { leaf, intermediates: shuffled([...intermediates, ...garbage, ...cut]), roots: [...garbage, ...roots] },
      { leaf, intermediates: shuffled([...intermediates, leaf, ...roots]), roots }
    ].every(other => codeOf(other) === code)
  })
})

/** Another order for each dice. */
const rank = (bytes: Uint8Array, dice: number): number => Math.imul((bytes.at(-1) ?? 0) * 256 + (bytes.at(-2) ?? 0) + 1, dice | 1) >>> 0

t.test('a chain that is accepted is refused with one bit of any signed part changed', async t => {
  const arbitrary = fc.tuple(chains(), fc.nat(), fc.nat(), fc.nat(7))
  await holds(t, 80, arbitrary, async ([chain, which, where, bit]) => {
    const { planOf, ...question } = await written(linear(chain))
    // The root is trusted as it is given.
    const below = [question.leaf, ...question.intermediates]
    const [leaf = question.leaf, ...intermediates] = below.map((der, index) =>
      index === which % below.length ? flipped(der, where, bit) : der
    )
    return codeOf({ leaf, intermediates, roots: question.roots }) !== 'accepted'
  })
})

function flipped(der: Buffer, where: number, bit: number): Buffer {
  const copy = Buffer.from(der)
  const at = where % copy.length
  copy[at] = (copy[at] ?? 0) ^ (1 << bit)
  return copy
}

t.test('what the model is asked for has the answers that the RFC gives', async t => {
  // The model judges the code, so it is held against cases that need no thought.
  const root = plannedAuthority('root', 'rsa1')
  const middle = plannedAuthority('middle', 'p384', root, { basicConstraints: { isCa: true, pathLength: 0 } })
  const lower = plannedAuthority('lower', 'p521', middle)
  const rolled = plannedAuthority('middle', 'p521', middle)
  for (const [name, world, expected] of [
    ['three', { leaf: plannedLeaf('rsa2', middle), pool: [middle], roots: [root] }, 'accepted'],
    ['one too many', { leaf: plannedLeaf('rsa2', lower), pool: [middle, lower], roots: [root] }, 'CERTIFICATE_CHAIN_REFUSED'],
    ['one more, but self-issued', { leaf: plannedLeaf('rsa2', rolled), pool: [middle, rolled], roots: [root] }, 'accepted'],
    ['no root', { leaf: plannedLeaf('rsa2', middle), pool: [middle], roots: [] }, 'CERTIFICATE_CHAIN_UNTRUSTED']
  ] as const) {
    t.equal(verdict(world), expected, name)
  }
})
