import { randomBytes, randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

export interface Blob {
  bytes: Buffer
  contentType: string
}

export interface BlobStorage {
  /** The address of a new container, with a signature that lets in. */
  newContainer(): string
  /** Puts a blob into a container of its own and answers its address. */
  keep(name: string, blob: Blob): string
  /** The blob at an address that was answered or uploaded to; undefined when there is none, or the signature is wrong. */
  blob(address: string): Blob | undefined
  routes(app: FastifyInstance): void
}

/** A stand-in for the blob storage of Azure. Source: learn.microsoft.com/rest/api/storageservices/put-blob and get-blob */
export function blobStorage({ place }: { place: () => string }): BlobStorage {
  const containers = new Map<string, { signature: string; blobs: Map<string, Blob> }>()

  function newContainer(): string {
    const [name, signature] = [`apiresources-${randomUUID()}`, randomBytes(32).toString('base64')]
    containers.set(name, { signature, blobs: new Map() })
    return `${place()}/${name}?sv=2018-03-28&sr=c&sig=${encodeURIComponent(signature)}&se=2099-01-01T00%3A00%3A00Z&sp=rwl`
  }

  function found(address: string): { blobs: Map<string, Blob>; name: string } | undefined {
    const url = new URL(address, place())
    const [, container = '', name = '', ...rest] = url.pathname.split('/')
    const known = containers.get(container)
    if (!known || rest.length > 0 || url.searchParams.get('sig') !== known.signature) return undefined
    return { blobs: known.blobs, name: decodeURIComponent(name) }
  }

  function put(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const { headers, body } = request
    const target = found(request.url)
    if (!target) return refuse(reply, 403, 'AuthenticationFailed')
    if (headers.authorization !== undefined) return refuse(reply, 400, 'InvalidAuthenticationInfo')
    if (headers['x-ms-blob-type'] === undefined) return refuse(reply, 400, 'MissingRequiredHeader')
    if (headers['x-ms-blob-type'] !== 'BlockBlob') return refuse(reply, 400, 'InvalidHeaderValue')
    if (!/^\d{4}-\d\d-\d\d$/.test(String(headers['x-ms-version'] ?? ''))) return refuse(reply, 400, 'InvalidHeaderValue')
    if (headers['content-length'] === undefined) return refuse(reply, 411, 'MissingContentLengthHeader')
    const type = headers['x-ms-blob-content-type'] ?? headers['content-type'] ?? 'application/octet-stream'
    target.blobs.set(target.name, { bytes: Buffer.isBuffer(body) ? body : Buffer.alloc(0), contentType: String(type) })
    return reply.code(201).send()
  }

  return {
    newContainer,
    keep(name, blob) {
      const address = new URL(newContainer())
      address.pathname += `/${name}`
      found(address.href)?.blobs.set(name, blob)
      return address.href
    },
    blob(address) {
      const target = URL.canParse(address) && address.startsWith(`${place()}/`) ? found(address) : undefined
      return target?.blobs.get(target.name)
    },
    routes(app) {
      app.put('/:container/:blob', async (request, reply) => put(request, reply))
      app.get('/:container/:blob', async (request, reply) => {
        const target = found(request.url)
        const blob = target?.blobs.get(target.name)
        if (!target) return refuse(reply, 403, 'AuthenticationFailed')
        return blob ? reply.type(blob.contentType).send(blob.bytes) : refuse(reply, 404, 'BlobNotFound')
      })
    }
  }
}

/** Errors of the storage are XML. */
function refuse(reply: FastifyReply, status: number, code: string): FastifyReply {
  const body = `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`
  return reply.code(status).type('application/xml').header('x-ms-error-code', code).send(body)
}
