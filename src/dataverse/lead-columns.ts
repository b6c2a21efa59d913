import { Failure } from '../failure.ts'
import type { LeadColumn } from '../schemas/lead-column.ts'
import type { DataverseClient, Work } from './client.ts'
import { columnFrom, columnKinds, commonProperties, type Definition, isWritable, kindOf, nameOf } from './column-definitions.ts'
import { answerTo } from './missing-lead.ts'
import { remembered } from './remembered.ts'

const keptMs = 5 * 60 * 1000
const lead = "LogicalName='lead'"
const custom = 'IsCustomAttribute eq true'
const doing = 'The columns of the lead table could not be read'

/**
 * Reads the columns of the organization's own and remembers them for five minutes: one request for all of them, and one for each of their types
 * that tells more than all types do. Definitions come without paging.
 * Source: learn.microsoft.com, «Query table definitions using the Web API».
 */
export function leadColumns({ client, referralColumn }: { client: DataverseClient; referralColumn: string }) {
  const known = remembered<LeadColumn[]>({ now: client.now, foundMs: keptMs, missingMs: keptMs })
  return async (work: Work): Promise<LeadColumn[]> => (await known.get('lead', () => read(work))) ?? []

  async function read(work: Work): Promise<LeadColumn[]> {
    const found = (await definitions({ select: commonProperties }, work)).filter(
      definition => isWritable(definition) && nameOf(definition) !== referralColumn
    )
    const details = new Map<string, Definition>()
    await Promise.all(
      [...new Set(found.map(kindOf))].map(async kind => {
        const { cast, select = [], expand = [] } = columnKinds[kind] ?? {}
        if (cast === undefined) return
        const query = {
          castType: `Microsoft.Dynamics.CRM.${cast}`,
          select: ['LogicalName', ...select],
          ...(expand.length > 0 && { expand: expand.map(property => ({ property })) })
        }
        for (const definition of await definitions(query, work)) details.set(nameOf(definition), definition)
      })
    )
    return found.flatMap(definition => columnFrom({ ...details.get(nameOf(definition)), ...definition }) ?? [])
  }

  async function definitions(
    query: { castType?: string; select: string[]; expand?: { property: string }[] },
    work: Work
  ): Promise<Definition[]> {
    try {
      const { value } = await client.send(
        doing,
        (api, options) => api.retrieveAttributes<Definition>({ entityKey: lead, filter: custom, ...query, ...options }),
        work
      )
      return value?.value ?? []
    } catch (failure) {
      if (answerTo(failure)?.status !== 404) throw failure
      throw new Failure('CRM_NOT_SET_UP', 'The environment has no lead table: Dynamics 365 Sales is not installed there.', {
        cause: failure
      })
    }
  }
}
