import type { Test } from 'tap'
import { between, type Caused, type LogLine } from './effects.ts'
import type { Answer, SignedRequest } from './exchange.ts'
import { doors, type Refused } from './hostile-case.ts'
import type { HostileStage } from './stage.ts'

/** A request is refused with this answer at each door, and leaves nothing behind but a log line, its place in a counter and the downloads. */
export async function provesRefusal(
  t: Test,
  stage: HostileStage,
  request: SignedRequest,
  { what = 'the request', status, code, downloads = 0, doors: tried = doors }: Refused & { what?: string }
): Promise<void> {
  const downloaded: string[] = []
  const connections = (): number => stage.files.connections() + stage.issuers.connections()
  const connected = connections()
  let before = await stage.effects()
  for (const door of tried) {
    const answer = await stage.send(request, door)
    const after = await stage.effects()
    const caused = between(before, after)
    before = after
    downloaded.push(...caused.downloads)
    t.same(
      { ...seenFrom(answer), ...remains(caused), leaks: leaks(request, [answer.text, JSON.stringify(caused.log)]) },
      {
        status,
        code,
        // What the parser of HTTP refuses never becomes a request of the service.
        ...(code === undefined
          ? { isProblem: false, counters: {}, refusals: [] }
          : { isProblem: true, counters: { [code]: 1 }, refusals: [code] }),
        // Only what may go well later is to be tried again.
        hasRetryAfter: status === 503 || status === 429,
        rows: {},
        leaks: []
      },
      `${what}, at ${door}`
    )
  }
  t.same(typeof downloads === 'number' ? downloaded.length : byHost(downloaded), downloads, `${what}: the downloads`)
  if (downloads === 0) t.equal(connections(), connected, `${what}: nobody is connected to`)
}

/** The raw validation says yes and writes nothing; the receiver stores the callback, two entries and one job. */
export async function provesAcceptance(t: Test, stage: HostileStage, request: SignedRequest, what = 'the valid request'): Promise<void> {
  const before = await stage.effects()
  const judged = await stage.send(request, '/v1/validate-callback')
  const meanwhile = await stage.effects()
  const received = await stage.send(request)
  const after = await stage.effects()
  t.match({ status: judged.status, body: judged.body }, { status: 200, body: { valid: true, matched: 'as-sent' } }, `${what} is valid`)
  // The certificates of issuers that were of use are kept.
  const { intermediates: _kept, ...rows } = between(before, meanwhile).rows
  t.same(rows, {}, `${what}: to validate it changes nothing`)
  t.same([received.status, received.body], [200, {}], `${what} is accepted`)
  t.same(
    remains(between(meanwhile, after)),
    {
      rows: { callbacks: { added: 1, removed: 0 }, jobs: { added: 1, removed: 0 }, timeline: { added: 2, removed: 0 } },
      counters: { accepted: 1 },
      refusals: []
    },
    `${what} is stored with one job`
  )
}

function seenFrom({ status, headers, code, body, retryAfter }: Answer) {
  return {
    status,
    code,
    isProblem: /^application\/problem\+json/.test(headers['content-type'] ?? '') && body.status === status,
    hasRetryAfter: retryAfter !== undefined
  }
}

/** What came of a request, without the downloads and without what is said of certificates on their occasion. */
function remains({ rows, counters, log }: Caused) {
  return { rows, counters, refusals: log.filter(isOfRequest).map(({ code }) => code) }
}

/** Every request has its line with the answer, and a refused one has another that says why. */
function isOfRequest({ msg, requestId }: LogLine): boolean {
  return requestId !== undefined && msg !== 'answered'
}

/** The parts of a request that stand in what others can read, as they are or within a JSON text: a signature, a body. */
function leaks({ headers, body }: SignedRequest, places: readonly string[]): string[] {
  const signatures = headers
    .filter(([name]) => /^(authorization|x-ms-signature)$/i.test(name))
    .map(([, value]) => value.split(' ').at(-1) ?? '')
  const secrets = [...signatures, body.toString('latin1').slice(0, 200)].filter(secret => secret.length > 20)
  const forms = (secret: string) => [secret, JSON.stringify(secret).slice(1, -1)]
  return secrets.filter(secret => places.some(place => forms(secret).some(form => place.includes(form))))
}

function byHost(urls: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const url of urls) counts[new URL(url).hostname] = (counts[new URL(url).hostname] ?? 0) + 1
  return counts
}
