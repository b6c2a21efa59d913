import type { LeadWrite, Link } from '../ports.ts'
import { type CustomColumns, Lead } from '../schemas/lead.ts'

/** The named fields and custom columns of a write. */
export function pick({ lead, customColumns = {} }: LeadWrite, names: readonly string[]): LeadWrite {
  const keep = <T extends object>(values: T): T => Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name))) as T
  return leadWrite(keep(lead), keep(customColumns))
}

/** What a record that is made anew needs: every field that was ever written, the present ones on top, and those that callers gave above all. */
export function complete({ written, given }: Pick<Link, 'written' | 'given'>, wanted: LeadWrite): LeadWrite {
  const isField = ([name]: [string, unknown]): boolean => Object.hasOwn(Lead.properties, name)
  const old = Object.entries({ ...written, ...wanted.lead, ...given })
  return leadWrite(Object.fromEntries(old.filter(isField)) as Lead, {
    ...(Object.fromEntries(old.filter(entry => !isField(entry))) as CustomColumns),
    ...wanted.customColumns
  })
}

export function omit(fields: object, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)))
}

function leadWrite(lead: Lead, customColumns: CustomColumns): LeadWrite {
  return { lead, ...(Object.keys(customColumns).length > 0 && { customColumns }) }
}
