import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import type { CheckedToken } from '../entra/tokens.ts'
import { type NextAnswers, nextAnswers } from '../next-answer.ts'
import { type RequestLog, requestLogPlugin } from '../request-log.ts'
import { qualifyLead } from './actions.ts'
import { addressFrom, type Segment } from './address.ts'
import { type CallbackRegistrations, callbackRegistrations } from './callback-registrations.ts'
import { deltaTokens } from './changes.ts'
import { addColumn } from './columns.ts'
import { DataverseError, refusals } from './error.ts'
import { type Currencies, leadAfter } from './lead.ts'
import { metadata } from './metadata.ts'
import { columnsFrom, type FindTarget } from './payload.ts'
import { type Limit, protection } from './protection.ts'
import { type Answer, answerRecords } from './records.ts'
import { type Rows, tableRows } from './rows.ts'
import { newTables, type Table } from './tables.ts'
import type { Value } from './values.ts'

export type LeadColumns = Record<string, Value>

/** A write or deletion of a lead that was done. */
export interface LeadWrite {
  leadId: string
  kind: 'created' | 'updated' | 'deleted'
  /** Whether it came through the Web API; the others are what a person does. */
  isRequest: boolean
  /** What was written, the key's columns among it. */
  columns: LeadColumns
}

export interface DataverseSandbox {
  /** The environment, with a slash at its end. Its tokens' audience is the same without the slash. */
  url: string
  /** The application user that every caller is. */
  userId: string
  leads(): LeadColumns[]
  lead(leadId: string): LeadColumns | undefined
  /** What a person does in the CRM; nothing of it is counted as a request. */
  createLead(columns: Record<string, unknown>): LeadColumns
  updateLead(leadId: string, columns: Record<string, unknown>): LeadColumns
  deleteLead(leadId: string): void
  qualify(leadId: string): void
  disqualify(leadId: string): void
  /** What was done to one lead, or to all, oldest first; the last 450,000 writes at least. */
  history(leadId?: string): LeadWrite[]
  /** Makes all delta links too old that were given so far. */
  expireDeltaTokens(): void
  /** Whether changes to leads are tracked, as they are in a new environment. */
  setChangeTracking(isOn: boolean): void
  /** A column of the organization's own on the lead table, in the form of the Web API's AttributeMetadata. */
  addLeadColumn(definition: Record<string, unknown>): void
  /** Lets the next index of an alternate key end as Failed. */
  failNextKeyIndex(): void
  /** Reports a service protection limit as exceeded: see `Protection.limit`. */
  limit(kind: Limit, how: { retryAfterSeconds: number; times?: number }): void
  liftLimits(): void
  /** Keeps every request waiting, as a slow environment would, until the returned function is called. */
  hold(): () => void
  /** From now on every answer takes so long, for measurements. */
  setDelay(ms: number): void
  /** Takes a privilege from the application user's security role, for example prvWriteLead. */
  deny(privilege: string): void
  /** Whether the application is an application user of the environment. */
  setMember(isMember: boolean): void
  nextAnswers: NextAnswers
  /** Whom it calls when rows change, as the triggers of flows ask it to. */
  callbacks: Pick<CallbackRegistrations, 'count' | 'pending' | 'idle'>
  close(): Promise<void>
}

/** A sandbox may run for days. */
const mostWrites = 500_000

const currencies: [code: string, name: string, symbol: string, rate: number][] = [
  ['USD', 'US Dollar', '$', 1],
  ['EUR', 'Euro', '€', 0.92],
  ['GBP', 'Pound Sterling', '£', 0.79]
]

/**
 * A stand-in for a Dataverse environment with Dynamics 365 Sales: the Web API's leads, currencies and metadata. It starts as a new
 * environment does, without a referral column. `maxRequests` is the limit of five minutes.
 */
