import { text } from './read.ts'

/**
 * A number of employees for a size band of Partner Center, such as `10to50employees`, `251to1000`, `10000plus` or `1-9`.
 * A band gives no number, so the lower bound is taken: the CRM then never claims more people than the customer stated.
 */
export function employeesFromSize(size: unknown): number | undefined {
  const first = /\d[\d,. ]*/.exec(text(size) ?? '')?.[0].replace(/[,. ]/g, '')
  const count = first === undefined ? Number.NaN : Number(first)
  return Number.isSafeInteger(count) && count > 0 && count <= 1_000_000_000 ? count : undefined
}
