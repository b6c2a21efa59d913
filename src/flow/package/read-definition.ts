import type { FlowDefinition } from '../flow-definition.ts'
import { isObject, type Json, type JsonObject, property, under } from '../json.ts'
import { FlowPackageError } from './flow-package-error.ts'

/**
 * JSON as a definition, when its triggers and actions have the shape that everything else relies on.
 * @throws FlowPackageError with the place that has another shape
 */
export function readDefinition(value: Json | undefined, file: string): FlowDefinition {
  if (!isObject(value)) throw new FlowPackageError(`${file} has no definition of a flow.`)
  const wrong = wrongTriggers(value) ?? wrongActions(value.actions, '#/actions') ?? wrongParameters(value)
  if (wrong !== undefined) throw new FlowPackageError(`${file} is no definition of a flow: ${wrong}.`)
  return value as unknown as FlowDefinition
}

function wrongTriggers(definition: JsonObject): string | undefined {
  if (!isObject(definition.triggers)) return '#/triggers is not an object'
  for (const [name, trigger] of Object.entries(definition.triggers)) {
    const at = under('#/triggers', name)
    const wrong = wrongStep(trigger, at)
    if (wrong !== undefined) return wrong
    const conditions = property(trigger, 'conditions')
    if (conditions !== undefined && !(Array.isArray(conditions) && conditions.every(isObject)))
      return `${at}/conditions is not a list of objects`
  }
  return undefined
}

function wrongParameters({ parameters }: JsonObject): string | undefined {
  if (parameters === undefined) return undefined
  return isObject(parameters) && Object.values(parameters).every(isObject) ? undefined : '#/parameters is not an object of objects'
}

function wrongActions(actions: Json | undefined, at: string): string | undefined {
  if (!isObject(actions)) return `${at} is not an object`
  for (const [name, action] of Object.entries(actions)) {
    const place = under(at, name)
    const wrong = wrongStep(action, place) ?? wrongRunAfter(property(action, 'runAfter'), place) ?? wrongBranches(action, place)
    if (wrong !== undefined) return wrong
  }
  return undefined
}

function wrongStep(step: Json, at: string): string | undefined {
  if (!isObject(step)) return `${at} is not an object`
  if (typeof step.type !== 'string') return `${at} has no type`
  const { runtimeConfiguration = {}, operationOptions = '' } = step
  if (!isObject(runtimeConfiguration)) return `${at}/runtimeConfiguration is not an object`
  return typeof operationOptions === 'string' ? undefined : `${at}/operationOptions is not a text`
}

function wrongRunAfter(runAfter: Json | undefined, at: string): string | undefined {
  if (runAfter === undefined) return undefined
  const isRight =
    isObject(runAfter) && Object.values(runAfter).every(ends => Array.isArray(ends) && ends.every(end => typeof end === 'string'))
  return isRight ? undefined : `${at}/runAfter is not an object of lists`
}

function wrongBranches(action: Json, at: string): string | undefined {
  const inner = property(action, 'actions')
  const wrong = inner === undefined ? undefined : wrongActions(inner, under(at, 'actions'))
  if (wrong !== undefined) return wrong
  const cases = property(action, 'cases') ?? {}
  if (!isObject(cases)) return `${at}/cases is not an object`
  const branches: [Json | undefined, string][] = [
    [property(action, 'else'), under(at, 'else')],
    [property(action, 'default'), under(at, 'default')],
    ...Object.entries(cases).map(([name, branch]): [Json, string] => [branch, under(at, 'cases', name)])
  ]
  for (const [branch, place] of branches) {
    if (branch === undefined) continue
    if (!isObject(branch)) return `${place} is not an object`
    const found = branch.actions === undefined ? undefined : wrongActions(branch.actions, under(place, 'actions'))
    if (found !== undefined) return found
  }
  return undefined
}
