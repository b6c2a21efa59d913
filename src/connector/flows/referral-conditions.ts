import type { FlowOptions } from './flow.ts'

/** The event is about a referral; a test event is not. */
export const aboutReferral = "not(empty(triggerBody()?['referralId']))"

/** The deal is worth the trouble, where the environment says from which value on it is. A referral without a value counts as 0. */
export function largeEnough(variables: FlowOptions['variables']): string[] {
  if (!variables) return []
  // As text first: a number that came as a text is compared by its value too.
  const value = "float(string(coalesce(triggerBody()?['referral']?['details']?['dealValue'], 0)))"
  return [`greaterOrEquals(${value}, coalesce(${variables.minimumDealValue}, 0))`]
}
