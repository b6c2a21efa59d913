import type { FlowTrigger } from '../../../flow/flow-definition.ts'
import { property } from '../../../flow/json.ts'

/** How many runs of a flow there are at once, and how many wait. */
export interface RunLanes {
  /** Whether so many more could begin or wait. */
  hasRoom(count: number): boolean
  /** Begins now, or when another one has ended. */
  enter(run: () => Promise<void>): Promise<void>
}

/**
 * The trigger's concurrency control; without it there is no limit.
 * Source: learn.microsoft.com/azure/logic-apps/logic-apps-workflow-actions-triggers, «Change waiting runs limit»: 10 more than run at once
 */
export function runLanes({ runtimeConfiguration }: FlowTrigger): RunLanes {
  const concurrency = property(runtimeConfiguration, 'concurrency')
  const runs = numberAt(concurrency, 'runs') ?? Number.POSITIVE_INFINITY
  const waitingMost = numberAt(concurrency, 'maximumWaitingRuns') ?? runs + 10
  const waiting: (() => void)[] = []
  let running = 0

  async function enter(run: () => Promise<void>): Promise<void> {
    if (running >= runs) await new Promise<void>(resolve => waiting.push(resolve))
    else running++
    try {
      await run()
    } finally {
      // Whoever waits takes the place over.
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }

  return { hasRoom: count => running + waiting.length + count <= runs + waitingMost, enter }
}

function numberAt(value: unknown, name: string): number | undefined {
  const found = property(value, name)
  return typeof found === 'number' && found > 0 ? found : undefined
}
