import pg from 'pg'
import t from 'tap'
import { Failure } from '../src/failure.ts'
import { type Canary, type Place, type Sighting, sightings } from './canary/canaries.ts'
import { commandLine } from './canary/command-line.ts'
import { badDays, crashes, forgeries, happyDay, neighbours } from './canary/everything.ts'
import { type CanaryStage, canaryStage, secretSettings } from './canary/stage.ts'
import { type OutgoingRequest, outgoingRequests } from './fixtures/outgoing-requests.ts'
import { postgresServer } from './fixtures/postgres.ts'

/** Business data by its field, which timelines name as it is; of people they name nothing, and of free text its length. */
const business =
  /\/(name( later| at last)?|subject|companyName|customer|website|city|state(OrProvince)?|country)$|^(forged|told to a subscriber)/

/** Where canaries may be seen: in the very answer that somebody asked for, and, of business data, in timelines. All else is a leak. */
const allowed: { place: RegExp; canary: RegExp }[] = [
  { place: /^(answer of (List|Get|Create|Update)Referrals?|command referral (get|list))\b/, canary: /^(referral|request|forged|told)/ },
  { place: /^answer of ListChoices/, canary: /^referral\/details\/requirements\// },
  { place: /^message to a subscriber$/, canary: /^(referral|request|forged|told|lead|crm)/ },
  { place: /^(answer of GetTimeline|command timeline|file store\.sqlite|database)/, canary: business },
  { place: /^answer of .*, asked in a wrong way$/, canary: /^the name of a field$/ },
  // Shown once, to whoever made it.
  { place: /^answer of WhenReferralChanges$/, canary: /^the secret of/ },
  { place: /^command key create/, canary: /^a key made by a command$/ },
  // Where the subscriber is, and what a caller looks for.
  { place: /^address of a request to subscriber$/, canary: /^(the signature|a code) in (the|an) address/ },
  { place: /^address of a request to partner-center$/, canary: /filter/ },
  { place: /^address of a request to 3psostorageacct/, canary: /^a name of a certificate$/ }
]

/** What has to have happened at the least, for the silence to mean anything. */
const failuresSeen = [
  ...['CALLER_UNAUTHENTICATED', 'REQUEST_INVALID', 'FIELD_UNKNOWN', 'VALUE_TOO_LONG', 'VALUE_WRONG_TYPE', 'INTERNAL'],
  ...['CALLBACK_SIGNATURE_MALFORMED', 'CERTIFICATE_URL_FOREIGN', 'CERTIFICATE_UNREACHABLE', 'SUBSCRIBER_URL_REFUSED', 'WEBHOOK_TAKEN'],
  ...['REFERRAL_REFUSED', 'REFERRAL_NOT_FOUND', 'REFERRAL_CHANGED', 'PARTNER_CENTER_DENIED', 'PARTNER_CENTER_BUSY'],
  ...['PARTNER_CENTER_UNEXPECTED', 'PARTNER_CENTER_UNREACHABLE', 'SIGN_IN_REFUSED', 'SIGN_IN_UNREACHABLE'],
  ...['CRM_VALUE_REFUSED', 'CRM_DENIED', 'CRM_DUPLICATE', 'CRM_BUSY', 'CRM_UNREACHABLE', 'CRM_UNEXPECTED']
]

const isAllowed = ({ place, canary }: Sighting): boolean => allowed.some(rule => rule.place.test(place) && rule.canary.test(canary.name))

const leaksIn = (places: readonly Place[], canaries: readonly Canary[]): string[] =>
  [
    ...new Set(sightings(places, canaries).flatMap(seen => (isAllowed(seen) ? [] : `${seen.place}: ${seen.canary.name}, ${seen.form}`)))
  ].sort()

/** Where the service has asked for what, by the system that it asked; whatever is not known by name is a place of its own. */
function addresses(sent: readonly OutgoingRequest[], { sandbox, subscriber, url }: CanaryStage): Place[] {
  const { partnerCenter, dataverse, entra } = sandbox
  const systems = new Map(
    Object.entries({ 'partner-center': partnerCenter.url, dataverse: dataverse.url, entra: entra.url, subscriber: subscriber.url }).map(
      ([name, address]) => [new URL(address).origin, name]
    )
  )
  return sent
    .filter(({ origin }) => origin !== url)
    .map(({ method, origin, path }) => ({
      name: `address of a request to ${systems.get(origin) ?? new URL(origin).hostname}`,
      content: `${method} ${path}`
    }))
}

t.test('whatever happens, no secret and nothing of a customer is seen where it does not belong', async t => {
  t.setTimeout(280_000)
  const stage = await canaryStage(t)
  const { birds, secrets, service, log, ask, runCommands } = stage
  for (const name of secretSettings) t.ok(secrets[name], `${name} is watched`)
  const sent = outgoingRequests(t)
  const id = await happyDay(stage)
  await forgeries(stage)
  await crashes(stage, id)
  await badDays(stage, id)
  await neighbours(stage, id)
  await commandLine(stage, id)
  const tokens = new Set(sent.flatMap(({ headers }) => /^Bearer (eyJ.+)$/.exec(headers.authorization ?? '')?.[1] ?? []))
  t.ok(tokens.size > 3, 'access tokens were used')
  for (const token of tokens) birds.keep('an access token', token)

  const places = [...stage.places(), ...addresses(sent, stage)]
  const codes = new Set(places.flatMap(({ content }) => /"code":"([A-Z_]+)"/.exec(content.toString())?.[1] ?? []))
  for (const code of failuresSeen) t.ok(codes.has(code), `${code} was among the answers`)
  const asked = new Set(places.map(({ name }) => name).filter(name => name.startsWith('address of')))
  t.same(
    [...asked].sort(),
    ['partner-center', 'dataverse', 'entra', 'subscriber', '3psostorageacct.blob.core.windows.net', 'www.microsoft.com']
      .map(name => `address of a request to ${name}`)
      .sort(),
    'and nobody else was asked for anything'
  )
  t.same(leaksIn(places, birds.all()), [])
  const shown = new Set(sightings(places, birds.all()).map(({ canary }) => canary.name))
  const kept = birds.all().filter(({ name }) => /^referral\/(?!name )/.test(name) && !shown.has(name))
  t.same(kept, [], 'all of the referral went through the service, for whoever asked for it was told')
  t.ok(birds.all().length > 300 && places.length > 300, `${birds.all().length} canaries in ${places.length} places`)

  await t.test('a leak that is planted is found', async t => {
    const [said, answered] = [birds.secret('planted in the log'), birds.customer('planted in an answer')]
    const { get } = service.referrals
    service.referrals.get = async () => {
      log.info({ given: { header: Buffer.from(`user:${said}`).toString('base64') } }, 'A handler that says too much.')
      throw new Failure('REFERRAL_NOT_FOUND', `There is no referral of ${answered}.`)
    }
    await ask('answer of a handler that says too much', { path: `/v1/referrals/${id}` })
    service.referrals.get = get
    t.match(
      leaksIn(
        stage.places(),
        birds.all().filter(({ name }) => name.startsWith('planted'))
      ),
      [
        'answer of a handler that says too much: planted in an answer, plain',
        'log: planted in an answer, plain',
        /^log: planted in the log, in base64/
      ]
    )
  })

  await t.test('a database holds no more than the file', async t => {
    await stage.close()
    const server = await postgresServer()
    t.teardown(server.close)
    const url = await server.database()
    birds.keep('the password of the database', new URL(url).password)
    const env = { DATABASE_URL: url }
    const ends = await runCommands([['store', 'copy', '--yes'], ['doctor'], ['jobs', 'list']].map(words => ({ words, env })))
    t.equal(ends[0]?.code, 0, 'it was copied')
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    const tables = await client.query<{ name: string }>(
      `select table_name as name from information_schema.tables where table_schema = 'public'`
    )
    const rows = await Promise.all(
      tables.rows.map(({ name }) => client.query(`select t::text as row from ${client.escapeIdentifier(name)} t`))
    )
    await client.end()
    t.ok(rows.flatMap(({ rows }) => rows).length > 50)
    const copied = { name: 'database', content: JSON.stringify(rows.map(({ rows }) => rows)) }
    const planted = /^planted/
    t.same(
      leaksIn(
        [...stage.places(), copied],
        birds.all().filter(({ name }) => !planted.test(name))
      ),
      []
    )
  })
})

t.test('a canary is known in every disguise', async t => {
  const value = 'SEC-ab/cd+ef"gh\\ij 0123456789'
  const canary: Canary = { kind: 'secret', name: 'one', value }
  const disguises: [what: string, text: string][] = [
    ['plain', value],
    ['in capitals', value.toUpperCase()],
    ['JSON', JSON.stringify({ value })],
    ['JSON in JSON', JSON.stringify({ text: JSON.stringify({ value }) })],
    ['a query', encodeURIComponent(value)],
    ['a form', new URLSearchParams({ value }).toString()],
    ['hex', Buffer.from(value).toString('hex').toUpperCase()],
    ['backwards', [...value].reverse().join('')],
    ...['', 'a', 'ab', 'abc', 'user:'].flatMap(before =>
      (['base64', 'base64url'] as const).map((encoding): [string, string] => [
        `${encoding} after «${before}»`,
        Buffer.from(`${before}${value}, and more`).toString(encoding)
      ])
    )
  ]
  for (const [what, text] of disguises) t.equal(sightings([{ name: 'a', content: `…${text}…` }], [canary]).length, 1, what)
  t.equal(sightings([{ name: 'a', content: Buffer.concat([Buffer.from([0, 255]), Buffer.from(value)]) }], [canary]).length, 1, 'bytes')
  t.same(sightings([{ name: 'a', content: 'SEC-ab/cd+ef, and nothing more' }], [canary]), [])
})
