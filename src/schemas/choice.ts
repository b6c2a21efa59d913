import { type Static, Type } from 'typebox'

/** The lists that somebody who builds a flow may choose from. */
export const choiceLists = [
  'events',
  'statuses',
  'substatuses',
  'sales-stages',
  'solution-areas',
  'products',
  'industries',
  'services'
] as const
export type ChoiceList = (typeof choiceLists)[number]

/** One of several values: what is sent, and what people read. */
export const Choice = Type.Object({
  value: Type.String({ title: 'Value', description: 'What is sent.' }),
  name: Type.String({ title: 'Name', description: 'What people read.' })
})
export type Choice = Static<typeof Choice>

/** The answer of ListChoices. */
export const Choices = Type.Object(
  { value: Type.Array(Choice, { title: 'Choices', description: 'The values to choose from.' }) },
  { $id: 'Choices' }
)
export type Choices = Static<typeof Choices>
