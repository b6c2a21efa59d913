import type { Expression } from '../expression/syntax.ts'
import { isCall, literalText } from './flow-view.ts'

/** A path to a piece of data: its root, for example `trigger` or `action Get_lead`, and the steps from there. */
export interface DataPath {
  readonly root: string
  /** The action that the data is of. */
  readonly action: string | undefined
  readonly steps: readonly string[]
  /** Whether any step is safe, so that the whole is null where something is missing. */
  readonly isSafe: boolean
}

/** `outputs('X')?['body/a']`, `body('X')?['a']` and `actions('X')?['outputs']?['body']?['a']` are the same path. */
export function dataPath(expression: Expression): DataPath | undefined {
  const steps: string[] = []
  let isSafe = false
  let root = expression
  while (root.kind === 'member') {
    if (root.name.kind !== 'literal') return undefined
    steps.unshift(...String(root.name.value).split('/'))
    isSafe ||= root.isSafe
    root = root.of
  }
  if (isCall(root, 'triggerBody')) return { root: 'trigger', action: undefined, steps: ['outputs', 'body', ...steps], isSafe }
  if (isCall(root, 'triggerOutputs')) return { root: 'trigger', action: undefined, steps: ['outputs', ...steps], isSafe }
  if (isCall(root, 'trigger')) return { root: 'trigger', action: undefined, steps, isSafe }
  if (root.kind !== 'call') return undefined
  const name = literalText(root.args[0])
  if (isCall(root, 'item')) return { root: 'item', action: undefined, steps, isSafe }
  if (name === undefined || root.args.length !== 1) return undefined
  if (isCall(root, 'body', 'actionBody')) return { root: `action ${name}`, action: name, steps: ['outputs', 'body', ...steps], isSafe }
  if (isCall(root, 'outputs', 'actionOutputs')) return { root: `action ${name}`, action: name, steps: ['outputs', ...steps], isSafe }
  if (isCall(root, 'actions')) return { root: `action ${name}`, action: name, steps, isSafe }
  if (isCall(root, 'variables', 'parameters', 'items'))
    return { root: `${root.name.toLowerCase()} ${name}`, action: undefined, steps, isSafe }
  return undefined
}

/** A text that is the same for the same data; undefined for what is no path. */
export function pathKey(expression: Expression): string | undefined {
  const path = dataPath(expression)
  return path && JSON.stringify([path.root, ...path.steps])
}
