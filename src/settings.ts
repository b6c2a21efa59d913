/** The one list of what can be set: `config.ts` reads and checks it, `doctor` shows it, and the README's table is made of it. */
export interface Setting {
  readonly group: 'Service' | 'Partner Center' | 'Sync' | 'Subscriptions' | 'Entra ID' | 'Dataverse' | 'Callbacks' | 'Callers'
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
  DATABASE_URL: {
    group: 'Service',
    text: 'PostgreSQL instead of the embedded store, for more than one process: postgres://user:password@host/database.',
    secret: true
  },
  ENCRYPTION_KEY: {
    group: 'Service',
    text: 'Seals what is stored: 32 bytes as base64. Make one with `openssl rand -base64 32`.',
    secret: true
  },
  RATE_LIMIT_PER_MINUTE: { group: 'Service', text: 'Requests a caller may make in a minute; of costly ones only a part.', default: '600' },
  TRUST_PROXY: {
    group: 'Service',
    text: 'Addresses or networks (10.0.0.0/8) of proxies whose X-Forwarded-For is believed, separated by commas.'
  },

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

  PARTNER_CENTER_WEBHOOKS_URL: {
    group: 'Partner Center',
    text: 'Address of the registration for webhooks.',
    default: 'https://api.partnercenter.microsoft.com/webhooks/v1/registration'
  },
  PARTNER_CENTER_WEBHOOKS_SCOPE: {
    group: 'Partner Center',
    text: 'Scope of the access token for it.',
    default: 'https://api.partnercenter.microsoft.com/.default'
  },

  SYNC_BY: {
    group: 'Sync',
    text: 'Who brings referrals into the CRM: `service`, or `flow` when flows do it; subscriptions are told of events either way.',
    default: 'service'
  },
  SYNC_WORKERS: {
    group: 'Sync',
    text: 'Referrals that this process works on at the same time; 0 for a process that only receives.',
    default: '4'
  },
  SYNC_LEASE_SECONDS: {
    group: 'Sync',
    text: 'How long the work of a process that died waits until another takes it over; a running process keeps what it has.',
    default: '15'
  },
  SYNC_DRAIN_SECONDS: { group: 'Sync', text: 'How long a process that is told to stop goes on with the work at hand.', default: '20' },
  SYNC_ATTEMPTS: { group: 'Sync', text: 'Failed attempts after which a job is set aside for a person.', default: '10' },
  SYNC_CONFLICT: {
    group: 'Sync',
    text: 'Which side wins when the same field was changed in both: `partner-center` or `crm`.',
    default: 'partner-center'
  },
  SYNC_RECREATE_DELETED: { group: 'Sync', text: 'Whether a lead that was deleted in the CRM is made again: `yes` or `no`.', default: 'no' },
  RECONCILE_MINUTES: { group: 'Sync', text: 'Minutes between two reconciliations; 0 for none but on demand.', default: '15' },
  REGISTRATION_MINUTES: {
    group: 'Sync',
    text: 'Minutes between two looks at the registration for webhooks, once it is ours; 0 for none.',
    default: '15'
  },
  TIMELINE_DAYS: { group: 'Sync', text: 'Days that timelines are kept.', default: '90' },
  CALLBACK_DAYS: {
    group: 'Sync',
    text: 'Days that a callback is remembered, so that it has no second effect; older ones are taken for replays.',
    default: '30'
  },

  SUBSCRIBER_HOSTS: {
    group: 'Subscriptions',
    text: 'Hosts that events are sent to, separated by commas; `*.` stands for any name below. An address of this machine has to be named with its port.',
    default: '*.logic.azure.com,*.api.powerplatform.com'
  },
  SUBSCRIPTIONS_MAX: { group: 'Subscriptions', text: 'Subscriptions at the most.', default: '500' },

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

  CALLBACKS_PER_MINUTE: {
    group: 'Callbacks',
    text: 'Callbacks that one address may send to the receiver in a minute.',
    default: '6000'
  },

  API_TENANT_ID: {
    group: 'Callers',
    text: 'Tenants whose Entra ID tokens callers may use instead of an API key, as ids separated by commas; needs API_AUDIENCE.'
  },
  API_AUDIENCE: {
    group: 'Callers',
    text: 'Audiences of those tokens, separated by commas: the application id URI or client id of this service.'
  },
  API_ROLE: {
    group: 'Callers',
    text: 'A role or scope of your own that allows everything. Referrals.Read, Referrals.ReadWrite and Referrals.Admin allow what API keys with read, write and admin may do.'
  }
} as const satisfies Record<string, Setting>

export type SettingName = keyof typeof settings
