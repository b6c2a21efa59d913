import type { DataverseClient, Work } from './client.ts'

/** A key can be used once the job that builds its index has made it Active (learn.microsoft.com, «Work with alternate keys»). */
const indexStates = ['Pending', 'InProgress', 'Active', 'Failed'] as const

export interface AlternateKey {
  logicalName: string
  state: (typeof indexStates)[number]
}

/** The lead table's key on the referral column alone, or undefined when it has none. */
export async function readAlternateKey(client: DataverseClient, referralColumn: string, work: Work): Promise<AlternateKey | undefined> {
  const { value } = await client.send(
    "The lead table's keys could not be read",
    (api, options) =>
      api.retrieve<{ value?: unknown }>({
        collection: 'EntityDefinitions',
        key: "LogicalName='lead'",
        navigationProperty: 'Keys',
        select: ['LogicalName', 'KeyAttributes', 'EntityKeyIndexStatus'],
        ...options
      }),
    work
  )
  const keys = Array.isArray(value?.value) ? (value.value as Record<string, unknown>[]) : []
  const key = keys.find(({ KeyAttributes: columns }) => Array.isArray(columns) && columns.length === 1 && columns[0] === referralColumn)
  if (!key) return undefined
  const status = key.EntityKeyIndexStatus
  const state = indexStates.find((name, index) => status === name || status === index)
  return { logicalName: String(key.LogicalName), state: state ?? 'Pending' }
}
