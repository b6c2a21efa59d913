import { readdirSync, readFileSync } from 'node:fs'

/**
 * The roots that ship with this package, as PEM: those of the authorities that issue Microsoft's public TLS certificates
 * (learn.microsoft.com/azure/security/fundamentals/azure-ca-details). Node's own list differs from version to version, and an
 * environment variable can widen it; who may sign a callback must depend on neither.
 */
export function shippedRoots(): string[] {
  return pemFiles('./roots/')
}

/**
 * The intermediates that ship with this package, as PEM, so that today's paths need no download. Microsoft changes them without notice
 * (learn.microsoft.com/azure/security/fundamentals/tls-certificate-changes); what is missing is fetched, or added by an operator.
 */
export function shippedIntermediates(): string[] {
  return pemFiles('./intermediates/')
}

function pemFiles(path: string): string[] {
  const folder = new URL(path, import.meta.url)
  return readdirSync(folder)
    .filter(name => name.endsWith('.pem'))
    .sort()
    .map(name => readFileSync(new URL(name, folder), 'utf8'))
}
