import type { PlacedAction } from '../../flow-definition.ts'
import { isObject, objectAt, property, textAt } from '../../json.ts'
import { type FlowView, headerOf, isCall, literalText } from '../flow-view.ts'
import { bodyText, callsOut, givenValues, isHttp, operationOf, writes } from '../requests.ts'
import type { Hit, Rule } from '../rule.ts'

/** Actions that ask whether a call is genuine: they pass on the signature or the address of the certificate. */
function validations(view: FlowView): PlacedAction[] {
  return view.actions.filter(placed => {
    if (!callsOut(placed)) return false
    if (/^validate(callback|notification)/i.test(operationOf(placed) ?? '')) return true
    const { inputs } = placed.action
    if (headerOf(inputs, 'x-ms-signature') !== undefined || headerOf(inputs, 'x-ms-certificate-url') !== undefined) return true
    return 'signature' in givenValues(placed) && 'certificateUrl' in givenValues(placed)
  })
}

function withoutContent(view: FlowView): Hit[] {
  return validations(view).flatMap(placed => {
    const { name, at } = placed
    const hasContent = isHttp(placed) && !('signature' in givenValues(placed)) ? bodyText(placed) !== '' : 'content' in givenValues(placed)
    return hasContent
      ? []
      : [{ at, message: `«${name}» passes a signature on and not the content that was signed: there is nothing to check it against.` }]
  })
}

function unread(view: FlowView): Hit[] {
  return validations(view)
    .filter(({ name }) => !isRead(name, view))
    .map(({ name, at }) => ({ at, message: `Nobody reads what «${name}» answered: only another status than 200 would stop the flow.` }))
}

function isRead(name: string, view: FlowView): boolean {
  return view.calls.some(({ expression }) => isCall(expression, 'body', 'outputs', 'actions') && literalText(expression.args[0]) === name)
}

const eventName = /^event_?name$/i

/** A trigger that tells what happened, and a flow that does the same whatever happened. */
function eventsUnread(view: FlowView): Hit[] {
  const [entry] = Object.entries(view.flow.definition.triggers)
  if (!entry) return []
  const [name, { inputs }] = entry
  const declared = Object.keys(objectAt(property(inputs, 'schema'), 'properties')).find(property => eventName.test(property))
  const isRead = view.members.some(({ expression }) => eventName.test((literalText(expression.name) ?? '').split('/').at(-1) ?? ''))
  if (declared === undefined || isRead) return []
  return [{ at: `#/triggers/${name}`, message: `«${declared}» is never read: test events and every other kind take the same way.` }]
}

/** A trigger that lets runs go side by side, in a flow whose writes would then meet. */
function unlimited(view: FlowView): Hit[] {
  const written = view.actions.filter(writes)
  return Object.entries(view.flow.definition.triggers).flatMap(([name, { type, runtimeConfiguration }]) => {
    const isLimited = isObject(property(runtimeConfiguration ?? null, 'concurrency'))
    if (isLimited || /^(recurrence|slidingwindow)$/i.test(type) || written.length === 0) return []
    const writer = written[0]?.name
    return [
      {
        at: `#/triggers/${name}`,
        message: `Runs may go side by side without a limit, and «${writer}» writes: two events for one record race.`
      }
    ]
  })
}

/** A trigger with an address of its own that does not say who may call it. */
function unauthenticated(view: FlowView): Hit[] {
  return Object.entries(view.flow.definition.triggers).flatMap(([name, { type, kind, inputs }]) => {
    const isOpen = type.toLowerCase() === 'request' && (kind ?? 'Http').toLowerCase() === 'http'
    if (!isOpen || textAt(inputs, 'triggerAuthenticationType') !== undefined) return []
    return [
      {
        at: `#/triggers/${name}/inputs`,
        message: 'The trigger does not say who may call it; new flows let in only users of the own tenant.'
      }
    ]
  })
}

/** Flows that another system calls. */
export const callbackRules: readonly Rule[] = [
  {
    name: 'ValidationWithoutContent',
    level: 'error',
    advice: 'Pass on the content as it came, with string(triggerBody()), together with the signature.',
    find: withoutContent
  },
  {
    name: 'ValidationUnread',
    level: 'error',
    advice: 'Go on only with what the validation answered, for example with the id in its answer.',
    find: unread
  },
  {
    name: 'EventUnread',
    level: 'warning',
    advice: 'Compare the name of the event in a condition, best in one of the trigger, where a run that is not wanted costs nothing.',
    find: eventsUnread
  },
  {
    name: 'UnlimitedRuns',
    level: 'warning',
    advice: 'Turn on concurrency control in the settings of the trigger, with 1 run at a time unless the writes may meet.',
    find: unlimited
  },
  {
    name: 'AnyoneOrTenant',
    level: 'warning',
    advice: 'Set triggerAuthenticationType: All for callers like Partner Center that cannot sign in, Tenant or User otherwise.',
    find: unauthenticated
  }
]
