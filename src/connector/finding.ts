import type { Level } from './rules/rule.ts'

export interface Finding {
  rule: string
  level: Level
  /** A JSON pointer to the place; before its # the file, where it is not the definition. */
  at: string
  advice: string
}

/** A rule as a list of rules shows it. */
export type RuleText = Pick<Finding, 'rule' | 'level' | 'advice'>
