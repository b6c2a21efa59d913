import { createHash, randomUUID } from 'node:crypto'
import { isGuid } from './guid.ts'

/**
 * The MS-CorrelationId of a call, which must be a GUID. A caller's id of another form becomes the same GUID each time, so that all
 * requests of one call share it (UUID version 8, RFC 9562 section 5.8).
 * Source: learn.microsoft.com/partner-center/developer/headers
 */
export function correlationId(id: string | undefined): string {
  if (id === undefined) return randomUUID()
  if (isGuid(id)) return id.toLowerCase()
  const bytes = createHash('sha256').update(id).digest().subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
