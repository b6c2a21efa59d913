import { createHash } from 'node:crypto'

/** The namespace of everything that is made here; any fixed GUID would do. */
const namespace = Buffer.from('6f1c2d0a5b7e4c3d9a8f0e1d2c3b4a59', 'hex')

/** The same GUID for the same name, on every machine: a name-based UUID of version 5 (RFC 9562, section 5.5). */
export function guidFromName(name: string): string {
  const bytes = createHash('sha1').update(namespace).update(name, 'utf8').digest().subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
