import pino, { type Logger } from 'pino'

/** Where a secret or a signature may stand in what is logged; each is removed before the line is written. */
const secretPaths = ['authorization', 'x-api-key', 'x-ms-signature', 'cookie', 'set-cookie'].flatMap(name => [
  `req.headers["${name}"]`,
  `request.headers["${name}"]`,
  `headers["${name}"]`
])

/** The log of the service: one JSON object a line on stderr. Bodies are never logged, and secrets are removed. */
export function serviceLog(level: string): Logger {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, redact: { paths: secretPaths, remove: true } },
    pino.destination(2)
  )
}
