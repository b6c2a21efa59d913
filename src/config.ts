/** The only reader of the environment: the settings, read, checked and typed. */
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { parseEnv } from 'node:util'
import { isHostEntry } from './allowed-hosts.ts'
import { Failure } from './failure.ts'
import { type Setting, type SettingName, settings } from './settings.ts'

export type Environment = Record<string, string | undefined>

export interface Config {
  http: {
    host: string
    port: number
    publicUrl?: string
    logLevel: string
    rateLimitPerMinute: number
    trustProxy: string[]
    callbacksPerMinute: number
  }
  store: { folder: string; databaseUrl?: string; key?: Buffer; timelineDays: number; callbackDays: number; subscriptionsMax: number }
  sync: {
    workers: number
    leaseMs: number
    drainMs: number
    attempts: number
    by: 'service' | 'flow'
    conflict: 'partner-center' | 'crm'
    recreateDeleted: boolean
    reconcileMs: number
    registrationMs: number
  }
  subscribers: { hosts: string[] }
  entra: { authority: string; endpoint?: string }
  partnerCenter?: {
    url: string
    scope: string
    webhooksUrl: string
    webhooksScope: string
    tenantId: string
    clientId: string
    clientSecret?: string
    refreshToken?: string
    username?: string
    password?: string
  }
  dataverse?: {
    url: string
    scope: string
    referralColumn: string
    solution?: string
    tenantId?: string
    clientId?: string
    clientSecret?: string
    certificatePem?: string
    managedIdentity?: string
  }
  callback: {
    hosts: string[]
    signerNames: string[]
    organization: string
    issuerOrganization: string
    issuerHosts: string[]
    roots?: string[]
    intermediates: string[]
    connectTo: Record<string, string>
    tlsRoots: string[]
  }
  mapping: { referralLink: string }
  /** Without tenants no tokens are accepted. */
  callers: { tenantIds: string[]; audiences: string[]; role?: string }
}

/**
 * The environment, completed by the file `.env` of the present folder; what is set in the environment wins.
 * @throws CONFIG_INVALID when there is such a file that cannot be read
 */
export function readEnvironment(file = '.env'): Environment {
  try {
    return { ...parseEnv(readFileSync(file, 'utf8')), ...process.env }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') return process.env
    throw new Failure('CONFIG_INVALID', `The file ${file} with settings cannot be read (${code ?? 'for an unknown reason'}).`, { cause })
  }
}

/**
 * The settings of `env`, checked and typed. Empty values count as not set.
 * @throws CONFIG_INVALID, its message names the setting and never shows its value
 */
