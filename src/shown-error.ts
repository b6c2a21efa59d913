import { Failure } from './failure.ts'

const mostCauses = 5
const mostFrames = 20

/**
 * What may be shown of an error: its name and code, where it came up, and the same of its causes. Messages only of Failures: those of other
 * systems and of libraries quote names, phone numbers, addresses and whole values.
 */
export interface ShownError {
  type: string
  code?: string | number
  status?: string | number
  message?: string
  stack?: string
  cause?: ShownError
}

export function shownError(error: unknown): ShownError {
  return shown(error, 0)
}

function shown(error: unknown, depth: number): ShownError {
  try {
    if (typeof error !== 'object' || error === null) return { type: typeof error }
    const { name, code, errorCode, status, statusCode, message, stack, cause } = error as Record<string, unknown>
    const [shownCode, shownStatus] = [identifier(code) ?? identifier(errorCode), identifier(status) ?? identifier(statusCode)]
    const frames = framesOf(stack, message)
    return {
      type: String(identifier(name) ?? 'Error'),
      ...(shownCode !== undefined && { code: shownCode }),
      ...(shownStatus !== undefined && { status: shownStatus }),
      // That of a cause is told by whoever wrapped it.
      ...(error instanceof Failure && depth === 0 && { message: error.message }),
      ...(frames !== '' && { stack: frames }),
      ...(cause !== undefined && cause !== null && depth < mostCauses && { cause: shown(cause, depth + 1) })
    }
  } catch {
    // A property that throws when it is read.
    return { type: 'unknown' }
  }
}

/** Names and codes are words of a program; anything else may be a sentence about a customer. */
function identifier(value: unknown): string | number | undefined {
  if (typeof value === 'number') return value
  return typeof value === 'string' && /^[\w.-]{1,60}$/.test(value) ? value : undefined
}

const frame = /^ {4}at (.{1,200} \()?(async )?(file:|node:|\/|[A-Z]:\\).{1,300}:\d+:\d+\)?$/

/** The lines at the end of a stack that name a place in a file. The message stands before them, and may have lines of any form. */
function framesOf(stack: unknown, message: unknown): string {
  if (typeof stack !== 'string') return ''
  const at = typeof message === 'string' && message !== '' ? stack.indexOf(message) : -1
  const lines = (at < 0 ? stack : stack.slice(at + String(message).length)).split('\n')
  const first = lines.findLastIndex(line => !line.startsWith('    at ')) + 1
  return lines
    .slice(first)
    .filter(line => frame.test(line))
    .slice(0, mostFrames)
    .join('\n')
}
