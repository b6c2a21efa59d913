import type { Sandbox } from '../../sandbox/start-sandbox.ts'

/** What the service asked of the outside systems, as they counted it themselves. */
export interface Counts {
  tokenRequests: number
  referralReads: number
  referralWrites: number
  crmWrites: number
}

export function countRequests({ requests }: Sandbox): Counts {
  const count = (system: string, method: RegExp, path: RegExp): number =>
    requests.count(request => request.system === system && method.test(request.method) && path.test(request.path))
  return {
    tokenRequests: count('entra', /POST/, /\/token(\?|$)/),
    referralReads: count('partner-center', /GET/, /\/engagements\/referrals/),
    referralWrites: count('partner-center', /PATCH|POST|PUT/, /\/engagements\/referrals/),
    crmWrites: count('dataverse', /PATCH|POST|PUT|DELETE/, /\/leads/)
  }
}

export function difference(after: Counts, before: Counts): Counts {
  return {
    tokenRequests: after.tokenRequests - before.tokenRequests,
    referralReads: after.referralReads - before.referralReads,
    referralWrites: after.referralWrites - before.referralWrites,
    crmWrites: after.crmWrites - before.crmWrites
  }
}

export function countsInWords(counts: Counts): string {
  const { tokenRequests, referralReads, referralWrites, crmWrites } = counts
  return `token requests ${tokenRequests} · referral reads ${referralReads} · referral writes ${referralWrites} · CRM writes ${crmWrites}`
}
