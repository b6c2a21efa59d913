import { onOneLine } from './one-line.ts'

/** A text, which is shown on one line whatever is in it, or several lines, for the last column. */
export type Cell = string | readonly string[]

/** Rows as aligned columns. The last column is neither padded nor counted for the rule below the head. */
export function table(head: string[], rows: Cell[][]): string {
  const last = head.length - 1
  const shown = rows.map(cells => cells.map(cell => [cell].flat().map(onOneLine).join('\n')))
  const widths = head.map((title, column) =>
    Math.max(title.length, ...shown.map(row => (column === last ? 0 : (row[column]?.length ?? 0))))
  )
  const indent = ' '.repeat(widths.slice(0, last).reduce((sum, width) => sum + width + 2, 0))
  const line = (cells: string[]): string =>
    cells
      .map((cell, column) => (column === last ? cell.replaceAll('\n', `\n${indent}`) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .replace(/[ \t]+$/gm, '')
  return [line(head), widths.map(width => '─'.repeat(width)).join('  '), ...shown.map(line)].join('\n')
}
