import { Failure } from '../failure.ts'
import type { Call, Registrations, TestResult } from '../ports.ts'
import type { TestEventResult } from '../schemas/webhook-registration.ts'
import { statusOf, taken } from './registration.ts'

export interface TestEventPorts {
  registrations: Registrations
  now: () => Date
  /** Rejects when the signal aborts. */
  wait: (ms: number, signal: AbortSignal) => Promise<unknown>
  call?: Call
}

export interface TestEventOptions {
  /** Where this service takes callbacks. */
  url: string
  /** Ends the wait early; the event is on its way all the same. */
  signal: AbortSignal
  report?: (line: string) => void
}

const pollEveryMs = 1000
const patienceMs = 60_000
const maxMessage = 200

/**
 * Has Partner Center send a test event to this service, and waits at most a minute for what came of it.
 * @throws WEBHOOK_NOT_REGISTERED, WEBHOOK_TAKEN, PARTNER_CENTER_BUSY after two tests in a minute
 */
export async function sendTestEvent(
  { registrations, now, wait, call }: TestEventPorts,
  { url, signal, report = () => undefined }: TestEventOptions
): Promise<TestEventResult> {
  await requireOurs()
  const correlationId = await registrations.sendTest(call)
  report(`Partner Center sends the test event ${correlationId}.`)
  const until = now().getTime() + patienceMs
  let result: TestResult = { isCompleted: false, attempts: [] }

  // Counted too: a clock that is set back must not lengthen the wait.
  for (let polls = 0; polls < patienceMs / pollEveryMs; polls++) {
    result = await ask(result)
    if (result.isCompleted || result.attempts.some(isSuccess) || signal.aborted || now().getTime() >= until) break
    await wait(pollEveryMs, signal).catch(error => {
      if (!signal.aborted) throw error
    })
  }
  return { correlationId, state: stateOf(result), attempts: result.attempts.map(shown) }

  async function requireOurs(): Promise<void> {
    const present = await registrations.get(call)
    const { state, missingEvents } = statusOf(present, { url, checkedAt: now() })
    if (present && state === 'taken') throw taken(present)
    if (state === 'none') throw new Failure('WEBHOOK_NOT_REGISTERED', 'Partner Center sends this service no events.')
    if (missingEvents.includes('test-created'))
      throw new Failure('WEBHOOK_NOT_REGISTERED', 'The registration of this service lacks the event test-created.')
  }

  /** The event is under way: that one look at it fails must not hide what the next one sees. */
  async function ask(before: TestResult): Promise<TestResult> {
    try {
      const after = await registrations.testResult(correlationId, call)
      const failed = after.attempts.slice(before.attempts.length).filter(attempt => !isSuccess(attempt))
      for (const { responseCode, responseMessage } of failed)
        report(`A try failed: ${responseCode || responseMessage.slice(0, maxMessage)}.`)
      return after
    } catch (error) {
      if (error instanceof Failure && error.retry === 'later') return before
      throw error
    }
  }
}

function stateOf({ isCompleted, attempts }: TestResult): TestEventResult['state'] {
  if (attempts.some(isSuccess)) return 'delivered'
  return isCompleted ? 'failed' : 'pending'
}

/** The statuses 2xx by the names of .NET's HttpStatusCode, as in the documented sample, or by number. */
const successes = /^(ok|created|accepted|nonauthoritativeinformation|nocontent|resetcontent|partialcontent|2\d\d)$/i

function isSuccess({ responseCode, isSystemError }: TestResult['attempts'][number]): boolean {
  return !isSystemError && successes.test(responseCode)
}

function shown({ responseMessage, ...attempt }: TestResult['attempts'][number]): TestEventResult['attempts'][number] {
  return { ...attempt, responseMessage: responseMessage.slice(0, maxMessage) }
}
