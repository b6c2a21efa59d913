import type { JsonObject } from '../connector/json.ts'
import { type Finding, lint, lintProperties } from '../connector/lint.ts'
import type { Terminal } from './command.ts'

/** Whether it stops a definition from being sent. */
export function isError({ level }: Pick<Finding, 'level'>): boolean {
  return level === 'error'
}

/** What the rules say of a definition, and of the API properties where they are sent too, told to the person as well. */
export function findingsOf(
  { definition, apiProperties }: { definition: JsonObject; apiProperties?: JsonObject },
  terminal: Terminal
): Finding[] {
  const findings = [...lint(definition), ...(apiProperties ? lintProperties(apiProperties, definition) : [])]
  for (const finding of findings) {
    const { rule, at, advice } = finding
    terminal.note(`${isError(finding) ? 'Error' : 'Warning'} : ${rule}  ${at}\n  ${advice}`)
  }
  return findings
}
