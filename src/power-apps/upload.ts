import { basename, extname } from 'node:path'
import { storageAddress } from './address.ts'
import type { Request, Send } from './request.ts'
import { failureFromAnswer } from './to-failure.ts'

const types: Record<string, string> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.svg': 'image/svg+xml'
}

/**
 * Puts a file into the blob storage and answers its address, whose signature lets the service read it.
 * `place`: the container's address with that signature. Source: learn.microsoft.com/rest/api/storageservices/put-blob
 * @throws POWER_APPS_ADDRESS_REFUSED when the place is no blob storage
 */
export async function upload(
  { path, bytes }: { path: string; bytes: Buffer },
  { place, send, now }: { place: string; send: Send; now: () => Date }
): Promise<string> {
  const url = storageAddress(place, 'The place for the files')
  const name = basename(path)
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${encodeURIComponent(name)}`
  const type = types[extname(name).toLowerCase()]
  const request: Request = {
    purpose: `Uploading ${name}`,
    method: 'PUT',
    url: url.href,
    headers: { 'x-ms-blob-type': 'BlockBlob', 'x-ms-version': '2019-02-02', ...(type !== undefined && { 'x-ms-blob-content-type': type }) },
    content: { bytes },
    isRepeatable: true,
    pretend: ''
  }
  const answer = await send(request)
  if (answer.status < 200 || answer.status >= 300) throw failureFromAnswer(answer, request, now())
  return url.href
}
