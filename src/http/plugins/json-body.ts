import { nestingFailure } from '../nesting.ts'
import type { App } from '../type-provider.ts'

/** JSON as the framework reads it, but not without end, and an empty text too: clients name the type of a body even where they send none. */
export function jsonBody(app: App): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body: string, done) =>
    body === '' ? done(null, undefined) : parse(request, body, (error, value: unknown) => done(error ?? nestingFailure(value), value))
  )
}
