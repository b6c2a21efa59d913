import pino, { type DestinationStream, type Logger } from 'pino'
import { shownError } from './shown-error.ts'

/** Where a secret or a signature may stand in what is logged; each is removed before the line is written. */
const secretPaths = ['authorization', 'x-api-key', 'x-ms-signature', 'cookie', 'set-cookie'].flatMap(name => [
  `req.headers["${name}"]`,
  `request.headers["${name}"]`,
  `headers["${name}"]`
])

/** The log of the service: one JSON object a line on stderr. Bodies are never logged, secrets are removed, and foreign messages left out. */
export function serviceLog(level: string, destination: DestinationStream = pino.destination(2)): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: secretPaths, remove: true },
      serializers: { err: shownError, cause: shownError },
      hooks: {
        // Of an error without a text, pino would make its message the text.
        logMethod(args, method) {
          const [first, text] = args as unknown[]
          const error = first instanceof Error ? first : (first as { err?: unknown } | null | undefined)?.err
          if (text === undefined && error instanceof Error) method.call(this, first instanceof Error ? { err: first } : first, 'An error.')
          else method.apply(this, args)
        }
      }
    },
    destination
  )
}
