/** Rows as aligned columns. A cell may have several lines; the last column is neither padded nor counted for the rule below the head. */
export function table(head: string[], rows: string[][]): string {
  const last = head.length - 1
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map(row => (column === last ? 0 : (row[column]?.length ?? 0)))))
  const indent = ' '.repeat(widths.slice(0, last).reduce((sum, width) => sum + width + 2, 0))
  const line = (cells: string[]): string =>
    cells
      .map((cell, column) => (column === last ? cell.replaceAll('\n', `\n${indent}`) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .replace(/[ \t]+$/gm, '')
  return [line(head), widths.map(width => '─'.repeat(width)).join('  '), ...rows.map(line)].join('\n')
}
