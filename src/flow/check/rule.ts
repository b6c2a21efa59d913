import type { Finding } from './finding.ts'
import type { FlowView } from './flow-view.ts'

/** A place that breaks a rule, and how. */
export interface Hit {
  at: string
  message: string
  /** Where it is another one than the rule's. */
  level?: Finding['level']
}

/** A rule looks at a flow and names the places that break it. */
export interface Rule {
  readonly name: string
  readonly level: Finding['level']
  readonly advice: string
  readonly find: (view: FlowView) => Hit[]
}
