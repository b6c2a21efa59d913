import { type Static, Type } from 'typebox'

/** What a column of the organization's own may hold. */
export type LeadColumnType = 'text' | 'wholeNumber' | 'number' | 'money' | 'yesNo' | 'choice' | 'choices' | 'date' | 'dateTime'

/** A column of the organization's own on the lead, in words that every CRM shares. What is given for it goes into `customColumns`. */
export interface LeadColumn {
  /** The logical name, for example new_region. */
  name: string
  /** What people call it, in the language of the CRM's user. */
  title: string
  description?: string
  type: LeadColumnType
  /** Of a text. */
  maxLength?: number
  /** Of a number or an amount. */
  minimum?: number
  maximum?: number
  /** The values of a choice, in the order that the CRM shows them. */
  options?: { value: number; label: string }[]
}

/** The answer of GetLeadSchema. It comes wrapped: the designer takes a bare one for a list of properties. */
export const LeadSchema = Type.Object(
  {
    schema: Type.Object(
      {},
      { title: 'Schema', description: 'A JSON schema of the custom columns, as Swagger 2.0 has it.', additionalProperties: true }
    )
  },
  { $id: 'LeadSchema' }
)
export type LeadSchema = Static<typeof LeadSchema>
