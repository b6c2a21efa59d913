import { once } from 'node:events'
import { connect } from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import type { Test } from 'tap'
import { openValidation } from '../../../src/compose.ts'
import { readConfig } from '../../../src/config.ts'
import { all, alsoWith, inChunks, signedAnew, withBody, withHeader, without } from '../change-request.ts'
import { bytesOf, type SignedRequest } from '../exchange.ts'
import { doors, type HostileCase } from '../hostile-case.ts'
import { type HostileStage, hostileStage, newEvent, signedRequest } from '../stage.ts'

const missing = { status: 400, code: 'CALLBACK_BODY_MISSING' } as const
const tooLarge = { status: 413, code: 'REQUEST_TOO_LARGE' } as const
const unsupported = { status: 415, code: 'CONTENT_TYPE_UNSUPPORTED' } as const
const noEvent = { status: 400, code: 'CALLBACK_EVENT_MALFORMED' } as const
/** Node's own answer: no request comes of these bytes. */
const notHttp = { status: 400, code: undefined } as const

const limit = 64 * 1024
/** White space behind a JSON text belongs to it. */
const grownTo = (length: number) => (body: Buffer) => Buffer.concat([body, Buffer.alloc(length - body.length, ' ')])
/** A genuine event whose text is completed by hand. */
const eventWith = (fields: string): Buffer => Buffer.from(newEvent().toString().replace(/\}$/, `,${fields}}`))
const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1')
/** Chunked, written by hand. */
const wired = (wire: (body: Buffer) => string) => (request: SignedRequest) => ({
  ...alsoWith('Transfer-Encoding', 'chunked')(request),
  wire: latin1(wire(request.body))
})
const oneChunk = (body: Buffer, end = '0\r\n\r\n'): string => `${body.length.toString(16)}\r\n${body.toString('latin1')}\r\n${end}`

