import type { Marks } from '../ports.ts'

/** A pause of the workers, as the mark keeps it. */
export interface Pause {
  /** ISO 8601. */
  since: string
  by: string
  reason?: string
}

/** The pause that lasts now. The workers go by the mark alone: one that says nothing readable pauses them too. */
export async function readPause(marks: Pick<Marks, 'get'>, mark: string): Promise<Partial<Pause> | undefined> {
  const text = await marks.get(mark)
  if (text === undefined) return undefined
  try {
    const read: unknown = JSON.parse(text)
    const { since, by, reason } = { ...(read as Partial<Record<keyof Pause, unknown>> | null) }
    return {
      ...(typeof since === 'string' && { since }),
      ...(typeof by === 'string' && { by }),
      ...(typeof reason === 'string' && { reason })
    }
  } catch {
    return {}
  }
}