export async function startDataverse(options: {
  checkToken: (token: string) => CheckedToken | undefined
  log: RequestLog
  now?: () => Date
  maxRequests?: number
  /** An environment without Dynamics 365 Sales has no lead table. */
  hasSales?: boolean
  /** How often the definition of a new alternate key is read before its index is Active: 2 unless told. */
  indexReads?: number
  /** Between the tries to call somebody about a change; no pause unless told. */
  pause?: (attempt: number, signal: AbortSignal) => Promise<unknown>
}): Promise<DataverseSandbox> {
  const { checkToken, log, now = () => new Date(), maxRequests, hasSales = true, indexReads = 2, pause = async () => undefined } = options
  const { lead, currency } = newTables()
  const tables = hasSales ? [lead, currency] : [currency]
  const rows = new Map<Table, Rows>([lead, currency].map(table => [table, tableRows(table, { now })]))
  const rowsOf = (table: Table): Rows => rows.get(table) ?? tableRows(table, { now })
  const leads = rowsOf(lead)
  const [userId, businessUnitId, organizationId] = [randomUUID(), randomUUID(), randomUUID()]
  const money = fillCurrencies(rowsOf(currency))
  const definitions = metadata({ tables, rowsOf, indexReads })
  const limits = protection({ now, ...(maxRequests !== undefined && { maxRequests }) })
  const answers = nextAnswers()
  const denied = new Set<string>()
  let isMember = true
  let held: Promise<void> = Promise.resolve()
  let delayMs = 0
  const tokens = deltaTokens({ now })
  const writes: LeadWrite[] = []
  const callbacks = callbackRegistrations({ tables, pause })
  const keep = (write: LeadWrite): void => {
    writes.push(write)
    if (writes.length > mostWrites) writes.splice(0, mostWrites / 10)
    callbacks.tell({
      table: lead,
      id: write.leadId,
      message: write.kind === 'created' ? 'Create' : write.kind === 'updated' ? 'Update' : 'Delete',
      written: Object.keys(write.columns),
      row: leads.get(write.leadId)
    })
  }

  const findTarget: FindTarget = ({ set, id }) => {
    if (set === 'systemusers') return { table: 'systemuser', isThere: id === userId }
    const table = tables.find(({ entitySet }) => entitySet === set)
    if (table) return { table: table.logicalName, isThere: rowsOf(table).get(id) !== undefined }
    // Other tables of the environment are empty; their sets are named after them, `opportunities` and `accounts`.
    return { table: set.replace(/ies$/, 'y').replace(/s$/, ''), isThere: false }
  }

  const app = Fastify({ forceCloseConnections: true, bodyLimit: 16 * 1024 * 1024, routerOptions: { maxParamLength: 65_536 } })
  app.register(answers.plugin)
  app.register(requestLogPlugin(log, 'dataverse'))
  // An empty body counts as none, whatever type it is said to have.
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, body === '' ? undefined : JSON.parse(body.toString()))
    } catch (error) {
      done(refusals.payload('', `Newtonsoft.Json.JsonReaderException: ${(error as Error).message}`))
    }
  })
  app.setErrorHandler(async (error: Error, _request, reply) => {
    const fault =
      error instanceof DataverseError ? error : new DataverseError(500, '0x80040216', `An unexpected error occurred. ${error.message}`)
    return reply
      .code(fault.status)
      .headers(fault.headers)
      .send({ error: { code: fault.code, message: fault.message } })
  })
  app.setNotFoundHandler(async () => {
    throw refusals.wrongMethod('')
  })

  app.route<{ Params: { version: string } }>({
    method: ['GET', 'POST', 'PATCH', 'DELETE'],
    url: '/api/data/:version/*',
    handler: async (request, reply) => {
      const requestId = randomUUID()
      reply.headers({ 'odata-version': '4.0', req_id: requestId, 'x-ms-service-request-id': requestId })
      const user = signedIn(request)
      const leave = limits.enter(user.objectId)
      try {
        await held
        if (delayMs > 0) await sleep(delayMs, undefined, { ref: false })
        const version = request.params.version
        if (!/^v9\.[0-2]$/.test(version)) throw refusals.resourceUnknown(version)
        const answer = answerTo(request, `${url}api/data/${version}/`)
        reply.header('x-ms-ratelimit-burst-remaining-xrm-requests', limits.remaining(user.objectId))
        return send(reply, answer)
      } finally {
        leave()
      }
    }
  })

  const url = `${await app.listen({ host: '127.0.0.1', port: 0 })}/`

  function signedIn({ headers }: FastifyRequest): CheckedToken {
    const token = /^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1]
    const checked = token === undefined ? undefined : checkToken(token)
    if (checked?.audience.replace(/\/$/, '') !== url.slice(0, -1) || !checked) throw refusals.signIn(url)
    if (!isMember) throw refusals.notMember()
    return checked
  }

  function demand(privilege: string): void {
    if (denied.has(privilege)) throw refusals.privilege(privilege, userId)
  }

  function answerTo(request: FastifyRequest, root: string): Answer {
    const { method, body } = request
    const { segments, query } = addressFrom(request.raw.url?.replace(/^\/api\/data\/[^/?]+\//, '') ?? '')
    const [segment, action] = segments
    if (segment === undefined) throw refusals.resourceUnknown('')
    if (segment.name === 'WhoAmI') {
      if (method !== 'GET') throw refusals.wrongMethod(`${root}WhoAmI`)
      const ids = { BusinessUnitId: businessUnitId, UserId: userId, OrganizationId: organizationId }
      return { status: 200, json: { '@odata.context': `${root}$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse`, ...ids } }
    }
    if (segment.name === 'EntityDefinitions') {
      demand(method === 'GET' ? 'prvReadEntity' : segments[1]?.name === 'Keys' ? 'prvWriteEntity' : 'prvCreateAttribute')
      const result = definitions.answer({ method, segments, query, body })
      if ('created' in result) return { status: 204, headers: { 'odata-entityid': `${root}${result.created}` } }
      return { status: 200, json: { '@odata.context': `${root}$metadata#EntityDefinitions`, ...result.json } }
    }
    if (method === 'POST' && segment.key === undefined && segments.length === 1) {
      const done = unboundAction(segment.name, body)
      if (done) return done
    }
    if (segment.name === 'callbackregistrations') {
      demand(`prv${method === 'POST' ? 'Create' : 'Delete'}CallbackRegistration`)
      return callbacks.answer({ method, id: segment.key && 'id' in segment.key ? segment.key.id : undefined, body, root })
    }
    const table = tables.find(({ entitySet }) => entitySet === segment.name)
    if (!table) throw refusals.resourceUnknown(segment.name)
    if (action !== undefined) return boundAction(action, segment, request)
    const header = (name: string): string | undefined => {
      const value = request.headers[name]
      return typeof value === 'string' ? value : undefined
    }
    const note = (done: Omit<LeadWrite, 'isRequest'>): void => keep({ ...done, isRequest: true })
    const place = { table, rows: rowsOf(table), findTarget, currencies: money, root, userId, tokens, note }
    return answerRecords({ method, segment, query, body, header, demand }, place)
  }

  /** Publishing changes forms and views; columns and keys work without it. */
  function unboundAction(name: string, body: unknown): Answer | undefined {
    if (name === 'PublishXml' || name === 'PublishAllXml') return { status: 204 }
    if (name !== 'ReactivateEntityKey') return undefined
    const { EntityLogicalName: tableName = '', EntityKeyLogicalName: keyName = '' } = (body ?? {}) as Record<string, unknown>
    definitions.reactivate(String(tableName), String(keyName))
    return { status: 204 }
  }

  function boundAction(action: Segment, segment: Segment, { method, body }: FastifyRequest): Answer {
    if (action.name !== 'Microsoft.Dynamics.CRM.QualifyLead' || segment.name !== 'leads') throw refusals.resourceUnknown(action.name)
    if (method !== 'POST') throw refusals.wrongMethod(action.name)
    demand('prvWriteLead')
    const id = segment.key && 'id' in segment.key ? segment.key.id : ''
    const row = leads.get(id)
    if (!row) throw refusals.missing('lead', id)
    const json = qualifyLead(row, body, { rows: leads, currencies: money })
    keep({ leadId: id, kind: 'updated', isRequest: true, columns: { statecode: 1 } })
    return { status: 200, json }
  }

  function change(leadId: string, body: Record<string, unknown>): LeadColumns {
    const before = leads.get(leadId)
    const write = columnsFrom(body, lead, findTarget)
    const after = leadAfter(before ? write : { ownerid: userId, ...write }, before, { id: leadId, currencies: money })
    const { columns } = leads.put(leadId, after)
    keep({ leadId, kind: before ? 'updated' : 'created', isRequest: false, columns: write })
    return { ...columns }
  }

  return {
    url,
    userId,
    leads: () => leads.all().map(({ columns }) => ({ ...columns })),
    lead: leadId => {
      const row = leads.get(leadId)
      return row && { ...row.columns }
    },
    createLead: columns => change(randomUUID(), columns),
    updateLead: change,
    deleteLead(leadId) {
      if (leads.delete(leadId)) keep({ leadId: leadId.toLowerCase(), kind: 'deleted', isRequest: false, columns: {} })
    },
    history: leadId => writes.filter(write => leadId === undefined || write.leadId === leadId.toLowerCase()),
    expireDeltaTokens: tokens.expire,
    setChangeTracking(isOn) {
      lead.isTracked = isOn
    },
    setDelay(ms) {
      delayMs = ms
    },
    qualify: leadId => void change(leadId, { statecode: 1, statuscode: 3 }),
    disqualify: leadId => void change(leadId, { statecode: 2, statuscode: 4 }),
    addLeadColumn: definition => void addColumn(definition, lead),
    failNextKeyIndex: definitions.failNextIndex,
    limit: limits.limit,
    liftLimits: limits.lift,
    hold() {
      let release = (): void => undefined
      held = new Promise(resolve => {
        release = resolve
      })
      return () => release()
    },
    deny: privilege => void denied.add(privilege),
    setMember(isNow) {
      isMember = isNow
    },
    nextAnswers: answers,
    callbacks,
    async close() {
      await callbacks.close()
      await app.close()
    }
  }
}

function send(reply: FastifyReply, { status, json, headers = {} }: Answer): FastifyReply {
  reply.code(status).headers(headers)
  return json === undefined ? reply.send() : reply.type('application/json; odata.metadata=minimal').send(json)
}

function fillCurrencies(rows: Rows): Currencies {
  const rates = new Map<string, number>()
  for (const [isocurrencycode, currencyname, currencysymbol, exchangerate] of currencies) {
    const id = randomUUID()
    rates.set(id, exchangerate)
    rows.put(id, { isocurrencycode, currencyname, currencysymbol, exchangerate, statecode: 0, statuscode: 1 })
  }
  return { baseId: [...rates.keys()][0] ?? '', rateOf: id => rates.get(id) ?? 1 }
}
