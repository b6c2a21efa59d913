import t from 'tap'
import { app, referralId, withKey } from '../fixtures/app.ts'

/** The text of a value within so many arrays. */
const nested = (levels: number, inner = ''): string => `${'['.repeat(levels)}${inner}${']'.repeat(levels)}`

t.test("JSON that is nested without measure is the sender's mistake, at every operation", async t => {
  const service = await app(t)
  for (const [method, url] of [
    ['POST', '/v1/referrals'],
    ['PATCH', `/v1/referrals/${referralId}`],
    ['PUT', `/v1/leads/${referralId}`],
    ['PUT', '/v1/webhook-registration'],
    ['POST', '/v1/subscriptions'],
    ['POST', '/v1/validate-callback']
  ] as const)
    for (const payload of [nested(30_000), `{"content":${nested(30_000)}}`, `{"customColumns":{"new_a":${nested(30_000)}}}`, nested(66)]) {
      const answer = await service.inject({ method, url, payload, headers: { ...withKey, 'content-type': 'application/json' } })
      if (answer.statusCode === 404) t.fail(`${method} ${url} is an operation`)
      t.match(answer.json(), { status: 400, code: 'REQUEST_INVALID', detail: /nested deeper than 64 levels/ }, `${method} ${url}`)
    }
  const answer = await service.inject({
    method: 'POST',
    url: '/v1/referrals',
    payload: nested(64),
    headers: { ...withKey, 'content-type': 'application/json' }
  })
  t.notMatch(answer.json(), { detail: /nested/ }, 'sixty-four levels are judged by the schema')
})
