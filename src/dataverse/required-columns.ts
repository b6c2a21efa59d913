import type { Lead } from '../schemas/lead.ts'
import { type Columns, cutText, textColumns } from './columns.ts'

/**
 * What a new lead gets for a topic and a last name that the caller has not given. Dataverse requires both («ApplicationRequired» in the lead
 * table's reference), and a list of leads without them cannot be told apart. Never for an update: the lead has better ones by then.
 */
export function requiredColumns(lead: Lead, referralId: string): { columns: Columns; notices: string[] } {
  const columns: Columns = {}
  const notices: string[] = []
  const company = lead.companyName?.trim()
  if (!lead.subject?.trim()) {
    columns.subject = cutText(company || `Referral ${referralId}`, textColumns.subject.maxLength)
    notices.push(`The lead was given no topic: ${company ? "the company's name" : "the referral's id"} was used.`)
  }
  if (!lead.lastName?.trim()) {
    columns.lastname = cutText(company || 'Unknown', textColumns.lastName.maxLength)
    notices.push(`The lead was given no last name: ${company ? "the company's name" : '«Unknown»'} was used.`)
  }
  return { columns, notices }
}
