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
  return {
    steps,
    async step<T>(name: string, act: () => Promise<T>, proof: (result: T) => string): Promise<T> {
      const start = now()
      const end = (ok: boolean, detail: string): void => {
        const step = { name, ok, detail, ms: Math.round(now() - start) }
        steps.push(step)
        tell(step)
      }
      try {
        const result = await act()
        end(true, proof(result))
        return result
      } catch (error) {
        end(false, (error as Error).message)
        throw error
      }
    }
  }
}
export type Journal = ReturnType<typeof journal>
