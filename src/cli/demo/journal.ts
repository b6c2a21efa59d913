/** One step of the demo with its proof. */
export interface Step {
  name: string
  ok: boolean
  detail: string
  ms: number
}

/** Runs the demo's steps one after the other, tells each as it ends, and stops at the first that fails. */
export function journal(now: () => number, tell: (step: Step) => void) {
  const steps: Step[] = []
  function write(step: Step): void {
    steps.push(step)
    tell(step)
  }
  return {
    steps,
    async step<T>(name: string, act: () => Promise<T>, proof: (result: T) => string): Promise<T> {
      const start = now()
      const ms = (): number => Math.round(now() - start)
      try {
        const result = await act()
        write({ name, ok: true, detail: proof(result), ms: ms() })
        return result
      } catch (error) {
        write({ name, ok: false, detail: (error as Error).message, ms: ms() })
        throw error
      }
    }
  }
}
export type Journal = ReturnType<typeof journal>
