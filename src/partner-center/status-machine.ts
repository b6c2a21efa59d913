import { Failure } from '../failure.ts'
import type { Referral } from '../schemas/referral.ts'
import type { ReferralEdits } from '../schemas/referral-edits.ts'
import { documentedSubstatuses, statusFrom, statusMachine } from '../schemas/status-machine.ts'

/**
 * Refuses what Partner Center would refuse, before any request is made. `edits` are those that really change something.
 * A present status that is not in the table is left for Partner Center to judge.
 * @throws REFERRAL_CLOSED, REFERRAL_TRANSITION_REFUSED
 */
export function checkTransition(read: Referral, edits: ReferralEdits): void {
  const present = statusFrom(read.status)
  if (present === 'Closed') throw new Failure('REFERRAL_CLOSED', 'The referral is closed, and a closed referral stays as it is.')
  if (edits.status === undefined && edits.substatus === undefined) return

  const wanted = edits.status ?? present
  if (wanted === undefined) return
  if (present !== undefined && !includes(statusMachine[present].next, wanted)) {
    throw refused(`A referral cannot go from ${present} to ${wanted}.`)
  }
  const substatuses = statusMachine[wanted].substatuses
  const substatus = edits.substatus ?? read.substatus
  if (typeof substatus !== 'string' || !includes(substatuses, substatus)) {
    const allowed = documentedSubstatuses(wanted).join(', ')
    throw refused(
      edits.substatus === undefined
        ? `The status ${wanted} needs a substatus with it: ${allowed}.`
        : `The substatus ${edits.substatus} does not go with the status ${wanted}, which allows: ${allowed}.`
    )
  }
}

const includes = (list: readonly string[], value: string): boolean => list.includes(value)
const refused = (message: string): Failure => new Failure('REFERRAL_TRANSITION_REFUSED', message)
