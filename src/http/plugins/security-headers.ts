import type { App } from '../type-provider.ts'

/** Of the documentation, which brings its own scripts and styles and needs nothing from elsewhere, not even a line within the page. */
export const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'"
].join('; ')

/**
 * What every answer carries, so that a browser makes nothing more of it than it is: data, which is shown in no frame, kept in no cache and
 * read by no other site. Sources: OWASP REST Security Cheat Sheet, «Security Headers»; RFC 6797 section 7.2, which wants
 * Strict-Transport-Security over TLS only: `publicUrl` says whether callers come that way.
 */
export function securityHeaders(publicUrl: string | undefined): Record<string, string> {
  return {
    'content-security-policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    // For browsers that do not know frame-ancestors.
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'cache-control': 'no-store',
    ...(publicUrl?.startsWith('https:') && { 'strict-transport-security': 'max-age=31536000; includeSubDomains' })
  }
}

/** Before anything else, so that refusals carry them too. A route may set its own instead, as the files of the documentation do. */
export function protectAnswers(app: App, headers: Record<string, string>): void {
  app.addHook('onRequest', (_request, reply, done) => {
    void reply.headers(headers)
    done()
  })
}
