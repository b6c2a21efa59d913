import { type Assignment, type FlowView, isCall, literalText } from '../flow-view.ts'
import type { Hit, Rule } from '../rule.ts'

const declarations = (view: FlowView): Assignment[] => view.assignments.filter(({ isDeclaration }) => isDeclaration)

const reads = (view: FlowView) =>
  view.calls.flatMap(({ expression, place }) => {
    const name = isCall(expression, 'variables') ? literalText(expression.args[0]) : undefined
    return name === undefined ? [] : [{ name: name.toLowerCase(), place }]
  })

function twice(view: FlowView): Hit[] {
  const all = declarations(view)
  return all
    .filter(({ name }, i) => all.findIndex(other => other.name.toLowerCase() === name.toLowerCase()) < i)
    .map(({ name, at }) => ({ at, message: `The variable «${name}» is initialised a second time.` }))
}

function beforeDeclaration(view: FlowView): Hit[] {
  const uses = [
    ...reads(view).map(({ name, place }) => ({ name, owner: place.owner, at: place.at })),
    ...view.assignments
      .filter(({ isDeclaration }) => !isDeclaration)
      .map(({ name, by, at }) => ({ name: name.toLowerCase(), owner: by, at }))
  ]
  return uses.flatMap(({ name, owner, at }) => {
    const declared = declarations(view).find(declaration => declaration.name.toLowerCase() === name)
    if (!declared || owner === 'outputs') return []
    if (owner !== undefined && view.isBefore(declared.by, owner)) return []
    return [{ at, message: `The variable «${declared.name}» is used where it is not surely initialised yet.` }]
  })
}

function unread(view: FlowView): Hit[] {
  const read = new Set(reads(view).map(({ name }) => name))
  return declarations(view)
    .filter(({ name }) => !read.has(name.toLowerCase()))
    .map(({ name, at }) => ({ at, message: `The variable «${name}» is never read.` }))
}

function selfReferences(view: FlowView): Hit[] {
  return view.assignments
    .filter(({ isDeclaration }) => !isDeclaration)
    .filter(({ name, by }) => reads(view).some(read => read.place.owner === by && read.name === name.toLowerCase()))
    .map(({ name, at }) => ({ at, message: `The new value of «${name}» is made from its old one.` }))
}

/** A Foreach that sets a variable from its item: of many items the last one is left. */
function lastItems(view: FlowView): Hit[] {
  return view.assignments.flatMap(({ name, by, at }) => {
    if (by.action.type.toLowerCase() !== 'setvariable') return []
    const usesItem = view.calls.some(({ expression, place }) => place.owner === by && isCall(expression, 'item', 'items'))
    return usesItem
      ? [{ at, message: `Each item overwrites «${name}»: of several, the last one wins, or any one where they run side by side.` }]
      : []
  })
}

export const variableRules: readonly Rule[] = [
  {
    name: 'VariableInScope',
    level: 'error',
    advice:
      'Initialise variables at the top level of the flow, outside of scopes, conditions and loops. The platform refuses them elsewhere.',
    find: view =>
      declarations(view)
        .filter(({ by }) => by.parent !== undefined)
        .map(({ name, by, at }) => ({ at, message: `The variable «${name}» is initialised inside of «${by.parent?.name}».` }))
  },
  {
    name: 'VariableTwice',
    level: 'error',
    advice: 'Initialise each variable once, and set it afterwards.',
    find: twice
  },
  {
    name: 'VariableNotBefore',
    level: 'error',
    advice: 'Let what uses the variable run after the action that initialises it.',
    find: beforeDeclaration
  },
  {
    name: 'VariableOfItself',
    level: 'error',
    advice:
      'Make the new value in a Compose action and set the variable from its outputs: the platform refuses a variable that is set from itself.',
    find: selfReferences
  },
  {
    name: 'UnusedVariable',
    level: 'warning',
    advice: 'Remove it: every action of a run is counted.',
    find: unread
  },
  {
    name: 'LastItemWins',
    level: 'warning',
    advice: 'Choose one item with first(…) or Filter array instead, or append to an array.',
    find: lastItems
  }
]
