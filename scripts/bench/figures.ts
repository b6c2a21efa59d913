/** The value below which `share` of the values lie. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

export const round = (value: number, digits = 1): number => Math.round(value * 10 ** digits) / 10 ** digits

/** Overwrites one line of the terminal; a line each when stderr is a file. */
export function progress(text: string): void {
  process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${text}` : `${text}\n`)
}

/** Looks until `isSo`, for `deadlineMs` at the most. */
export async function until(isSo: () => Promise<boolean> | boolean, deadlineMs: number, everyMs = 100): Promise<boolean> {
  const end = Date.now() + deadlineMs
  while (Date.now() < end) {
    if (await isSo()) return true
    await new Promise(resolve => setTimeout(resolve, everyMs))
  }
  return false
}
