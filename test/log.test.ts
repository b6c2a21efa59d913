import { Writable } from 'node:stream'
import t from 'tap'
import { Failure } from '../src/failure.ts'
import { serviceLog } from '../src/log.ts'

const canary = 'Erika Mustermann'

/** A log whose lines are kept, as text and read. */
function kept() {
  const lines: string[] = []
  const log = serviceLog('debug', new Writable({ write: (chunk, _encoding, done) => done(void lines.push(String(chunk))) }))
  return { log, text: () => lines.join(''), last: () => JSON.parse(lines.at(-1) ?? '{}') }
}

/** An error as libraries throw them: what it says of a customer is in its message, and so in its stack. */
function foreign(more: object = {}, cause?: unknown): Error {
  const message = `The phone of ${canary} +49 151 0000\n    at ${canary} (/home/${canary}:1:1)\nis too long`
  return Object.assign(new TypeError(message, cause === undefined ? undefined : { cause }), more)
}

t.test('a Failure is logged with its code and message, and of its causes what is no text', t => {
  const { log, text, last } = kept()
  const inner = foreign({ code: '0x80044331', status: 400, detail: canary, name: 'DataverseError' })
  const middle = foreign({ errorCode: 'invalid_grant', errorMessage: canary, code: `no code: ${canary}` }, inner)
  log.error({ err: new Failure('CRM_VALUE_REFUSED', 'Dataverse refused a value.', { cause: middle }) }, 'A job failed.')
  t.notMatch(text(), canary)
  t.match(last(), {
    msg: 'A job failed.',
    err: {
      type: 'Failure',
      code: 'CRM_VALUE_REFUSED',
      message: 'Dataverse refused a value.',
      stack: /^ {4}at .*log\.test\.ts/,
      cause: {
        type: 'TypeError',
        code: 'invalid_grant',
        cause: { type: 'DataverseError', code: '0x80044331', status: 400, stack: /log\.test\.ts/ }
      }
    }
  })
  t.end()
})

t.test('an error that is no Failure keeps its name and where it came up, however it is logged', t => {
  const { log, text, last } = kept()
  const child = log.child({ requestId: 'r-1' })
  for (const write of [
    () => log.error({ err: foreign() }, 'Told.'),
    () => log.error({ err: foreign() }),
    () => log.error(foreign()),
    () => child.warn({ err: foreign({}, foreign()) }),
    () => child.warn(foreign(), 'Told.')
  ]) {
    write()
    t.match(last(), { err: { type: 'TypeError', stack: /log\.test\.ts/ }, msg: /^(Told|An error)\.$/ })
  }
  t.notMatch(text(), canary)
  t.end()
})

t.test('whatever else is thrown can be logged', t => {
  const { log, text, last } = kept()
  const circular = foreign()
  circular.cause = circular
  const trap = new Proxy(new Error(canary), {
    get() {
      throw new Error(canary)
    }
  })
  const renamed = Object.assign(new Error('x'), { message: `${canary} later`, stack: `Error: ${canary}\n    at ${canary}`, name: canary })
  for (const err of [canary, undefined, null, 7, { message: canary, stack: canary, cause: canary }, circular, trap, renamed]) {
    log.error({ err }, 'Told.')
    t.match(last(), { msg: 'Told.' })
  }
  t.notMatch(text(), canary)
  t.end()
})

t.test('what a request failed of is shown in the same way', t => {
  const { log, text, last } = kept()
  const { name, stack } = foreign()
  log.warn({ cause: { name, stack } }, 'Something unexpected went wrong.')
  t.match(last(), { cause: { type: 'TypeError', stack: /log\.test\.ts/ } })
  t.notMatch(text(), canary)
  t.end()
})

t.test('lines without an error are as they were', t => {
  const { log, last } = kept()
  log.info({ a: 1 }, 'One %s.', 'two')
  t.match(last(), { a: 1, msg: 'One two.' })
  log.info('Only text.')
  t.match(last(), { msg: 'Only text.' })
  t.end()
})
