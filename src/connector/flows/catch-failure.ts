import type { JsonObject } from '../json.ts'
import { compose, condition, filterArray, type Step, scope, terminate } from './steps.ts'

/**
 * What comes after the scope «Try» has failed: the run fails too, with the code and the advice of the step that failed. What cannot be mended by
 * trying again, and is no fault, ends the run quietly instead. A run that only ended in a Catch would count as succeeded.
 * @param isNoFault further conditions beside «the referral is closed»
 */
export function catchFailure(isNoFault: readonly JsonObject[] = []): JsonObject {
  const step = "first(body('Find_the_failed_step'))"
  const answer = `coalesce(${step}?['outputs']?['body'], '')`
  const { name, action } = scope('Catch', 'Runs only when a step above has failed, and says which and why.', [
    filterArray('Find_the_failed_step', 'The step that failed; those after it were skipped.', {
      from: "@result('Try')",
      where: "@contains(createArray('Failed', 'TimedOut'), item()?['status'])"
    }),
    // An answer that is no object, an error page of a proxy for example, has no properties to ask for.
    compose(
      'Read_its_answer',
      'What the step was answered, or nothing where that is no JSON object.',
      `@json(if(startsWith(string(${answer}), '{'), string(${answer}), '{}'))`
    ),
    condition('If_it_is_no_fault', 'A closed referral cannot be edited any more: its lead has been seen to, and nothing is left to do.', {
      expression: { or: [{ equals: ["@outputs('Read_its_answer')?['code']", 'REFERRAL_CLOSED'] }, ...isNoFault] },
      yes: [terminate('End_the_run_quietly', 'Nothing to mend.', { runStatus: 'Succeeded' })],
      no: [reportFailure(step)]
    })
  ])
  return { [name]: { ...action, runAfter: { Try: ['Failed', 'TimedOut'] } } }
}

function reportFailure(step: string): Step {
  const answer = "outputs('Read_its_answer')"
  const code = `coalesce(${answer}?['code'], ${answer}?['error']?['code'], ${step}?['error']?['code'], ${step}?['code'], 'Failed')`
  const message = [`${answer}?['detail']`, `${answer}?['error']?['message']`, `${answer}?['message']`, `${step}?['error']?['message']`]
  return terminate('Report_the_failure', 'The run ends as failed, with the code, the reason and what to do.', {
    runStatus: 'Failed',
    runError: {
      code: `@string(${code})`,
      message: `@trim(concat(${step}?['name'], ': ', coalesce(${message.join(', ')}, 'The step was not answered.'), ' ', ${answer}?['advice']))`
    }
  })
}
