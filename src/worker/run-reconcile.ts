import { failureFrom } from '../failure.ts'
import type { Call, Log } from '../ports.ts'
import { type ReconcilePorts, reconcile } from '../sync/reconcile.ts'

export const reconciliationMark = 'reconcile.last'

/** A scheduled reconciliation. What came of it is kept for whoever asks. */
export async function runReconcile(ports: ReconcilePorts & { log: Log; call: Call }): Promise<void> {
  const { marks, log, now } = ports
  const remember = async (outcome: object): Promise<void> =>
    await marks.put(reconciliationMark, JSON.stringify({ at: now().toISOString(), ...outcome }))
  try {
    const { queued, unknownLeads, ...standing } = await reconcile(ports)
    await remember(standing)
    log.info({ ...standing, queued: queued.length, unknownLeads: unknownLeads.slice(0, 20) }, 'Both sides were compared.')
  } catch (error) {
    const { code, message } = failureFrom(error)
    await remember({ code, message })
    throw error
  }
}
