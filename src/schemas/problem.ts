import { type Static, Type } from 'typebox'

/** The one form of every error over HTTP: problem details (RFC 9457) with our failure code and advice. `message` repeats `detail` for the flow designer. */
export const Problem = Type.Object(
  {
    type: Type.String({ description: 'A URI that names the kind of problem.' }),
    title: Type.String({ description: 'The kind of problem in a few words.' }),
    status: Type.Integer({ description: 'The HTTP status.' }),
    detail: Type.String({ description: 'What happened.' }),
    code: Type.String({ description: 'The failure code, stable for programs.' }),
    advice: Type.String({ description: 'What to do.' }),
    message: Type.String({ description: 'The detail and the code, for tools that look only here.' }),
    error: Type.Object(
      { code: Type.String({ description: 'The failure code again.' }), message: Type.String({ description: 'The detail again.' }) },
      { description: 'Code and detail once more, in the form that Microsoft services answer.' }
    ),
    requestId: Type.String({ description: 'The id of the request, to be found in the log.' }),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          pointer: Type.String({ description: 'Where, as a JSON pointer.' }),
          detail: Type.String({ description: 'What is wrong there.' })
        })
      )
    )
  },
  { $id: 'Problem' }
)
export type Problem = Static<typeof Problem>
