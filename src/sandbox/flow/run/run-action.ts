import { evaluate } from '../../../flow/expression/evaluate.ts'
import { ExpressionError } from '../../../flow/expression/expression-error.ts'
import type { ActionRecord } from '../../../flow/expression/scope.ts'
import type { FlowAction } from '../../../flow/flow-definition.ts'
import { type Json, textAt } from '../../../flow/json.ts'
import { actionKinds } from '../actions/action-kinds.ts'
import { ActionFailure, FlowNotRunnable } from './action-failure.ts'
import { durationMs } from './duration.ts'
import { type ActionStatus, type ShownAction, secured } from './history.ts'
import { placeScope } from './place-scope.ts'
import type { Place, RunContext } from './run-context.ts'
import { isSecured } from './secure.ts'

interface Ended {
  status: ActionStatus
  code: string
  outputs?: Json
  error?: { code: string; message: string }
}

/** Executes one action and writes it into the history, whatever comes of it. */
export async function runAction(name: string, action: FlowAction, place: Place, context: RunContext): Promise<ActionRecord> {
  const { type } = action
  const start = context.outside.now()
  const began = performance.now()
  const startTime = start.toISOString()
  const shown: ShownAction = {
    name,
    type,
    path: `${place.path}${name}`,
    status: 'Running',
    code: '',
    startTime,
    durationMs: 0,
    retries: []
  }
  context.shown.push(shown)
  let inputs: Json | undefined
  const ended = await outcome()
  const ms = Math.round(performance.now() - began)
  const hides = (part: 'inputs' | 'outputs'): boolean => isSecured(action, part)
  Object.assign(shown, {
    status: ended.status,
    code: ended.code,
    durationMs: ms,
    ...(inputs !== undefined && { inputs: hides('inputs') ? secured : inputs }),
    ...(ended.outputs !== undefined && { outputs: hides('outputs') ? secured : ended.outputs }),
    ...(ended.error && { error: hides('outputs') || hides('inputs') ? { ...ended.error, message: secured } : ended.error })
  })
  const record: ActionRecord = {
    name,
    status: ended.status,
    code: ended.code,
    ...(inputs !== undefined && { inputs }),
    ...(ended.outputs !== undefined && { outputs: ended.outputs }),
    ...(ended.error && { error: { ...ended.error } }),
    startTime,
    endTime: new Date(start.getTime() + ms).toISOString()
  }
  place.records.set(name, record)
  return record

  async function outcome(): Promise<Ended> {
    const kind = actionKinds[type]
    const limit = textAt(action.limit, 'timeout')
    // Until has a limit of its own: it ends the loop, and that is no failure.
    const timeout = limit === undefined || type === 'Until' ? undefined : context.outside.timeout(durationMs(limit))
    const signal = timeout ? AbortSignal.any([context.ending.signal, timeout]) : context.ending.signal
    try {
      if (!kind) throw new ActionFailure('InvalidTemplate', `The action type '${type}' is not part of the sandbox.`)
      const done = await kind({
        name,
        action,
        place,
        context,
        signal,
        retries: shown.retries,
        evaluate: value => evaluate(value, placeScope(context, place)),
        show(value) {
          inputs = value
        }
      })
      return { status: 'Succeeded', code: done.code ?? 'OK', ...(done.outputs !== undefined && { outputs: done.outputs }) }
    } catch (error) {
      if (context.ending.signal.aborted)
        return { status: 'Cancelled', code: 'ActionCancelled', error: { code: 'ActionCancelled', message: 'The run was ended.' } }
      if (timeout?.aborted) {
        const message = `The execution of template action '${name}' is failed: it took longer than its limit of '${limit}'.`
        return { status: 'TimedOut', code: 'ActionTimedOut', error: { code: 'ActionTimedOut', message } }
      }
      return failed(error)
    }
  }

  function failed(error: unknown): Ended {
    if (error instanceof ActionFailure) {
      const { code, message, status, outputs } = error
      return { status, code, error: { code, message }, ...(outputs !== undefined && { outputs }) }
    }
    if (error instanceof FlowNotRunnable)
      return { status: 'Failed', code: 'BadRequest', error: { code: 'InvalidTemplate', message: error.message } }
    if (error instanceof ExpressionError) {
      const message = `Unable to process template language expressions in action '${name}' inputs at line '0' and column '0': '${error.message}'.`
      return { status: 'Failed', code: 'BadRequest', error: { code: 'InvalidTemplate', message } }
    }
    throw error
  }
}
