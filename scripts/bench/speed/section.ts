import type { Row } from './row.ts'

export interface Circumstances {
  /** The built package. */
  dist: string
  /** How long each measurement of a rate takes. */
  seconds: number
  rounds: number
  /** Where to write a processor profile of the validate route; nothing is judged then. */
  profile: string | undefined
}

/** One part of the bench. */
export interface Section {
  title: string
  measure(circumstances: Circumstances): Promise<Row[]>
}
