import type { RuleText } from '../finding.ts'

/**
 * What a new version of a definition can do to the flows that were made with the old one. A flow stores the operation id, the names of the
 * parameters (a property of a body as `body/name`), and expressions over the names in the answer.
 */
export const changeRules = [
  rule('OperationRemoved', 'error', 'Keep the operation, and mark it deprecated: flows call it.'),
  rule('OperationIdChanged', 'error', 'Keep the operation id: flows point at it.'),
  rule('PathChanged', 'error', 'Keep the path: the designer finds the operation of a flow again by its path.'),
  rule('MethodChanged', 'error', 'Keep the method: the designer finds the operation of a flow again by path and method.'),
  rule('TriggerChanged', 'error', 'A trigger stays one, of its kind, with its notification: flows wait for it.'),
  rule('ParameterRemoved', 'error', 'Keep the parameter, and let the service pass over it: flows give it.'),
  rule('ParameterNowRequired', 'error', 'Leave the parameter optional, or give it a default and make it internal: flows do not give it.'),
  rule('ParameterTypeChanged', 'error', 'Keep the type of the parameter, or make a new one: flows give values of the old one.'),
  rule('BodyPropertyRemoved', 'error', 'Keep the property of the body, writable, and let the service pass over it: flows give it.'),
  rule('BodyPropertyNowRequired', 'error', 'Leave the property of the body optional: flows do not give it.'),
  rule('BodyPropertyTypeChanged', 'error', 'Keep the type of the property, or make a new one: flows give values of the old one.'),
  rule('EnumValueRemoved', 'error', 'Keep the values that were allowed: flows give them.'),
  rule('ResponsePropertyRemoved', 'error', 'Keep what was answered: flows use it.'),
  rule('ResponseTypeChanged', 'error', 'Keep the type of what is answered: expressions in flows are made for it.'),
  rule('OperationDeprecated', 'warning', 'Say in the description what takes its place.'),
  rule('OperationNowInternal', 'warning', 'Flows go on, but a maker finds the operation no more.'),
  rule('FieldNowInternal', 'warning', 'Flows go on, but a maker sees the field no more.'),
  rule('ParameterMoved', 'warning', 'The parameter stands elsewhere in the request: both versions of the service have to take it.'),
  rule('DefaultChanged', 'warning', 'Flows that leave the value out get another one.'),
  rule('FormatChanged', 'warning', 'Values are written differently: look whether flows mind.'),
  rule('LimitNarrowed', 'warning', 'Values that were allowed are refused now: look whether flows give them.'),
  rule('SuccessCodeChanged', 'warning', 'Flows that look at the status code see another one.'),
  rule('ResponsePropertyNowOptional', 'warning', 'What was always there can be missing: flows may rely on it.'),
  rule('ResponseEnumValueAdded', 'warning', 'Flows that switch over the values do not know the new one.'),
  rule('HostChanged', 'warning', 'Calls go to another address, where no policy says otherwise.'),
  rule('SecurityChanged', 'warning', 'Connections have to be made anew where callers are let in differently.')
] as const satisfies readonly RuleText[]

export type ChangeRule = (typeof changeRules)[number]['rule']

/** Notes a change of one kind at a place. */
export type Report = (rule: ChangeRule, at: string) => void

function rule<Name extends string>(name: Name, level: RuleText['level'], advice: string) {
  return { rule: name, level, advice }
}
