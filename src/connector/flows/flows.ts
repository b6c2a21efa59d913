import { callbackToLead } from './callback-to-lead.ts'
import { callbackToLeadBuiltIn } from './callback-to-lead-built-in.ts'
import type { Flow, FlowOptions } from './flow.ts'
import { leadToReferral } from './lead-to-referral.ts'
import { referralToDataverse } from './referral-to-dataverse.ts'
import { referralToLead } from './referral-to-lead.ts'

/** What stands in a package until somebody says otherwise; the referral column is the default of DATAVERSE_REFERRAL_COLUMN. */
export const defaultFlowOptions: FlowOptions = { referralColumn: 'new_referralid', serviceUrl: '<<SERVICE_URL>>' }

/** The flows that are packaged one by one. */
export function flows(options: FlowOptions = defaultFlowOptions): Flow[] {
  return [...solutionFlows(options), callbackToLeadBuiltIn(options)]
}

/** The flows of the solution: those with connections. */
export function solutionFlows(options: FlowOptions): Flow[] {
  return [referralToLead(options), referralToDataverse(options), callbackToLead(), leadToReferral(options)]
}