export function readConfig(env: Environment): Config {
  const get = (name: SettingName): string | undefined => env[name]?.trim() || (settings[name] as Setting).default
  const need = (name: SettingName, because: string): string => get(name) ?? invalid(name, `is missing: ${because}.`)
  const list = (name: SettingName): string[] => splitList(get(name))
  const each = (name: SettingName, isGood: (item: string) => boolean, form: string): string[] => {
    const items = list(name)
    return items.every(isGood) ? items : invalid(name, form)
  }
  const pems = (name: SettingName): string[] => splitPem(name, get(name))
  const number = (name: SettingName, min: number, max: number): number => wholeNumber(name, get(name), { min, max })
  const url = (name: SettingName): string | undefined => checkedUrl(name, get(name))

  return {
    http: {
      host: get('HOST') ?? '127.0.0.1',
      port: number('PORT', 0, 65_535),
      ...optional('publicUrl', url('PUBLIC_URL')),
      logLevel: oneOf('LOG_LEVEL', get('LOG_LEVEL'), ['fatal', 'error', 'warn', 'info', 'debug', 'silent']),
      rateLimitPerMinute: number('RATE_LIMIT_PER_MINUTE', 1, 1_000_000),
      trustProxy: each('TRUST_PROXY', isProxy, proxyForm),
      callbacksPerMinute: number('CALLBACKS_PER_MINUTE', 1, 10_000_000)
    },
    store: {
      folder: get('DATA_DIR') ?? 'data',
      ...optional('databaseUrl', databaseUrl(get('DATABASE_URL'))),
      ...optional('key', encryptionKey(get('ENCRYPTION_KEY'))),
      timelineDays: number('TIMELINE_DAYS', 1, 36_500),
      callbackDays: number('CALLBACK_DAYS', 1, 36_500),
      subscriptionsMax: number('SUBSCRIPTIONS_MAX', 1, 100_000)
    },
    sync: {
      by: oneOf('SYNC_BY', get('SYNC_BY'), ['service', 'flow']),
      workers: number('SYNC_WORKERS', 0, 64),
      leaseMs: number('SYNC_LEASE_SECONDS', 1, 3600) * 1000,
      drainMs: number('SYNC_DRAIN_SECONDS', 0, 3600) * 1000,
      attempts: number('SYNC_ATTEMPTS', 1, 100),
      conflict: oneOf('SYNC_CONFLICT', get('SYNC_CONFLICT'), ['partner-center', 'crm']),
      recreateDeleted: oneOf('SYNC_RECREATE_DELETED', get('SYNC_RECREATE_DELETED'), ['yes', 'no']) === 'yes',
      reconcileMs: number('RECONCILE_MINUTES', 0, 10_080) * 60_000,
      registrationMs: number('REGISTRATION_MINUTES', 0, 10_080) * 60_000
    },
    subscribers: { hosts: each('SUBSCRIBER_HOSTS', isHostEntry, hostEntryForm).map(host => host.toLowerCase()) },
    entra: { authority: url('ENTRA_AUTHORITY') ?? '', ...optional('endpoint', url('ENTRA_ENDPOINT')) },
    ...optional('partnerCenter', partnerCenter()),
    ...optional('dataverse', dataverse()),
    callback: {
      hosts: list('CALLBACK_CERTIFICATE_HOSTS'),
      signerNames: list('CALLBACK_SIGNER_NAMES'),
      organization: get('CALLBACK_ORGANIZATION') ?? '',
      issuerOrganization: get('CALLBACK_ISSUER_ORGANIZATION') ?? '',
      issuerHosts: list('CALLBACK_ISSUER_HOSTS'),
      ...optional('roots', get('CALLBACK_ROOTS') === undefined ? undefined : pems('CALLBACK_ROOTS')),
      intermediates: pems('CALLBACK_INTERMEDIATES'),
      connectTo: connectTo(list('CONNECT_TO')),
      tlsRoots: pems('TLS_ROOTS')
    },
    mapping: { referralLink: get('REFERRAL_LINK') ?? '' },
    callers: { ...callerTokens(), ...optional('role', get('API_ROLE')) }
  }

  /** Half of it would be ignored, and every token refused. */
  function callerTokens(): { tenantIds: string[]; audiences: string[] } {
    const [tenants, audiences] = [list('API_TENANT_ID'), list('API_AUDIENCE')]
    if (tenants.length + audiences.length === 0) return { tenantIds: [], audiences: [] }
    if (tenants.length === 0) invalid('API_TENANT_ID', 'is missing: with API_AUDIENCE it says whose tokens callers may use.')
    if (audiences.length === 0) invalid('API_AUDIENCE', 'is missing: with API_TENANT_ID it says which tokens callers may use.')
    const tenantIds = each('API_TENANT_ID', isGuid, 'must be the ids of tenants (GUIDs), separated by commas.')
    return { tenantIds: tenantIds.map(id => id.toLowerCase()), audiences }
  }

  function partnerCenter(): Config['partnerCenter'] {
    if (get('PARTNER_CENTER_CLIENT_ID') === undefined && get('PARTNER_CENTER_TENANT_ID') === undefined) return undefined
    return {
      url: url('PARTNER_CENTER_URL') ?? '',
      scope: get('PARTNER_CENTER_SCOPE') ?? '',
      webhooksUrl: url('PARTNER_CENTER_WEBHOOKS_URL') ?? '',
      webhooksScope: get('PARTNER_CENTER_WEBHOOKS_SCOPE') ?? '',
      tenantId: need('PARTNER_CENTER_TENANT_ID', 'Partner Center needs the tenant of the partner'),
      clientId: need('PARTNER_CENTER_CLIENT_ID', 'Partner Center needs an application'),
      ...optional('clientSecret', get('PARTNER_CENTER_CLIENT_SECRET')),
      ...optional('refreshToken', get('PARTNER_CENTER_REFRESH_TOKEN')),
      ...optional('username', get('PARTNER_CENTER_USERNAME')),
      ...optional('password', get('PARTNER_CENTER_PASSWORD'))
    }
  }

  function dataverse(): Config['dataverse'] {
    const address = url('DATAVERSE_URL')
    if (address === undefined) return undefined
    const certificate = get('DATAVERSE_CLIENT_CERTIFICATE')
    return {
      url: address.endsWith('/') ? address : `${address}/`,
      scope: `${address.replace(/\/+$/, '')}/.default`,
      referralColumn: matching('DATAVERSE_REFERRAL_COLUMN', get('DATAVERSE_REFERRAL_COLUMN'), /^[a-z][a-z0-9]{1,7}_[a-z0-9_]{1,40}$/),
      ...optional('solution', get('DATAVERSE_SOLUTION')),
      ...optional('tenantId', get('DATAVERSE_TENANT_ID')),
      ...optional('clientId', get('DATAVERSE_CLIENT_ID')),
      ...optional('clientSecret', get('DATAVERSE_CLIENT_SECRET')),
      ...optional('certificatePem', certificate === undefined ? undefined : readText('DATAVERSE_CLIENT_CERTIFICATE', certificate)),
      ...optional('managedIdentity', get('DATAVERSE_MANAGED_IDENTITY'))
    }
  }
}

