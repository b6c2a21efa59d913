import { randomBytes, randomUUID } from 'node:crypto'
import Fastify, { type FastifyRequest } from 'fastify'
import { type NextAnswers, nextAnswers } from '../next-answer.ts'
import { isSteering, type RequestLog, requestLogPlugin } from '../request-log.ts'
import { isSignedWith } from './signature.ts'

/** One request that reached the subscriber, whatever it was answered. */
export interface ReceivedMessage {
  /** The webhook-id; empty when there was none. */
  id: string
  headers: Record<string, string>
  /** Parsed; undefined when it was no JSON. */
  body: unknown
  /** Whether one of the secrets that the subscriber was told signed it. */
  isGenuine: boolean
  /** Whether a message of this id had come before. */
  isDuplicate: boolean
}

export interface SubscriberSandbox {
  /** What to subscribe with; it holds a secret of its own, as a flow's trigger URL does. */
  url: string
  /** Host and port of the URL: what SUBSCRIBER_HOSTS has to name. */
  host: string
  /** The latest ones, in the order of arrival. */
  received: ReceivedMessage[]
  duplicates(): number
  /** Tells it a secret that messages may be signed with. */
  trust(secret: string): void
  /** From now on every message gets this status, until `recover`: 410 for a flow that has unsubscribed, 404 for one that was deleted. */
  answerAlways(status: number): void
  /** From now on messages are taken in and get no answer, until the function that is given is called; then they are answered. */
  hold(): () => void
  /** Ends what `answerAlways` and `hold` began. */
  recover(): void
  /** Makes single answers wrong: a status, a cut line, a silence. */
  nextAnswers: NextAnswers
  close(): Promise<void>
}

const maxKept = 10_000

/**
 * A stand-in for whoever subscribes: a flow's trigger, which answers 202 and starts a run. It judges the signature of what it gets by itself.
 */
export async function startSubscriber({ log, now = () => new Date() }: { log: RequestLog; now?: () => Date }): Promise<SubscriberSandbox> {
  const path = `/workflows/${randomUUID().replaceAll('-', '')}/triggers/manual/paths/invoke`
  const signature = randomBytes(32).toString('base64url')
  const secrets: string[] = []
  const received: ReceivedMessage[] = []
  const answers = nextAnswers()
  let status = 202
  let held: { until: Promise<void>; release: () => void } | undefined

  function take({ headers, body }: FastifyRequest): void {
    const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0)
    const header = (name: string): string => [headers[name]].flat()[0] ?? ''
    const id = header('webhook-id')
    const signed = { id, timestamp: header('webhook-timestamp'), signatures: header('webhook-signature'), body: bytes }
    received.push({
      id,
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')])),
      body: parsed(bytes),
      isGenuine: secrets.some(secret => isSignedWith(secret, signed, now())),
      isDuplicate: received.some(other => other.id === id)
    })
    if (received.length > maxKept) received.shift()
  }

  function recover(): void {
    status = 202
    held?.release()
    held = undefined
  }

  const app = Fastify({ forceCloseConnections: true })
  // Before an answer is made wrong: what failed has arrived all the same.
  app.addHook('preValidation', async request => {
    if (!isSteering(request.url)) take(request)
  })
  app.register(answers.plugin)
  app.register(requestLogPlugin(log, 'subscriber'))
  // Byte for byte, since that is what is signed; what steers the sandbox is JSON as ever.
  app.addContentTypeParser(['application/json', '*'], { parseAs: 'buffer' }, (request, body: Buffer, done) =>
    done(null, isSteering(request.url) ? parsed(body) : body)
  )
  app.post<{ Querystring: { sig?: string } }>(path, async (request, reply) => {
    await held?.until
    return reply.code(request.query.sig === signature ? status : 401).send()
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })

  return {
    url: `${url}${path}?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=${signature}`,
    host: new URL(url).host,
    received,
    duplicates: () => received.filter(({ isDuplicate }) => isDuplicate).length,
    trust: secret => void secrets.push(secret),
    answerAlways(wanted) {
      status = wanted
    },
    hold() {
      let release = (): void => undefined
      const until = new Promise<void>(resolve => {
        release = resolve
      })
      held = { until, release }
      return recover
    },
    recover,
    nextAnswers: answers,
    async close() {
      recover()
      await app.close()
    }
  }
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return undefined
  }
}
