/** A connector that flows use: under which key, and as which API. */
export interface Connection {
  /** The key of the connection reference in a flow. */
  key: string
  displayName: string
  /** The last part of the API's id. */
  apiName: string
  /** A connector that is made in the environment is only referred to, and whoever imports chooses it. */
  isCustom: boolean
}

/**
 * Our own connector. In an environment its API's name ends in a hash that cannot be known before; the import asks for the connector and puts
 * the real one in place of this name.
 */
export const serviceConnection: Connection = {
  key: 'shared_rc-5fpartnercenterreferralssync',
  displayName: 'Partner Center Referrals Sync',
  apiName: 'shared_rc-5fpartnercenterreferralssync',
  isCustom: true
}

export const dataverseConnection: Connection = {
  key: 'shared_commondataserviceforapps',
  displayName: 'Microsoft Dataverse',
  apiName: 'shared_commondataserviceforapps',
  isCustom: false
}

export function apiId({ apiName }: Connection): string {
  return `/providers/Microsoft.PowerApps/apis/${apiName}`
}