function invalid(name: SettingName, what: string): never {
  throw new Failure('CONFIG_INVALID', `The setting ${name} ${what}`)
}

function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: V }
}

function wholeNumber(name: SettingName, text: string | undefined, { min, max }: { min: number; max: number }): number {
  const value = Number(text)
  return /^\d+$/.test(text ?? '') && value >= min && value <= max ? value : invalid(name, `must be a whole number from ${min} to ${max}.`)
}

function oneOf<const T extends string>(name: SettingName, text: string | undefined, choices: readonly T[]): T {
  return choices.find(choice => choice === text) ?? invalid(name, `must be one of ${choices.join(', ')}.`)
}

/** Its password is nobody's business: never in a message. */
function databaseUrl(text: string | undefined): string | undefined {
  if (text === undefined || (URL.canParse(text) && /^postgres(ql)?:$/.test(new URL(text).protocol))) return text
  return invalid('DATABASE_URL', 'must have the form postgres://user:password@host:5432/database.')
}

function matching(name: SettingName, text: string | undefined, form: RegExp): string {
  return text !== undefined && form.test(text)
    ? text
    : invalid(name, 'must be a logical name with a publisher prefix, for example new_referralid.')
}

const proxyForm =
  'must be addresses or networks separated by commas, for example 10.0.0.5,192.168.0.0/16,fd00::/8, or loopback, linklocal or uniquelocal.'

/** What the framework takes; it would end the start with an error of its own. */
function isProxy(item: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(item)) return true
  const [, address = '', bits] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(item) ?? []
  const most = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0
  return bits === undefined ? most > 0 : Number(bits) >= 1 && Number(bits) <= most
}

/** A token names its tenant by the id, never by a domain; and «common» would be everybody's. */
const isGuid = (item: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(item)

const hostEntryForm =
  'must be host names without https:// or a path, separated by commas, for example *.logic.azure.com or hooks.example:8443; an address needs its port.'

const loopback = new Set(['127.0.0.1', 'localhost', '[::1]'])

/** Tokens and customer data travel over these addresses: https, or plain http to this very machine. */
function checkedUrl(name: SettingName, text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  if (!URL.canParse(text)) invalid(name, 'is not a URL.')
  const url = new URL(text)
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    invalid(name, 'must have neither user, query nor fragment.')
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback.has(url.hostname)))
    invalid(name, 'must start with https:// (http:// only for this machine).')
  return text
}

function encryptionKey(text: string | undefined): Buffer | undefined {
  if (text === undefined) return undefined
  const key = Buffer.from(text, 'base64')
  return key.length === 32 ? key : invalid('ENCRYPTION_KEY', 'must be 32 bytes as base64. Make one with: openssl rand -base64 32')
}

function connectTo(entries: string[]): Record<string, string> {
  return Object.fromEntries(
    entries.map(entry => {
      const parts = /^([a-z0-9.-]+)=([^=]+:\d{1,5})$/i.exec(entry) ?? invalid('CONNECT_TO', 'must have the form host=address:port.')
      return [parts[1]?.toLowerCase(), parts[2]]
    })
  )
}

function splitList(text: string | undefined): string[] {
  return (text ?? '').split(',').flatMap(item => item.trim() || [])
}

function splitPem(name: SettingName, text: string | undefined): string[] {
  if (text === undefined) return []
  const pem = text.includes('-----BEGIN') ? text : readText(name, text)
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)
  return blocks ?? invalid(name, 'holds no PEM certificate.')
}

function readText(name: SettingName, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new Failure('CONFIG_INVALID', `The file that the setting ${name} names cannot be read.`, { cause })
  }
}
