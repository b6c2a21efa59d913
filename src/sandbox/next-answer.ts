import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { Check } from 'typebox/value'
import { forWholeApp, isSteering } from './request-log.ts'

/** true: the request has no effect and nothing comes; mid-body: it takes effect, and half of the answer comes. */
const howFar = Type.Union([Type.Literal(true), Type.Literal('mid-body')])
const times = Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 }))

/** A wrong answer, given instead of the next true one, or the next `times` ones. */
export const WrongAnswer = Type.Union([
  /** This answer, and the request has no effect. Objects are sent as JSON. */
  Type.Object(
    {
      status: Type.Integer({ minimum: 200, maximum: 599 }),
      headers: Type.Optional(
        Type.Record(Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$' }), Type.String({ pattern: '^[\\x20-\\x7e]{0,2000}$' }), {
          additionalProperties: false
        })
      ),
      body: Type.Optional(Type.Unknown()),
      times
    },
    { additionalProperties: false }
  ),
  /** The connection is cut. */
  Type.Object({ reset: howFar, times }, { additionalProperties: false }),
  /** The connection stays open and silent until the sandbox closes. */
  Type.Object({ stall: howFar, times }, { additionalProperties: false }),
  /** The request takes effect, and half of the JSON comes as if it were all of it. */
  Type.Object({ truncate: Type.Literal(true), times }, { additionalProperties: false })
])
export type WrongAnswer = Static<typeof WrongAnswer>

export interface NextAnswers {
  /** Makes the next answer wrong; with `when`, the next answer to a request that it holds for. Several are used up in the order they came. */
  next(answer: WrongAnswer, when?: (request: FastifyRequest) => boolean): void
  /** What has not been used up yet. */
  unused(): WrongAnswer[]
  clear(): void
  /**
   * `app.register(answers.plugin)`. It also serves `POST /sandbox/next-answer` (a WrongAnswer, and `method` and `path`, a part of the URL, to
   * say which request is meant), `GET` to list what is unused, and `DELETE` to forget it.
   */
  plugin: FastifyPluginAsync
}

interface Waiting {
  answer: WrongAnswer
  when: (request: FastifyRequest) => boolean
  left: number
}

/** «Make the next answer wrong»: the faults of a system that are up to the weather, at will. One for each system. */
export function nextAnswers(): NextAnswers {
  let waiting: Waiting[] = []
  /** What is to become of the true answer to a request. */
  const spoilt = new WeakMap<object, WrongAnswer>()
  const held = new Set<FastifyReply>()

  function take(request: FastifyRequest): WrongAnswer | undefined {
    const found = waiting.find(({ when }) => when(request))
    if (found && --found.left === 0) waiting = waiting.filter(other => other !== found)
    return found?.answer
  }

  function hold(reply: FastifyReply): void {
    held.add(reply)
    reply.raw.once('close', () => held.delete(reply))
  }

  const answers: NextAnswers = {
    next: (answer, when = () => true) => void waiting.push({ answer, when, left: answer.times ?? 1 }),
    unused: () => waiting.map(({ answer, left }) => ({ ...answer, times: left })),
    clear() {
      waiting = []
    },
    plugin: forWholeApp(async app => {
      // The body has been read by then, so `when` may look at it, and no handler has run.
      app.addHook('preValidation', async (request, reply) => {
        const answer = isSteering(request.url) ? undefined : take(request)
        if (answer === undefined) return
        if ('status' in answer)
          return reply
            .code(answer.status)
            .headers(answer.headers ?? {})
            .send(answer.body)
        if ('reset' in answer && answer.reset === true) {
          reply.hijack()
          request.raw.socket.resetAndDestroy()
        } else if ('stall' in answer && answer.stall === true) {
          reply.hijack()
          hold(reply)
        } else spoilt.set(request, answer)
      })
      app.addHook('onSend', async (request, reply, payload) => {
        const answer = spoilt.get(request)
        if (answer === undefined) return payload
        const text = jsonOf(payload)
        if (text === undefined) reply.code(200).type('application/json')
        const half = (text ?? '{"value":[{"id":"4111fffc').slice(0, Math.max((text?.length ?? 24) >> 1, 1))
        if ('truncate' in answer) {
          reply.header('connection', 'close').removeHeader('content-length')
          return half
        }
        const headers = { ...reply.getHeaders(), 'content-length': Buffer.byteLength(half) * 2 }
        reply.raw.writeHead(reply.statusCode, headers as Record<string, string | number>)
        if ('stall' in answer) hold(reply)
        reply.raw.write(half, () => 'reset' in answer && request.raw.socket.destroy())
        // Never settled: Fastify must not go on to send the whole.
        return new Promise(() => undefined)
      })
      app.addHook('preClose', async () => {
        for (const reply of held) reply.raw.destroy()
      })
      steer(app, answers)
    })
  }
  return answers
}

/** The text of a true answer that has a half; others are replaced, since nothing cannot be cut in two. */
const jsonOf = (payload: unknown): string | undefined => (typeof payload === 'string' && payload.length > 1 ? payload : undefined)

const Steering = Type.Object({ method: Type.Optional(Type.String()), path: Type.Optional(Type.String()) }, { additionalProperties: true })

function steer(app: FastifyInstance, answers: NextAnswers): void {
  const place = '/sandbox/next-answer'
  app.post(place, async ({ body }, reply) => {
    // Not by Fastify's schema: its Ajv strips what one branch of the union does not know before it tries the next.
    const { method, path, ...answer } = Check(Steering, body) ? body : { broken: true }
    if (!Check(WrongAnswer, answer)) {
      const message =
        'Send {"status":…,"headers":{…},"body":…}, {"reset":true}, {"stall":true} or {"truncate":true}; with "times", "method", "path" if you like.'
      return reply.code(400).send({ message })
    }
    answers.next(answer, ({ method: asked, url }) => (method ?? asked).toUpperCase() === asked && url.includes(path ?? ''))
    return reply.code(204).send()
  })
  app.get(place, async () => answers.unused())
  app.delete(place, async (_request, reply) => {
    answers.clear()
    return reply.code(204).send()
  })
}
