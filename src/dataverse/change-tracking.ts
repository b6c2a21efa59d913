import type { DataverseClient, Work } from './client.ts'

/**
 * What to say when changes to leads are not tracked. Switching it on would mean to send the whole definition of the table back, and cannot be
 * undone (learn.microsoft.com, «Use change tracking to synchronize data with external systems»), so that is left to an administrator.
 */
export const trackingIsOff =
  'Change tracking is off for the lead table: changes are found by date, and deleted leads are not seen. Switch on «Track changes» in the advanced options of the table.'

/** Whether the lead table tracks changes; undefined when its definition does not say. @throws CRM_… */
export async function readChangeTracking(client: DataverseClient, work: Work): Promise<boolean | undefined> {
  const { value } = await client.send(
    'The lead table could not be read',
    (api, options) =>
      api.retrieve<unknown>({
        collection: 'EntityDefinitions',
        key: "LogicalName='lead'",
        select: ['LogicalName', 'ChangeTrackingEnabled'],
        ...options
      }),
    work
  )
  const isOn = (value as { ChangeTrackingEnabled?: unknown } | undefined)?.ChangeTrackingEnabled
  return typeof isOn === 'boolean' ? isOn : undefined
}
