import { readdirSync, readFileSync } from 'node:fs'

const folder = new URL('./roots/', import.meta.url)

/**
 * The roots that ship with this package, as PEM: those of the authorities that issue Microsoft's public TLS certificates
 * (learn.microsoft.com/azure/security/fundamentals/azure-ca-details). Node's own list differs from version to version, and an
 * environment variable can widen it; who may sign a callback must depend on neither.
 */
export function shippedRoots(): string[] {
  return readdirSync(folder)
    .filter(name => name.endsWith('.pem'))
    .sort()
    .map(name => readFileSync(new URL(name, folder), 'utf8'))
}
