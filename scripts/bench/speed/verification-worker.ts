import { type Material, type Verifier, type Verify, verifiers } from './verifiers.ts'
import { answer } from './worker.ts'

/** First what is to be verified and what must be refused, then for how long. */
export type Question = { good: Material; refused: readonly Material[] } | { seconds: number }
/** Verifications for each second of processor time. */
export type Answer = number

let verify: Verify | undefined
let good: Material | undefined

answer<Question, Answer>(async question => {
  if ('good' in question) {
    good = question.good
    verify = await verifiers[process.argv[2] as Verifier](good)
    if ((await verify(good)) !== true) throw new Error('It refuses what is genuine.')
    for (const bad of question.refused) if (await isAccepted(verify, bad)) throw new Error('It accepts what is to be refused.')
    return 0
  }
  if (!verify || !good) throw new Error('Nothing was given to verify.')
  let count = 0
  const end = performance.now() + question.seconds * 1000
  const before = process.cpuUsage()
  while (performance.now() < end)
    for (let left = 20; left > 0; left--, count++) {
      const verified = verify(good)
      if (verified !== true && (await verified) !== true) throw new Error('It refuses what it accepted before.')
    }
  const { user, system } = process.cpuUsage(before)
  return count / ((user + system) / 1e6)
})

async function isAccepted(verify: Verify, material: Material): Promise<boolean> {
  try {
    return (await verify(material)) === true
  } catch {
    return false
  }
}
