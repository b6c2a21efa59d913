import { type Static, Type } from 'typebox'

const important = { 'x-ms-visibility': 'important' }

/**
 * The event of a callback. The names are ours; the wire has PascalCase, may leave anything but the name out, and may add fields.
 * Source: learn.microsoft.com/partner-center/developer/partner-center-webhook-events.
 */
export const ReferralEvent = Type.Object(
  {
    name: Type.String({ title: 'Event Name', description: 'What happened, for example referral-created.' }),
    resourceName: Type.Optional(Type.String({ title: 'Resource Name', description: 'The kind of resource, for example referral.' })),
    resourceUri: Type.Optional(
      Type.String({ title: 'Resource URI', description: 'The resource as Partner Center names it. This service never calls it.' })
    ),
    auditUri: Type.Optional(Type.String({ title: 'Audit URI', description: 'The audit record, if there is one.' })),
    changedAt: Type.Optional(Type.String({ title: 'Changed At', description: 'When it happened, as Partner Center wrote it.' })),
    referralId: Type.Optional(
      Type.String({ title: 'Referral ID', description: 'The referral the event is about, absent for other events.' })
    )
  },
  { $id: 'ReferralEvent' }
)
export type ReferralEvent = Static<typeof ReferralEvent>

/** The typed form of ValidateCallback, as a flow sends it. */
export const ValidateCallbackRequest = Type.Object(
  {
    content: Type.String({
      title: 'Content',
      description: 'The body of the callback, unchanged, as text or as base64.',
      minLength: 1,
      maxLength: 100_000,
      ...important
    }),
    contentEncoding: Type.Optional(
      Type.Enum(['text', 'base64'], {
        title: 'Content Encoding',
        description: 'How Content is given. Text when left out.',
        default: 'text'
      })
    ),
    signature: Type.String({
      title: 'Signature',
      description: 'The x-ms-signature header (or Authorization header) of the callback, with or without the word Signature.',
      minLength: 1,
      maxLength: 2048,
      ...important
    }),
    certificateUrl: Type.String({
      title: 'Certificate URL',
      description: 'The x-ms-certificate-url header of the callback.',
      minLength: 1,
      maxLength: 2048,
      ...important
    }),
    signatureAlgorithm: Type.String({
      title: 'Signature Algorithm',
      description: 'The x-ms-signature-algorithm header of the callback.',
      minLength: 1,
      maxLength: 100,
      ...important
    })
  },
  { additionalProperties: false }
)
export type ValidateCallbackRequest = Static<typeof ValidateCallbackRequest>

/** Which bytes the signature was found to cover; see `callback/serialisations.ts`. */
export const matchedForms = ['as-sent', 'compact', 'compact-unescaped', 'compact-dotnet'] as const

/** What was proven of a callback. */
export const ValidatedCallback = Type.Object(
  {
    valid: Type.Literal(true, { title: 'Is Valid', description: 'Always true: a callback that is not valid is answered with an error.' }),
    eventName: Type.String({ title: 'Event Name', description: 'What happened, for example referral-created.' }),
    referralId: Type.Optional(
      Type.String({ title: 'Referral ID', description: 'The referral the event is about, absent for other events.' })
    ),
    event: Type.Ref('ReferralEvent'),
    signer: Type.Object(
      {
        subject: Type.String({ title: 'Signer Subject', description: 'The subject of the signing certificate.' }),
        issuer: Type.String({ title: 'Signer Issuer', description: 'The issuer of the signing certificate.' }),
        thumbprint: Type.String({ title: 'Signer Thumbprint', description: 'The SHA-256 fingerprint of the signing certificate, in hex.' }),
        notAfter: Type.String({ title: 'Signer Valid Until', description: 'When the signing certificate ends.' })
      },
      { description: 'Who signed.' }
    ),
    matched: Type.Enum([...matchedForms], {
      title: 'Matched Form',
      description: 'Which bytes the signature covers: as-sent, or a written canonical form of the JSON that was sent.'
    })
  },
  { $id: 'ValidatedCallback' }
)
export type ValidatedCallback = Static<typeof ValidatedCallback>

/** Whether the event is about the other party's referral in a deal. Partner Center writes names in differing case. */
export const isRelatedEvent = (name: string): boolean => /^related-/i.test(name)
