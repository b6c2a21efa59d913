import type { PlacedAction } from '../../flow-definition.ts'
import { type Call, type FlowView, isCall, literalText, type Occurrence } from '../flow-view.ts'
import { chainOf, isInside } from '../order.ts'
import type { Hit, Rule } from '../rule.ts'

/** A call that names an action, a variable, a parameter or a loop. */
interface Reference {
  readonly name: string
  readonly call: Occurrence<Call>
}

function references(view: FlowView, ...functions: string[]): Reference[] {
  return view.calls.flatMap(call => {
    const name = isCall(call.expression, ...functions) ? literalText(call.expression.args[0]) : undefined
    return name === undefined ? [] : [{ name, call }]
  })
}

const ofActions = ['body', 'outputs', 'actions', 'actionBody', 'actionOutputs', 'result'] as const

const sameLetters = (names: Iterable<string>, name: string): string | undefined =>
  [...names].find(candidate => candidate !== name && candidate.toLowerCase() === name.toLowerCase())

/** The references to names that do not exist, and, apart from these, to names in other letters. */
function unknown(found: Reference[], names: ReadonlySet<string>, kind: string): { missing: Hit[]; miswritten: Hit[] } {
  const strangers = found.filter(({ name }) => !names.has(name))
  const hit = ({ name, call }: Reference, message: string): Hit => ({ at: call.place.at, message: `«${name}» ${message}` })
  return {
    missing: strangers
      .filter(({ name }) => sameLetters(names, name) === undefined)
      .map(reference => hit(reference, `is no ${kind} of this flow.`)),
    miswritten: strangers.flatMap(reference => {
      const other = sameLetters(names, reference.name)
      return other === undefined ? [] : [hit(reference, `is written «${other}» where it is defined.`)]
    })
  }
}

const unknownActions = (view: FlowView) => unknown(references(view, ...ofActions), new Set(view.byName.keys()), 'action')
const unknownVariables = (view: FlowView) => {
  const declared = new Set(view.assignments.filter(({ isDeclaration }) => isDeclaration).map(({ name }) => name))
  const { missing, miswritten } = unknown(references(view, 'variables'), declared, 'variable')
  const set = view.assignments.filter(({ name }) => !declared.has(name) && sameLetters(declared, name) === undefined)
  return { missing: [...missing, ...set.map(({ name, at }) => ({ at, message: `«${name}» is no variable of this flow.` }))], miswritten }
}
const unknownParameters = (view: FlowView) => {
  const declared = new Set([...Object.keys(view.flow.parameters), '$connections', '$authentication'])
  return unknown(references(view, 'parameters'), declared, 'parameter')
}

function actionsNotBefore(view: FlowView): Hit[] {
  return references(view, ...ofActions).flatMap(({ name, call }) => {
    const { owner, at } = call.place
    const target = view.byName.get(name)
    if (!target || owner === 'outputs') return []
    if (owner === undefined) return [{ at, message: `The trigger reads the action «${name}», and no action has run when it fires.` }]
    // An Until looks at what is inside it after every round.
    if (isInside(target, owner) && owner.action.type.toLowerCase() === 'until') return []
    if (view.isBefore(target, owner)) return []
    const apart = target.siblings === owner.siblings && Object.keys(owner.action.runAfter ?? {}).length === 0
    const why = apart ? 'both begin at the same time' : 'nothing says that it runs before'
    return [{ at, message: `«${owner.name}» reads the action «${name}», and ${why}.` }]
  })
}

const loops = /^foreach$/i
/** Actions that go through a list themselves. */
const listActions = /^(query|select|table)$/i

const isLoop = (placed: PlacedAction): boolean => loops.test(placed.action.type)

function itemsOutside(view: FlowView): Hit[] {
  const inLoop = (owner: PlacedAction, name?: string): boolean =>
    chainOf(owner).some(at => at !== owner && isLoop(at) && (name === undefined || at.name === name))
  return view.calls.flatMap(({ expression, place: { owner, at } }) => {
    if (owner === undefined || owner === 'outputs') {
      return isCall(expression, 'item', 'items') ? [{ at, message: 'There is no loop around, and so no item.' }] : []
    }
    const name = literalText(expression.args[0])
    if (isCall(expression, 'items') && name !== undefined && !inLoop(owner, name)) {
      return [{ at, message: `«${name}» is no loop that «${owner.name}» is inside of.` }]
    }
    const isItem = isCall(expression, 'item') && !inLoop(owner) && !listActions.test(owner.action.type)
    return isItem ? [{ at, message: `«${owner.name}» is inside of no loop, and so there is no item.` }] : []
  })
}

function resultsOfLoops(view: FlowView): Hit[] {
  return references(view, ...ofActions).flatMap(({ name, call }) => {
    const { owner, at } = call.place
    const target = view.byName.get(name)
    if (!target || owner === undefined || owner === 'outputs') return []
    const loop = chainOf(target).find(holder => isLoop(holder) && holder !== target && !isInside(owner, holder))
    return loop ? [{ at, message: `«${name}» runs once for each item of «${loop.name}», and is read from outside of it.` }] : []
  })
}

/** Names in expressions that lead nowhere, or to something that has not happened yet. */
export const referenceRules: readonly Rule[] = [
  {
    name: 'UnknownAction',
    level: 'error',
    advice: 'Name an action of this flow. Spaces of a name are underscores in the definition.',
    find: view => unknownActions(view).missing
  },
  {
    name: 'ActionNotBefore',
    level: 'error',
    advice: 'Let the action run after the one that it reads, or read another one. The platform refuses to save such a flow.',
    find: actionsNotBefore
  },
  {
    name: 'ActionInLoop',
    level: 'warning',
    advice: 'Collect what is needed in a variable or with Select: outside of a loop there is no one result of an action inside it.',
    find: resultsOfLoops
  },
  {
    name: 'UnknownVariable',
    level: 'error',
    advice: 'Initialise the variable at the top of the flow, or correct the name.',
    find: view => unknownVariables(view).missing
  },
  {
    name: 'UnknownParameter',
    level: 'error',
    advice: 'Declare the parameter in the definition, or correct the name.',
    find: view => unknownParameters(view).missing
  },
  {
    name: 'ItemOutsideLoop',
    level: 'error',
    advice: 'Read an item inside the loop only, by the name of that loop.',
    find: itemsOutside
  },
  {
    name: 'NameInOtherLetters',
    level: 'warning',
    advice: 'Write the name as it is defined: tools that look for it take notice of capitals.',
    find: view => [...unknownActions(view).miswritten, ...unknownVariables(view).miswritten, ...unknownParameters(view).miswritten]
  }
]