export const cases: HostileCase[] = [
  {
    subject: 'no body',
    variants: [
      { what: 'a length of zero', break: withBody(Buffer.alloc(0)), ...missing },
      { what: 'a signature over nothing', break: signedAnew(''), ...missing },
      { what: 'no chunk but the last', break: all(withBody(Buffer.alloc(0)), inChunks(1)), ...missing },
      {
        what: 'neither a length nor a content type',
        break: request => ({ ...without('content-type')(signedAnew('')(request)), wire: Buffer.alloc(0) }),
        ...missing
      }
    ]
  },
  {
    subject: 'a body at its limit',
    variants: [
      { what: '64 kB to the byte', bend: signedAnew(grownTo(limit)) },
      { what: '64 kB in chunks', bend: all(signedAnew(grownTo(limit)), inChunks(1000)) },
      { what: 'one byte more', break: signedAnew(grownTo(limit + 1)), ...tooLarge },
      { what: 'one byte more, in chunks', break: all(signedAnew(grownTo(limit + 1)), inChunks(1000)), ...tooLarge },
      { what: '10 MB', break: signedAnew(grownTo(10 * 1024 * 1024)), ...tooLarge },
      { what: 'a length of 10 GB and nothing behind it', break: withHeader('Content-Length', '10000000000'), ...tooLarge }
    ]
  },
  {
    subject: 'a length that is not the length',
    isSignerKnown: true,
    variants: [
      { what: 'below zero', break: withHeader('Content-Length', '-1'), ...notHttp },
      { what: 'no number', break: withHeader('Content-Length', '0x10'), ...notHttp },
      { what: 'with a plus sign', break: withHeader('Content-Length', '+10'), ...notHttp },
      { what: 'a number of thirty figures', break: withHeader('Content-Length', '9'.repeat(30)), ...notHttp },
      {
        what: 'two of them',
        break: request => all(withHeader('Content-Length', String(request.body.length)), alsoWith('Content-Length', '2'))(request),
        ...notHttp
      },
      { what: 'a length and chunks', break: request => alsoWith('Content-Length', '4')(inChunks(10)(request)), ...notHttp },
      { what: 'chunks under two names', break: all(inChunks(10), alsoWith('Transfer-Encoding', 'identity')), ...notHttp }
    ]
  },
  {
    subject: 'a body in chunks',
    variants: [
      { what: 'one byte each', bend: inChunks(1) },
      { what: 'seven bytes each', bend: inChunks(7) },
      { what: 'one chunk with an extension', bend: wired(body => oneChunk(body).replace('\r\n', ';a=b\r\n')) },
      { what: 'a trailer that nobody reads', bend: wired(body => oneChunk(body, '0\r\nX-MS-Signature: AAAA\r\n\r\n')) },
      {
        what: 'the signature in a trailer, which is no header',
        break: request => ({
          ...without('authorization')(inChunks(1)(request)),
          wire: latin1(oneChunk(request.body, `0\r\nAuthorization: ${request.headers[1]?.[1]}\r\n\r\n`))
        }),
        status: 400,
        code: 'CALLBACK_HEADER_MISSING'
      },
      { what: 'slow ones are given up at the deadline, while others are served', story: givesUpSlowBodies },
      { what: 'bodies that end before their end', story: survivesBrokenBodies }
    ]
  },
  {
    subject: 'a compressed body',
    isSignerKnown: true,
    variants: [
      ...(
        [
          ['gzip', gzipSync],
          ['x-gzip', gzipSync],
          ['deflate', deflateSync],
          ['br', brotliCompressSync]
        ] as const
      ).flatMap(([coding, compress]) => [
        {
          what: `${coding}, the plain bytes being signed`,
          break: all(
            alsoWith('Content-Encoding', coding),
            withBody(body => compress(body))
          ),
          ...unsupported
        },
        {
          what: `${coding}, the compressed bytes being signed`,
          break: all(
            alsoWith('Content-Encoding', coding),
            signedAnew(body => compress(body))
          ),
          ...unsupported
        }
      ]),
      { what: 'a bomb', break: all(alsoWith('Content-Encoding', 'gzip'), withBody(gzipSync(Buffer.alloc(50 << 20)))), ...unsupported },
      { what: 'plain bytes that say they are compressed', break: alsoWith('Content-Encoding', 'gzip'), ...unsupported },
      { what: 'a coding that nobody knows', break: alsoWith('Content-Encoding', 'aes128gcm'), ...unsupported },
      { what: 'two codings', break: alsoWith('Content-Encoding', 'identity, gzip'), ...unsupported },
      { what: 'compressed bytes that are signed and do not say so', break: signedAnew(body => gzipSync(body)), ...noEvent },
      { what: 'not compressed, and said so', bend: alsoWith('Content-Encoding', 'identity') }
    ]
  },
  {
    subject: 'bytes that are not UTF-8, signed',
    isSignerKnown: true,
    variants: [
      ...(
        [
          ['a Latin-1 letter', '\xe9'],
          ['a byte that is never there', '\xff'],
          ['a letter cut off', '\xc3'],
          ['a slash in two bytes', '\xc0\xaf'],
          ['a quotation mark in two bytes', '\xc0\xa2'],
          ['half a pair of UTF-16', '\xed\xa0\x80'],
          ['a letter beyond the last', '\xf4\x90\x80\x80'],
          ['a NUL in two bytes', '\xc0\x80']
        ] as const
      ).map(([what, bytes]) => ({
        what,
        break: signedAnew(body => latin1(body.toString('latin1').replace('"referral"', `"referral${bytes}"`))),
        ...noEvent
      })),
      { what: 'UTF-16', break: signedAnew(body => Buffer.from(`\ufeff${body}`, 'utf16le')), ...noEvent },
      { what: 'two byte order marks', break: signedAnew(body => Buffer.from(`\ufeff\ufeff${body}`)), ...noEvent },
      { what: 'one byte order mark, which is skipped', bend: signedAnew(body => Buffer.from(`\ufeff${body}`)) }
    ]
  },
  {
    subject: 'letters of several bytes',
    variants: [
      { what: 'cut between two chunks at each of their bytes', story: acceptsCutLetters },
      {
        what: 'one byte a chunk',
        bend: all(
          signedAnew(() => eventWith('"Note":"é€😀"')),
          inChunks(1)
        )
      }
    ]
  },
  {
    subject: 'JSON that is signed and strange',
    variants: [
      ...(
        [
          ['a prototype', '"__proto__":{"polluted":true,"ResourceName":"x"}'],
          ['a constructor with a prototype', '"constructor":{"prototype":{"polluted":true}}'],
          ['a prototype by an escape', '"\\u005f_proto__":{"polluted":true}'],
          ['names of methods', '"toString":1,"valueOf":1,"hasOwnProperty":1,"toJSON":1,"then":1'],
          ['a nest of fifteen thousand lists', `"x":${'['.repeat(15_000)}${']'.repeat(15_000)}`],
          ['a nest of ten thousand objects', `"x":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`],
          ['a number beyond all numbers', '"x":1e400,"y":-1e400'],
          ['a number of ten thousand figures', `"x":${'9'.repeat(10_000)}`],
          ['a number that nearly is one', '"x":9007199254740993'],
          ['ten thousand fields', Array.from({ length: 5000 }, (_, index) => `"f${index}":0`).join()],
          ['half a character', '"x":"\\ud800"'],
          ['an empty name', '"":1']
        ] as const
      ).map(([what, fields]) => ({ what: `${what} changes nothing`, bend: signedAnew(() => eventWith(fields)) })),
      { what: 'of two names to the letter the last counts, as everywhere in JavaScript', story: takesTheLastOfTwo },
      { what: 'and no prototype has been touched by any of it', story: leavesPrototypesAlone },
      ...(
        [
          ['two names that differ by case', '{"EventName":"referral-created","eventname":"referral-updated"}'],
          ['a list', '[{"EventName":"referral-created"}]'],
          ['a text', '"EventName"'],
          ['null', 'null'],
          ['a number', '1e999'],
          ['an event name of another type', '{"EventName":{"toString":"referral-created"}}'],
          ['an event name by a prototype', '{"__proto__":{"EventName":"referral-created"}}'],
          ['an event name with a NUL', '{"EventName":"referral\\u0000-created"}'],
          ['an event name with a line end', '{"EventName":"referral-created\\nX: y"}'],
          ['an event name of 60 kB', `{"EventName":"${'a'.repeat(60_000)}"}`],
          ['a comma too many', '{"EventName":"referral-created",}'],
          ['a comment', '{"EventName":"referral-created"/**/}'],
          ['single quotation marks', "{'EventName':'referral-created'}"],
          ['two texts', '{"EventName":"referral-created"}{}'],
          ['a NUL behind it', '{"EventName":"referral-created"}\0'],
          ['NaN', '{"EventName":"referral-created","x":NaN}'],
          ['XML', '<EventName>referral-created</EventName>'],
          ['a form', 'EventName=referral-created'],
          ['a nest without end', '['.repeat(60_000)]
        ] as const
      ).map(([what, text]) => ({ what, break: signedAnew(text), ...noEvent }))
    ]
  },
  {
    subject: 'a content type that is not JSON',
    variants: [
      ...[
        'text/plain',
        'text/json',
        'application/octet-stream',
        'application/x-www-form-urlencoded',
        'multipart/form-data; boundary=x',
        'application/xml',
        'application/json; charset=utf-16',
        '*/*'
      ].map(type => ({ what: `«${type}» is not looked at: the bytes count`, bend: withHeader('Content-Type', type) })),
      { what: 'none', bend: without('content-type') },
      { what: 'two of them', bend: alsoWith('Content-Type', 'text/plain') },
      ...['', 'nonsense', '/', '\xe9', 'application/json\t/x'].map(type => ({
        what: `«${type}» is no type at all`,
        break: withHeader('Content-Type', type),
        ...unsupported
      }))
    ]
  },
  {
    subject: 'a body that somebody has read before',
    variants: [
      {
        what: 'whatever is left of it, it is no body any more',
        async story(t) {
          const validate = openValidation(readConfig({}).callback)
          const { headers, body } = signedRequest()
          for (const [what, left] of [
            ['parsed', JSON.parse(body.toString())],
            ['decoded', body.toString()],
            ['decoded and boxed', Object(body.toString())],
            ['as a list of its bytes', [...body]],
            ['as bytes that were written as JSON', JSON.parse(JSON.stringify(body))],
            ['as a view of other bytes', new DataView(Uint8Array.from(body).buffer)],
            ['as a buffer without a view', Uint8Array.from(body).buffer],
            ['as 16 bit numbers', new Uint16Array(body)],
            ['empty', Buffer.alloc(0)],
            ['undefined', undefined],
            ['null', null]
          ] as [string, never][])
            for (const forms of ['exact', 'serialisations'] as const)
              await t.rejects(
                validate({ headers: Object.fromEntries(headers), body: left }, forms),
                { code: 'CALLBACK_BODY_MISSING' },
                `${what}, ${forms}`
              )
        }
      }
    ]
  }
]

