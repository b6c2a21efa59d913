import type { Store } from '../compose.ts'

/** Of a lease of fifteen seconds, the default: what is left is enough to lengthen it in time. */
const mostMs = 2000

/**
 * What is wrong with the clocks, if anything is. A lease is a time that one machine writes and another compares with its own clock: where those
 * differ, a job is taken from a process that is still working on it, or stays with one that has died.
 */
export async function clockWarning({ databaseTime }: Pick<Store, 'databaseTime'>, now: () => Date): Promise<string | undefined> {
  const before = now().getTime()
  const there = (await databaseTime())?.getTime()
  const after = now().getTime()
  if (there === undefined) return undefined
  // It was read at some moment between the two, however long the question took.
  const ahead = Math.max(there - after, 0) - Math.max(before - there, 0)
  if (Math.abs(ahead) <= mostMs) return undefined
  const seconds = (Math.abs(ahead) / 1000).toFixed(1)
  return `this machine’s clock is ${seconds} s ${ahead > 0 ? 'behind' : 'ahead of'} the database’s; set them by NTP, on every machine of the service`
}
