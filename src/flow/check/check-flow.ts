import type { Flow } from '../read-package.ts'
import type { Finding } from './finding.ts'
import { flowView } from './flow-view.ts'
import type { Hit, Rule } from './rule.ts'
import { callbackRules } from './rules/callback-rules.ts'
import { connectionRules } from './rules/connection-rules.ts'
import { credentialRules } from './rules/credential-rules.ts'
import { echoRules } from './rules/echo-rules.ts'
import { expressionRules } from './rules/expression-rules.ts'
import { failureRules } from './rules/failure-rules.ts'
import { limitRules } from './rules/limit-rules.ts'
import { nullRules } from './rules/null-rules.ts'
import { orderRules } from './rules/order-rules.ts'
import { referenceRules } from './rules/reference-rules.ts'
import { variableRules } from './rules/variable-rules.ts'

export type { Finding } from './finding.ts'

export const rules: readonly Rule[] = [
  ...expressionRules,
  ...referenceRules,
  ...orderRules,
  ...variableRules,
  ...nullRules,
  ...echoRules,
  ...credentialRules,
  ...callbackRules,
  ...failureRules,
  ...connectionRules,
  ...limitRules
]

/** Of what is many times larger than any flow can be, only the sizes are looked at. */
const maxActions = 5_000

/** Everything in a flow that breaks a rule, errors first. It only looks: nothing is evaluated, and nothing is called. */
export function checkFlow(flow: Flow): Finding[] {
  const view = flowView(flow)
  const found = (view.actions.length > maxActions ? limitRules : rules).flatMap(({ name, level, advice, find }) =>
    distinct(find(view)).map((hit): Finding => ({ rule: name, level: hit.level ?? level, at: hit.at, message: hit.message, advice }))
  )
  return [...found.filter(({ level }) => level === 'error'), ...found.filter(({ level }) => level === 'warning')]
}

function distinct(hits: Hit[]): Hit[] {
  return [...new Map(hits.map(hit => [JSON.stringify([hit.at, hit.message]), hit])).values()]
}
