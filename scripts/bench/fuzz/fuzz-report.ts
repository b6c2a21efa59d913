/** What a fuzzing process tells its parent: before each batch that it lives, and at its end all. Inputs are in base64. */
export type FuzzReport =
  | { isDone: false; executions: number; covered: number }
  | {
      isDone: true
      executions: number
      corpus: number
      covered: number
      known: number
      crashes: { message: string; input: string }[]
      slowestMs: number
      slowest: string
    }
