import { randomBytes } from 'node:crypto'
import { evaluate } from '../../flow/expression/evaluate.ts'
import type { FlowDefinition, FlowTrigger } from '../../flow/flow-definition.ts'
import { nestedActions } from '../../flow/flow-definition.ts'
import { type Json, type JsonObject, objectAt } from '../../flow/json.ts'
import type { UnderWay } from '../under-way.ts'
import { operationOf } from './actions/connector-action.ts'
import { answerProblem } from './connector/check-answer.ts'
import { subscribe, type TriggerSubscription, unsubscribe } from './connector/subscribe.ts'
import { findOperation } from './connector/swagger.ts'
import { ActionFailure, FlowNotRunnable } from './run/action-failure.ts'
import { assertRunnable } from './run/assert-runnable.ts'
import { type FlowRun, secured } from './run/history.ts'
import type { Connections, Outside } from './run/outside.ts'
import type { FlowResponse } from './run/run-context.ts'
import { isSecured } from './run/secure.ts'
import { carryOut, newRun } from './run/start-run.ts'
import { poll } from './triggers/poll.ts'
import { runLanes } from './triggers/run-lanes.ts'
import { triggerEvents } from './triggers/trigger-events.ts'
import { triggerKinds } from './triggers/trigger-kinds.ts'
import { triggerScope } from './triggers/trigger-scope.ts'

/** A flow as it stands in a package. */
export interface InstallableFlow {
  displayName: string
  definition: FlowDefinition
}

export interface InstalledFlow {
  id: string
  displayName: string
  trigger: FlowTrigger & { name: string }
  /** Where it is called: the address of a Request trigger, or the one that a webhook trigger subscribes with. It holds a secret. */
  url: string
  isOn(): boolean
  /** Starts listening: a webhook trigger subscribes at its service now. @throws ActionFailure when the service will not */
  turnOn(): Promise<void>
  turnOff(): Promise<void>
  /** The latest ones, in order; what the trigger's conditions held back is among them, as skipped. */
  runs: FlowRun[]
  /** Lets a Recurrence trigger strike, or a polling trigger ask once. Resolves with the runs that have begun. */
  fire(): Promise<FlowRun[]>
  /** What a caller's request starts. Undefined when there is no room for another run. */
  start(outputs: Json): Started | undefined
  /** Why what a webhook trigger was sent is not what its connector's definition says. */
  payloadProblem(body: Json): string | undefined
}

export interface Started {
  runs: FlowRun[]
  /** What the flow answers, when it has a Response: undefined when it ended without one. */
  response: Promise<FlowResponse | undefined> | undefined
}

const maxKept = 500

/**
 * One flow that is installed, with its connections.
 * @throws FlowNotRunnable for a flow that cannot run here
 */
export function installedFlow(
  flow: InstallableFlow,
  options: {
    connections: Connections
    parameters: JsonObject
    outside: Outside
    address: string
    signal: AbortSignal
    runsUnderWay: Pick<UnderWay, 'add'>
  }
): InstalledFlow {
  const { connections, parameters, outside, address, signal, runsUnderWay } = options
  const { displayName, definition } = flow
  assertRunnable(definition, connections)
  const [[name, trigger]] = Object.entries(definition.triggers) as [[string, FlowTrigger]]
  const kind = triggerKinds[trigger.type]?.startedBy
  const id = randomBytes(16).toString('hex')
  const step = encodeURIComponent(name)
  const signature = randomBytes(32).toString('base64url')
  // In the form that trigger URLs have: the permission is named in the query, and `sig` is what lets a caller in.
  const query = `api-version=2016-06-01&sp=${encodeURIComponent(`/triggers/${step}/run`)}&sv=1.0&sig=${signature}`
  const url = `${address}/workflows/${id}/triggers/${step}/paths/invoke?${query}`
  const hasResponse = nestedActions(definition).some(({ action }) => action.type === 'Response')
  const runs: FlowRun[] = []
  const lanes = runLanes(trigger)
  let isOn = false
  let subscription: TriggerSubscription | undefined
  let pollState: Record<string, string> = {}

  const scopeFor = (outputs: Json) => triggerScope({ definition, connections, parameters, outside, trigger: { name, outputs } })

  /** The trigger's parameters, and what they are for. */
  function triggerOperation() {
    const inputs = evaluate({ host: objectAt(trigger.inputs, 'host'), parameters: objectAt(trigger.inputs, 'parameters') }, scopeFor(null))
    return { ...operationOf(inputs, connections), parameters: objectAt(inputs, 'parameters') }
  }

  function keep(run: FlowRun): FlowRun {
    runs.push(run)
    if (runs.length > maxKept) runs.shift()
    return run
  }

  function start(outputs: Json): Started | undefined {
    const events = triggerEvents(trigger, outputs, scopeFor)
    if (!lanes.hasRoom(events.filter(event => !('skipped' in event || 'failed' in event)).length)) return undefined
    let answer: (response: FlowResponse | undefined) => void = () => undefined
    const response = hasResponse ? new Promise<FlowResponse | undefined>(resolve => (answer = resolve)) : undefined
    const ends: Promise<void>[] = []
    const started = events.map(event => {
      const shown = isSecured(trigger, 'outputs') ? secured : event.outputs
      const run = keep(newRun(displayName, { name, type: trigger.type, outputs: shown }))
      if ('skipped' in event) return Object.assign(run, { status: 'Skipped', skipped: event.skipped } as const)
      if ('failed' in event)
        return Object.assign(run, { status: 'Failed', error: { code: 'TriggerFailed', message: event.failed } } as const)
      const carried = lanes.enter(() =>
        carryOut({
          flow: { id, displayName, definition },
          connections,
          parameters,
          outside,
          signal,
          trigger: { name, outputs: event.outputs },
          shown: run,
          respond: answer
        })
      )
      ends.push(runsUnderWay.add(carried))
      return run
    })
    if (response) void Promise.all(ends).finally(() => answer(undefined))
    return { runs: started, response }
  }

  return {
    id,
    displayName,
    trigger: { ...trigger, name },
    url,
    isOn: () => isOn,
    runs,
    start,
    async turnOn() {
      if (isOn) return
      if (kind === 'subscription') subscription = await subscribe({ ...triggerOperation(), callbackUrl: url }, outside.exchange, signal)
      isOn = true
    },
    async turnOff() {
      if (!isOn) return
      isOn = false
      if (subscription) await unsubscribe(subscription, triggerOperation().connection, outside.exchange, signal)
      subscription = undefined
    },
    async fire() {
      if (!isOn) throw new FlowNotRunnable(`The flow «${displayName}» is off.`)
      if (kind === 'clock') return roomFor(start({}))
      if (kind !== 'polling') throw new FlowNotRunnable(`The trigger '${name}' is started from outside.`)
      const { outputs, state } = await poll({ ...triggerOperation(), state: pollState }, { exchange: outside.exchange, signal, scopeFor })
      pollState = state
      return outputs === undefined ? [] : roomFor(start(outputs))
    },
    payloadProblem(body) {
      if (kind !== 'subscription') return undefined
      const { connection, operationId } = triggerOperation()
      const { notification } = findOperation(connection.definition, operationId)
      return notification && answerProblem(connection.definition, notification, body, { operationId, at: 'body' })
    }
  }
}

function roomFor(started: Started | undefined): FlowRun[] {
  if (started) return started.runs
  throw new ActionFailure('TooManyRequests', 'As many runs wait as the trigger lets.')
}
