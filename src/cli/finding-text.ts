import type { DefinitionFigures } from '../connector/definition-figures.ts'
import type { Finding, RuleText } from '../connector/finding.ts'
import { onOneLine } from './one-line.ts'

/** How many places of one rule are shown; JSON has all. */
const mostPlaces = 10

/** What was found of a definition, and what it amounts to. */
export interface CheckSummary extends DefinitionFigures {
  errors: number
  warnings: number
  /** The share of the fields with an x-ms-summary, in percent, rounded down. */
  summarisedPercent: number
  /** The size of the file. */
  bytes: number
}

export function checkSummary(findings: readonly Finding[], figures: DefinitionFigures, bytes: number): CheckSummary {
  const errors = findings.filter(({ level }) => level === 'error').length
  const summarisedPercent = figures.fields === 0 ? 100 : Math.floor((figures.summarised / figures.fields) * 100)
  return { errors, warnings: findings.length - errors, ...figures, summarisedPercent, bytes }
}

/** Findings rule by rule, errors first, each with its advice and its places. */
export function findingText(findings: readonly Finding[]): string {
  const blocks = (['error', 'warning'] as const).flatMap(level => {
    const found = findings.filter(finding => finding.level === level)
    return [...new Set(found.map(({ rule }) => rule))].map(name => {
      const places = found.filter(({ rule }) => rule === name)
      const shown = places.slice(0, mostPlaces).map(({ at }) => `  ${onOneLine(at)}`)
      const more = places.length - shown.length
      return [`${level}  ${name}: ${places[0]?.advice}`, ...shown, ...(more > 0 ? [`  and ${counted(more, 'place')} more`] : [])].join('\n')
    })
  })
  return blocks.join('\n\n')
}

/** The last line: how much was found, in how much. */
export function summaryText(summary: CheckSummary): string {
  const { errors, warnings, operations, triggers, bytes, summarisedPercent, fields } = summary
  const size = bytes < 10_240 ? `${(bytes / 1024).toFixed(1)} kB` : `${Math.round(bytes / 1024)} kB`
  const shape = `${counted(operations, 'operation')} (${counted(triggers, 'trigger')}), ${size}`
  return `${counted(errors, 'error')}, ${counted(warnings, 'warning')}; ${shape}, x-ms-summary on ${summarisedPercent} % of ${counted(fields, 'field')}.`
}

/** A list of rules with their levels and advice. */
export function ruleText(title: string, rules: readonly RuleText[]): string {
  return [title, ...rules.map(({ rule, level, advice }) => `  ${level.padEnd(7)}  ${rule}\n           ${advice}`)].join('\n')
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
