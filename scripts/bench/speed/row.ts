import { table } from '../../../src/cli/table.ts'
import { quantile } from '../figures.ts'

/** What was measured: a value for each round, and its unit. */
export interface Figure {
  unit: string
  rounds: readonly number[]
}

/** What is promised of the ratio, or of the figure itself where it stands alone. */
export type Goal = { atLeast: number } | { atMost: number }

/** One line of the table. */
export interface Row {
  what: string
  figure?: Figure
  comparedWith?: string
  its?: Figure
  goal?: Goal
  /** What one has to know to read it, or why there is no figure. */
  note?: string
}

export type Verdict = 'yes' | 'NO' | 'within noise' | ''

/** So small a miss is no proof of one when some of the rounds did better. */
const noise = 0.05

export const median = ({ rounds }: Figure): number => quantile(rounds, 0.5)

export function ratio({ figure, its }: Row): number | undefined {
  return figure && its ? median(figure) / median(its) : undefined
}

/** Of each pair of rounds that were measured one after the other. */
export function ratios({ figure, its }: Row): number[] {
  return figure && its ? figure.rounds.slice(0, its.rounds.length).map((value, round) => value / (its.rounds[round] ?? Number.NaN)) : []
}

export function verdict(row: Row): Verdict {
  const { goal, figure, its } = row
  if (!goal || !figure) return ''
  const isMet = (value: number): boolean => ('atLeast' in goal ? value >= goal.atLeast : value <= goal.atMost)
  const value = ratio(row) ?? median(figure)
  if (isMet(value)) return 'yes'
  const limit = 'atLeast' in goal ? goal.atLeast : goal.atMost
  const isClose = Math.abs(value - limit) < noise * limit
  return isClose && (its ? ratios(row) : figure.rounds).some(isMet) ? 'within noise' : 'NO'
}

export function asTable(rows: readonly Row[]): string {
  return table(
    ['what', 'figure', 'compared with', 'its figure', 'ratio', 'goal', 'met', 'note'],
    rows.map(row => [
      row.what,
      text(row.figure),
      row.comparedWith ?? '',
      text(row.its),
      shortened(ratio(row)),
      goalText(row),
      verdict(row),
      row.note ?? ''
    ])
  )
}

/** The same for a program: medians, and the lowest and highest round. */
export function asJson(rows: readonly Row[]): object[] {
  return rows.map(row => {
    const { what, comparedWith, goal, note } = row
    const found = { ratio: ratio(row), ratioSpread: spread(ratios(row)), met: verdict(row) || undefined }
    return { what, figure: summary(row.figure), comparedWith, its: summary(row.its), ...found, goal, note }
  })
}

function summary(figure: Figure | undefined): object | undefined {
  return figure && { median: median(figure), unit: figure.unit, rounds: figure.rounds.length, spread: spread(figure.rounds) }
}

function spread(values: readonly number[]): { lowest: number; highest: number } | undefined {
  return values.length === 0 ? undefined : { lowest: Math.min(...values), highest: Math.max(...values) }
}

function goalText({ goal, its, figure }: Row): string {
  if (!goal) return ''
  const unit = its ? '×' : figure ? ` ${figure.unit}` : ''
  return 'atLeast' in goal ? `≥ ${goal.atLeast}${unit}` : `≤ ${goal.atMost}${unit}`
}

const text = (figure: Figure | undefined): string => (figure ? `${shortened(median(figure))} ${figure.unit}` : '')

function shortened(value: number | undefined): string {
  return value === undefined ? '' : value.toLocaleString('en', { maximumSignificantDigits: 3 })
}