async function givesUpSlowBodies(t: Test): Promise<void> {
  const stage = await hostileStage(t)
  const before = await stage.effects()
  const slow = doors.flatMap(door => [
    begun(stage, door, request => ({ ...request, wire: request.body.subarray(0, 20) })),
    begun(stage, door, request => ({ ...alsoWith('Transfer-Encoding', 'chunked')(request), wire: latin1('1\r\n{\r\n') })),
    begun(stage, door, request => ({ ...request, wire: Buffer.alloc(0) }))
  ])
  await stage.send(stage.valid())
  t.equal((await stage.send(stage.valid())).status, 200, 'others are served meanwhile')
  for (const answer of await Promise.all(slow))
    t.match(answer, /^HTTP\/1\.1 408 [\s\S]*connection: close[\s\S]*application\/problem\+json[\s\S]*"code":"REQUEST_TOO_SLOW"/i)
  const { rows, counters } = await stage.effects()
  t.equal(rows.callbacks?.length, (before.rows.callbacks?.length ?? 0) + 2)
  t.equal(counters.REQUEST_TOO_SLOW, slow.length)
}

/** Sends the beginning of a request and waits for what comes. */
async function begun(stage: HostileStage, door: string, part: (request: SignedRequest) => SignedRequest): Promise<string> {
  const { hostname, port } = new URL(stage.url())
  const socket = connect(Number(port), hostname)
  let received = ''
  socket.on('data', chunk => {
    received += chunk
  })
  socket.write(bytesOf(part(stage.valid()), door))
  await once(socket, 'close')
  return received
}

