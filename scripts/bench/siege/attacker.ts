/** The process that attacks: it is sent an Attack, and sends back an AttackReport. */
import type { Socket } from 'node:net'
import type { Attack, AttackReport } from './attack.ts'
import { holdConnections } from './connections.ts'
import { callbackHeaders, hostileRequests } from './hostile-request.ts'

process.once('message', async (attack: Attack) => {
  const report: AttackReport = { sent: 0, answers: {}, ended: 0, seconds: 0 }
  const begin = performance.now()
  const over = new AbortController()
  const end = new Promise<void>(resolve => over.signal.addEventListener('abort', () => resolve()))
  setTimeout(() => over.abort(), attack.seconds * 1000)
  const { ended } = run(attack, report, over)
  await end
  report.ended = ended()
  report.seconds = (performance.now() - begin) / 1000
  process.send?.(report, () => process.exit(0))
})

function run(attack: Attack, report: AttackReport, over: AbortController): ReturnType<typeof holdConnections> {
  if (attack.kind === 'flood') return flood(attack, report, over)
  if (attack.kind === 'trickle') return trickle(attack, report, over.signal)
  const request = `GET ${attack.path} HTTP/1.1\r\nhost: siege\r\n\r\n`
  const packet = request.repeat(Math.floor(65_536 / request.length))
  return holdConnections(
    attack,
    socket => {
      socket.pause().write(packet)
      report.sent += packet.length / request.length
    },
    over.signal
  )
}

function flood(
  attack: Extract<Attack, { kind: 'flood' }>,
  report: AttackReport,
  over: AbortController
): ReturnType<typeof holdConnections> {
  const next = hostileRequests(attack)
  const { depth, count = Number.POSITIVE_INFINITY } = attack
  let answered = 0
  const send = (socket: Socket, times: number): void => {
    const wanted = Math.min(times, count - report.sent)
    if (wanted > 0) socket.write(Array.from({ length: wanted }, next).join(''))
    report.sent += Math.max(0, wanted)
  }
  return holdConnections(
    attack,
    socket => {
      let tail = ''
      socket.setEncoding('latin1').on('data', (chunk: string) => {
        const text = tail + chunk
        let read = 0
        let last = 0
        for (const found of text.matchAll(/HTTP\/1\.1 (\d{3})/g)) {
          const [line, status = ''] = found
          report.answers[status] = (report.answers[status] ?? 0) + 1
          last = found.index + line.length
          read += 1
        }
        // The beginning of a status line that is cut in two.
        tail = text.slice(Math.max(last, text.length - 11))
        answered += read
        send(socket, read)
        if (answered >= count) over.abort()
      })
      send(socket, depth)
    },
    over.signal
  )
}

function trickle(
  { part, everyMs, certificateUrl, ...attack }: Extract<Attack, { kind: 'trickle' }>,
  report: AttackReport,
  signal: AbortSignal
): ReturnType<typeof holdConnections> {
  const head = `POST /callbacks HTTP/1.1\r\nhost: siege\r\n`
  const begin = part === 'headers' ? head : `${head}content-length: 60000\r\n${callbackHeaders(certificateUrl)}\r\n`
  const held = holdConnections(attack, socket => void socket.resume().write(begin), signal)
  const timer = setInterval(() => {
    for (const socket of held.open()) if (!socket.connecting) socket.write('x')
    report.sent += held.open().size
  }, everyMs)
  signal.addEventListener('abort', () => clearInterval(timer))
  return held
}
