import { type ChangeRule, changeRules } from './changes/change-rules.ts'
import { operationChanges } from './changes/operation-changes.ts'
import { schemaChanges } from './changes/schema-changes.ts'
import { documentOf, type OperationPlace } from './document.ts'
import type { Finding } from './finding.ts'
import { isObject, type Json } from './json.ts'
import { isDeeperThan } from './json-depth.ts'

export { changeRules } from './changes/change-rules.ts'

/** Deeper definitions are not compared: lint tells of them. */
const deepest = 200

/**
 * What a new version of a definition does to flows made with the old one. The pointers are into the new version, and into the old one for what
 * is gone. What is no definition has nothing in it. Never throws, whatever the JSON.
 */
export function changes(before: Json, after: Json): Finding[] {
  if (!isObject(before) || !isObject(after) || isDeeperThan(before, deepest) || isDeeperThan(after, deepest)) return []
  const found = new Map<string, Finding>()
  const report = (rule: ChangeRule, at: string): void => {
    const text = changeRules.find(each => each.rule === rule)
    if (text !== undefined) found.set(`${rule} ${at}`, { ...text, at })
  }
  const compare = schemaChanges(report)
  const [old, now] = [documentOf(before), documentOf(after)]
  for (const operation of old.operations) {
    const next = successor(operation, old.operations, now.operations)
    if (next === undefined) report('OperationRemoved', operation.at)
    else operationChanges({ old: operation, now: next, before, after }, report, compare)
  }
  for (const key of ['host', 'basePath']) if ((before[key] ?? '/') !== (after[key] ?? '/')) report('HostChanged', `#/${key}`)
  for (const key of ['securityDefinitions', 'security'])
    if (JSON.stringify(before[key] ?? {}) !== JSON.stringify(after[key] ?? {})) report('SecurityChanged', `#/${key}`)
  return [...found.values()]
}

/** The operation of the same id; else the one in the same place, unless that is the successor of another. */
function successor(old: OperationPlace, before: OperationPlace[], after: OperationPlace[]): OperationPlace | undefined {
  const { operationId } = old.operation
  const sameId = after.find(({ operation }) => operationId !== undefined && operation.operationId === operationId)
  const samePlace = after.find(({ path, method }) => path === old.path && method === old.method)
  const isOthers = before.some(({ operation }) => operation.operationId === samePlace?.operation.operationId)
  return sameId ?? (isOthers && samePlace?.operation.operationId !== operationId ? undefined : samePlace)
}
