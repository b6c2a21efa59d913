import t from 'tap'
import { main } from '../../src/cli/main.ts'
import type { Marks } from '../../src/ports.ts'
import { openStore } from '../../src/store/open-store.ts'

/** Runs `serve` until it has said where it listens. */
async function serve(words: string[], env: Record<string, string>) {
  const stop = new AbortController()
  let said = ''
  const notes: string[] = []
  let end: Promise<number> = Promise.resolve(0)
  const ready = new Promise<string>((resolve, reject) => {
    end = main(['serve', ...words], {
      env: { LOG_LEVEL: 'silent', ...env },
      signal: stop.signal,
      out: text => {
        said += text
        resolve(said)
      },
      note: text => notes.push(text)
    })
    end.then(code => reject(new Error(`ended with ${code}: ${notes.join()}`)), reject)
  })
  return { text: await ready, notes, stop: () => stop.abort(), end }
}

t.test('serve --sandbox says where it is and with which key, and its lead is there already', async t => {
  const { text, stop, end, notes } = await serve(['--sandbox', '--port', '0'], {})
  const url = /Service +(\S+)/.exec(text)?.[1] ?? ''
  const key = /API key +(\S+)/.exec(text)?.[1] ?? ''
  const referral = /Referral +(\S+)/.exec(text)?.[1] ?? ''
  const found = await fetch(`${url}/v1/referrals/${referral}`, { headers: { 'x-api-key': key } })
  t.match(await found.json(), { id: referral, externalReferenceId: /.+/ })
  t.equal((await fetch(`${url}/v1/referrals/${referral}`)).status, 401)
  const registration = await fetch(`${url}/v1/webhook-registration`, { headers: { 'x-api-key': key } })
  t.match(await registration.json(), { state: 'ours', missingEvents: [] })

  stop()
  t.equal(await end, 0)
  t.match(notes.join(), /Stopping/)
  await t.rejects(fetch(`${url}/healthz`), 'nobody listens any more')
})

t.test('serve without anything configured validates callbacks, and says of the rest what is missing', async t => {
  const folder = t.testdir()
  const env = { DATA_DIR: folder, ENCRYPTION_KEY: Buffer.alloc(32, 3).toString('base64') }
  const { text, notes, stop, end } = await serve(['--port', '0'], env)
  t.match(notes.join(), /no API key yet/)
  const url = /Service +(\S+)/.exec(text)?.[1] ?? ''
  let key = ''
  await main(['key', 'create', 'test'], {
    env,
    signal: new AbortController().signal,
    out: line => {
      key = line
    },
    note: () => undefined
  })
  const ask = async (path: string) => (await fetch(`${url}${path}`, { headers: { 'x-api-key': key } })).json()
  t.match(await ask('/v1/connection'), { ok: true, caller: 'test' }, 'a key made meanwhile counts at once')
  t.match(await ask('/v1/referrals'), { status: 503, code: 'SIGN_IN_NOT_CONFIGURED', detail: /PARTNER_CENTER_TENANT_ID/ })
  stop()
  t.equal(await end, 0)
})

t.test('a registration that was taken before the start is told again', async t => {
  const folder = t.testdir()
  const key = Buffer.alloc(32, 3)
  const env = { DATA_DIR: folder, ENCRYPTION_KEY: key.toString('base64') }
  const marks = async <T>(use: (marks: Marks) => Promise<T>): Promise<T> => {
    const store = await openStore({ folder, key, now: () => new Date() })
    return await use(store.marks).finally(() => store.close())
  }
  const url = 'https://service.example/callbacks'
  await marks(async ({ put }) => {
    await put('registration', JSON.stringify({ url, since: '2026-11-01T10:00:00.000Z' }))
    await put('registration.state', JSON.stringify({ state: 'taken', url: 'https://other.example/', missingEvents: [] }))
  })
  const { stop, end } = await serve(['--port', '0'], env)
  stop()
  t.equal(await end, 0)
  t.match(await marks(({ get }) => get('registration.warned')), /^\d{4}-/)
})

t.test('serve without a key for its store does not start', async t => {
  await t.rejects(serve(['--port', '0'], { DATA_DIR: t.testdir() }), { message: /ended with 1: .*CONFIG_INVALID.*ENCRYPTION_KEY/ })
})

t.test('a port that is taken is said to be, and nothing goes on running', async t => {
  const { text, stop, end } = await serve(['--sandbox', '--port', '0'], {})
  const port = /Service +http:\/\/127\.0\.0\.1:(\d+)/.exec(text)?.[1] ?? ''
  await t.rejects(serve(['--sandbox', '--port', port], {}), { message: /ended with 1: .*CONFIG_INVALID: The setting PORT/ })
  stop()
  t.equal(await end, 0)
})
