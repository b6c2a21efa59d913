import { type Static, Type } from 'typebox'

/** The answer of TestConnection. */
export const Connection = Type.Object(
  {
    ok: Type.Literal(true, { title: 'Is OK', description: 'Always true: a connection that does not work is answered with an error.' }),
    caller: Type.String({ title: 'Caller', description: 'Who the service takes the caller for.' }),
    version: Type.String({ title: 'Version', description: 'The version of the service.' })
  },
  { $id: 'Connection' }
)
export type Connection = Static<typeof Connection>
