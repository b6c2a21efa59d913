/**
 * The only reader of the environment. `settings` is the one list of what can be set: it is read, checked, shown by `doctor`,
 * and printed as the README's table.
 */
import { existsSync, readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { Failure } from './failure.ts'

interface Setting {
  readonly group: 'Service' | 'Partner Center' | 'Entra ID' | 'Dataverse' | 'Callbacks' | 'Callers'
  readonly text: string
  readonly default?: string
  readonly secret?: true
}

export const settings = {
  HOST: { group: 'Service', text: 'Address to listen on. Use 0.0.0.0 in a container, behind a TLS proxy.', default: '127.0.0.1' },
  PORT: { group: 'Service', text: 'Port to listen on.', default: '3000' },
  PUBLIC_URL: { group: 'Service', text: 'The https address under which callers reach the service; named in its OpenAPI document.' },
  LOG_LEVEL: { group: 'Service', text: 'fatal, error, warn, info, debug or silent.', default: 'info' },
  DATA_DIR: { group: 'Service', text: 'Folder of the embedded store.', default: 'data' },
  ENCRYPTION_KEY: {
    group: 'Service',
    text: 'Seals what is stored: 32 bytes as base64. Make one with `openssl rand -base64 32`.',
    secret: true
  },
  RATE_LIMIT_PER_MINUTE: { group: 'Service', text: 'Requests a caller may make in a minute.', default: '600' },
  TRUST_PROXY: { group: 'Service', text: 'Addresses of proxies whose X-Forwarded-For is believed, separated by commas.' },

  PARTNER_CENTER_URL: {
    group: 'Partner Center',
    text: 'Address of the referrals.',
    default: 'https://api.partner.microsoft.com/v1.0/engagements/referrals'
  },
  PARTNER_CENTER_SCOPE: {
    group: 'Partner Center',
    text: 'Scope of the access token.',
    default: 'https://api.partner.microsoft.com/.default'
  },
  REFERRAL_LINK: {
    group: 'Partner Center',
    text: 'Where a person opens referrals, for the description of the lead; `{referralId}` stands for the id.',
    default: 'https://partner.microsoft.com/dashboard/referrals/v2/leads'
  },
  PARTNER_CENTER_TENANT_ID: { group: 'Partner Center', text: 'Tenant of the partner.' },
  PARTNER_CENTER_CLIENT_ID: { group: 'Partner Center', text: 'Application that the user has consented to.' },
  PARTNER_CENTER_CLIENT_SECRET: { group: 'Partner Center', text: 'Secret of the application.', secret: true },
  PARTNER_CENTER_REFRESH_TOKEN: {
    group: 'Partner Center',
    text: 'First refresh token of the Secure Application Model, from a sign-in with MFA. Its successors are kept in the store.',
    secret: true
  },
  PARTNER_CENTER_USERNAME: { group: 'Partner Center', text: 'Legacy sign-in of the original sample; does not survive MFA.' },
  PARTNER_CENTER_PASSWORD: { group: 'Partner Center', text: 'Legacy sign-in of the original sample; does not survive MFA.', secret: true },

  ENTRA_AUTHORITY: { group: 'Entra ID', text: 'Authority that issues tokens.', default: 'https://login.microsoftonline.com' },
  ENTRA_ENDPOINT: { group: 'Entra ID', text: 'Where requests to the authority are really sent, for a test authority on this machine.' },

  DATAVERSE_URL: { group: 'Dataverse', text: 'Address of the environment, for example https://contoso.crm.dynamics.com/.' },
  DATAVERSE_TENANT_ID: { group: 'Dataverse', text: 'Tenant of the environment.' },
  DATAVERSE_CLIENT_ID: { group: 'Dataverse', text: 'Application registered as application user.' },
  DATAVERSE_CLIENT_SECRET: { group: 'Dataverse', text: 'Secret of the application.', secret: true },
  DATAVERSE_CLIENT_CERTIFICATE: { group: 'Dataverse', text: 'Instead of a secret: PEM file with private key and certificate.' },
  DATAVERSE_MANAGED_IDENTITY: { group: 'Dataverse', text: 'Instead of both: `system`, or the client id of a user-assigned identity.' },
  DATAVERSE_REFERRAL_COLUMN: {
    group: 'Dataverse',
    text: "Logical name of the lead's column that holds the referral's id; `setup dataverse` creates it.",
    default: 'new_referralid'
  },
  DATAVERSE_SOLUTION: { group: 'Dataverse', text: 'Unique name of the solution that `setup dataverse` adds the column to.' },

  CALLBACK_CERTIFICATE_HOSTS: {
    group: 'Callbacks',
    text: 'Hosts a signing certificate may be downloaded from, exact names separated by commas.',
    default: '3psostorageacct.blob.core.windows.net'
  },
  CALLBACK_SIGNER_NAMES: {
    group: 'Callbacks',
    text: 'Names the signing certificate may carry.',
    default: 'pcnotifications-dispatch.microsoft.com,pcnotifications.microsoft.com'
  },
  CALLBACK_ORGANIZATION: { group: 'Callbacks', text: 'Organization of the signing certificate.', default: 'Microsoft Corporation' },
  CALLBACK_ISSUER_ORGANIZATION: {
    group: 'Callbacks',
    text: "Organization of the certificate's issuer; `*` for any.",
    default: 'Microsoft Corporation'
  },
  CALLBACK_ISSUER_HOSTS: {
    group: 'Callbacks',
    text: 'Hosts missing intermediate certificates may be fetched from.',
    default: 'www.microsoft.com,caissuers.microsoft.com,cacerts.digicert.com'
  },
  CALLBACK_ROOTS: { group: 'Callbacks', text: 'PEM text or file of the roots to trust instead of the shipped ones.' },
  CALLBACK_INTERMEDIATES: { group: 'Callbacks', text: 'PEM text or file of intermediates to start with.' },
  CONNECT_TO: { group: 'Callbacks', text: 'Where to connect for a host, as `host=address:port`, for certificate downloads only.' },
  TLS_ROOTS: { group: 'Callbacks', text: 'PEM text or file of further roots for the TLS of certificate downloads.' },

  API_TENANT_ID: { group: 'Callers', text: 'Tenant whose Entra ID tokens callers may use instead of an API key.' },
  API_AUDIENCE: { group: 'Callers', text: 'Audience of those tokens, the application id URI or client id of this service.' },
  API_ROLE: { group: 'Callers', text: 'Application role a caller needs.', default: 'Referrals.ReadWrite' }
} as const satisfies Record<string, Setting>

export type SettingName = keyof typeof settings
export type Environment = Record<string, string | undefined>

export interface Config {
  http: { host: string; port: number; publicUrl?: string; logLevel: string; rateLimitPerMinute: number; trustProxy: string[] }
  store: { folder: string; key?: Buffer }
  entra: { authority: string; endpoint?: string }
  partnerCenter?: {
    url: string
    scope: string
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
  callers: { tenantId?: string; audience?: string; role: string }
}

/** The environment, completed by the file `.env` of the present folder; what is set in the environment wins. */
export function readEnvironment(file = '.env'): Environment {
  return existsSync(file) ? { ...parseEnv(readFileSync(file, 'utf8')), ...process.env } : process.env
}

/**
 * The settings of `env`, checked and typed. Empty values count as not set.
 * @throws CONFIG_INVALID, its message names the setting and never shows its value
 */
export function readConfig(env: Environment): Config {
  const get = (name: SettingName): string | undefined => env[name]?.trim() || (settings[name] as Setting).default
  const need = (name: SettingName, because: string): string => get(name) ?? invalid(name, `is missing: ${because}.`)
  const list = (name: SettingName): string[] => splitList(get(name))
  const pems = (name: SettingName): string[] => splitPem(name, get(name))
  const url = (name: SettingName): string | undefined => checkedUrl(name, get(name))

  return {
    http: {
      host: get('HOST') ?? '127.0.0.1',
      port: wholeNumber('PORT', get('PORT'), 0, 65_535),
      ...optional('publicUrl', url('PUBLIC_URL')),
      logLevel: oneOf('LOG_LEVEL', get('LOG_LEVEL'), ['fatal', 'error', 'warn', 'info', 'debug', 'silent']),
      rateLimitPerMinute: wholeNumber('RATE_LIMIT_PER_MINUTE', get('RATE_LIMIT_PER_MINUTE'), 1, 1_000_000),
      trustProxy: list('TRUST_PROXY')
    },
    store: { folder: get('DATA_DIR') ?? 'data', ...optional('key', encryptionKey(get('ENCRYPTION_KEY'))) },
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
    callers: {
      ...optional('tenantId', get('API_TENANT_ID')),
      ...optional('audience', get('API_AUDIENCE')),
      role: get('API_ROLE') ?? ''
    }
  }

  function partnerCenter(): Config['partnerCenter'] {
    if (get('PARTNER_CENTER_CLIENT_ID') === undefined && get('PARTNER_CENTER_TENANT_ID') === undefined) return undefined
    return {
      url: url('PARTNER_CENTER_URL') ?? '',
      scope: get('PARTNER_CENTER_SCOPE') ?? '',
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

function wholeNumber(name: SettingName, text: string | undefined, min: number, max: number): number {
  const value = Number(text)
  return /^\d+$/.test(text ?? '') && value >= min && value <= max ? value : invalid(name, `must be a whole number from ${min} to ${max}.`)
}

function oneOf(name: SettingName, text: string | undefined, choices: string[]): string {
  return text !== undefined && choices.includes(text) ? text : invalid(name, `must be one of ${choices.join(', ')}.`)
}

function matching(name: SettingName, text: string | undefined, form: RegExp): string {
  return text !== undefined && form.test(text)
    ? text
    : invalid(name, 'must be a logical name with a publisher prefix, for example new_referralid.')
}

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
