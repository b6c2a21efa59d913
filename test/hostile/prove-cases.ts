import t, { type Test } from 'tap'
import { certificateUrl } from '../fixtures/signed-callback.ts'
import type { Acceptance, HostileCase, Refusal } from './hostile-case.ts'
import { hostileStage, makeKnown } from './stage.ts'

/** Makes tests of a table: first that the unbroken request passes, so that nothing below can be refused for another reason. */
export function proveCases(cases: readonly HostileCase[]): void {
  t.test('the unbroken request passes', async t => {
    const stage = await hostileStage(t)
    await stage.accepts(t, stage.valid())
    t.same(stage.files.requests(), [certificateUrl], 'its certificate is downloaded once')
    t.equal(stage.issuers.requests().length, 1, 'and so is that of its issuer')
  })

  for (const { subject, isSignerKnown = false, variants } of cases)
    t.test(subject, async t => {
      const requests = variants.filter((variant): variant is Refusal | Acceptance => !('story' in variant))
      if (requests.length > 0) await proveRequests(t, requests, isSignerKnown)
      for (const variant of variants) if ('story' in variant) await t.test(variant.what, t => variant.story(t))
    })
}

/** All on one stage, and in the end the valid request passes there as if nothing had been. */
async function proveRequests(t: Test, variants: readonly (Refusal | Acceptance)[], isSignerKnown: boolean): Promise<void> {
  const stage = await hostileStage(t)
  if (isSignerKnown) await makeKnown(stage)
  for (const variant of variants)
    if ('break' in variant) await stage.refuses(t, await variant.break(stage.valid(), stage), variant)
    else await stage.accepts(t, await variant.bend(stage.valid(), stage), variant.what)
  stage.restore()
  // Refusals of certificates are repeated for half a minute, and tries of made-up ones are counted by the minute.
  stage.pass(60_000)
  await stage.accepts(t, stage.valid(), 'the valid request afterwards')
}
