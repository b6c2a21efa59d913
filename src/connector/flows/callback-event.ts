import { condition, type Step, terminate } from './steps.ts'

/**
 * What a flow may believe of a callback: the answer of the validation, never the trigger.
 * @param answer the expression of that answer
 */
export function validatedEvent(answer: string): { referralId: string; endUnlessReferral: Step } {
  const referralId = `${answer}?['referralId']`
  return {
    referralId,
    endUnlessReferral: condition(
      'If_it_is_about_a_referral_of_ours',
      "Test events, and events about the other party's referral, end the run.",
      {
        expression: {
          and: [
            { startsWith: [`@toLower(coalesce(${answer}?['eventName'], ''))`, 'referral-'] },
            { not: { equals: [`@coalesce(${referralId}, '')`, ''] } }
          ]
        },
        no: [terminate('End_the_run', 'There is nothing to do.', { runStatus: 'Succeeded' })]
      }
    )
  }
}