async function survivesBrokenBodies(t: Test): Promise<void> {
  const stage = await hostileStage(t)
  await stage.accepts(t, stage.valid())
  const before = await stage.effects()
  for (const door of doors)
    for (const wire of [
      (request: SignedRequest) => ({ ...request, wire: request.body.subarray(0, -1) }),
      wired(() => 'ff\r\n{"Event'),
      wired(body => `\r\n${body}\r\n0\r\n\r\n`),
      wired(body => `zz\r\n${body}\r\n0\r\n\r\n`),
      alsoWith('Transfer-Encoding', 'xchunked')
    ])
      for (const end of ['end', 'resetAndDestroy'] as const) {
        const { hostname, port } = new URL(stage.url())
        const socket = connect(Number(port), hostname)
        const closed = new Promise(resolve => socket.on('error', () => undefined).once('close', resolve))
        socket.resume().write(bytesOf(wire(stage.valid()), door), () => socket[end]())
        await closed
      }
  await stage.accepts(t, stage.valid(), 'the valid request afterwards')
  const { rows } = await stage.effects()
  t.equal(rows.callbacks?.length, (before.rows.callbacks?.length ?? 0) + 1, 'nothing came of the others')
}

async function acceptsCutLetters(t: Test): Promise<void> {
  const stage = await hostileStage(t)
  const text = 'é€😀'
  const length = Buffer.byteLength(text)
  for (let cut = 1; cut < length; cut++) {
    const request = signedAnew(() => eventWith(`"ResourceNote":"${text}"`))(stage.valid())
    const at = request.body.indexOf(text) + cut
    const chunks = [request.body.subarray(0, at), request.body.subarray(at)].map(part => oneChunk(part, '')).join('')
    await stage.accepts(t, wired(() => `${chunks}0\r\n\r\n`)(request), `cut after ${cut} of ${length} bytes`)
  }
}

async function takesTheLastOfTwo(t: Test): Promise<void> {
  const stage = await hostileStage(t)
  const request = signedAnew(() => eventWith('"EventName":"referral-updated"'))(stage.valid())
  await stage.accepts(t, request)
  t.match((await stage.send(request, '/v1/validate-callback')).body, { eventName: 'referral-updated' })
}

async function leavesPrototypesAlone(t: Test): Promise<void> {
  for (const thing of [{}, [], () => undefined, Buffer.alloc(0)]) t.notOk('polluted' in thing)
}
