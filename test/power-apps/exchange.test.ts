import t from 'tap'
import { openSender } from '../../src/power-apps/open-sender.ts'
import { localServer, reset } from '../fixtures/local-server.ts'

const request = { purpose: 'Trying', method: 'GET', isRepeatable: true, pretend: '' } as const

t.test('an answer that is too large is cut off', async t => {
  const { url } = await localServer(t, (_request, response) => {
    const chunk = Buffer.alloc(1024 * 1024)
    response.on('error', () => undefined)
    const more = (): void => {
      while (!response.destroyed && response.write(chunk));
    }
    response.on('drain', more)
    more()
  })
  const { send, close } = openSender({ note: () => undefined })
  t.teardown(close)
  await t.rejects(send({ ...request, url }), { code: 'POWER_APPS_UNEXPECTED', message: /^127\.0\.0\.1 sent an answer of more than/ })
})

t.test('a host that is not there is named, and a connection that breaks is tried again a few times', async t => {
  const waits: number[] = []
  const notes: string[] = []
  const { send, close } = openSender({ note: text => void notes.push(text), wait: async ms => void waits.push(ms) })
  t.teardown(close)
  const { url, received } = await localServer(t, reset)
  await t.rejects(send({ ...request, url }), {
    code: 'POWER_APPS_UNREACHABLE',
    message: /^Trying failed: 127\.0\.0\.1:\d+ cannot be reached \(/
  })
  t.same([received.length, waits], [5, [1000, 2000, 4000, 8000]])
  t.match(notes[0], /^127\.0\.0\.1:\d+ gave no answer; asking again in 1 s\.$/)
  await t.rejects(send({ ...request, url, isRepeatable: false }), { code: 'POWER_APPS_OUTCOME_UNKNOWN' })
  t.equal(received.length, 6)
})
