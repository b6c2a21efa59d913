import type { FailureRow } from './failure-row.ts'

/** What can be wrong with a callback and its certificate. */
export const callbackFailures = {
  // The callback's own form
  CALLBACK_HEADER_MISSING: {
    status: 400,
    retry: 'never',
    advice:
      'Send the signature (Authorization or x-ms-signature), x-ms-certificate-url and x-ms-signature-algorithm headers exactly as Partner Center sent them.'
  },
  CALLBACK_HEADER_MALFORMED: { status: 400, retry: 'never', advice: 'Send each signature header once, in printable ASCII, unchanged.' },
  CALLBACK_SIGNATURES_CONTRADICT: {
    status: 400,
    retry: 'never',
    advice: 'Authorization and x-ms-signature carry different signatures. Forward only the one that Partner Center sent.'
  },
  CALLBACK_ALGORITHM_UNSUPPORTED: {
    status: 400,
    retry: 'never',
    advice: 'Only rsa-sha256 is accepted; it is the only algorithm that Partner Center documents.'
  },
  CALLBACK_SIGNATURE_MALFORMED: {
    status: 400,
    retry: 'never',
    advice: 'The signature must be standard base64 of as many bytes as the signing key is long.'
  },
  CALLBACK_BODY_MISSING: {
    status: 400,
    retry: 'never',
    advice: "The signature covers the body: send the callback's body unchanged. A flow that forwards only the headers cannot be validated."
  },
  CALLBACK_EVENT_MALFORMED: {
    status: 400,
    retry: 'never',
    advice: 'The body is signed but is not a Partner Center event (a JSON object with an EventName).'
  },
  CALLBACK_SIGNATURE_MISMATCH: {
    status: 401,
    retry: 'never',
    advice:
      "The body is not what was signed. Forward the callback's body unchanged, as text or base64; if you did, treat the request as forged."
  },
  // The signing certificate
  CERTIFICATE_URL_MALFORMED: { status: 400, retry: 'never', advice: 'x-ms-certificate-url must be a plain https URL.' },
  CERTIFICATE_URL_FOREIGN: {
    status: 401,
    retry: 'never',
    advice:
      "The certificate URL does not point into Partner Center's certificate store. If Microsoft has moved the store, add its exact host to CALLBACK_CERTIFICATE_HOSTS."
  },
  CERTIFICATE_UNREACHABLE: {
    status: 503,
    retry: 'later',
    advice:
      'The certificate store did not answer in time or answered with an error. Partner Center tries again; check outgoing access to the store if it lasts.'
  },
  CERTIFICATE_UNREADABLE: {
    status: 503,
    retry: 'later',
    advice: 'The certificate store answered with something that is not one certificate. Check for a proxy that replaces answers.'
  },
  CERTIFICATE_MALFORMED: {
    status: 401,
    retry: 'never',
    advice: 'The certificate breaks a rule of X.509 that every public certificate keeps. Treat the request as forged.'
  },
  CERTIFICATE_EXPIRED: {
    status: 401,
    retry: 'never',
    advice: "The signing certificate is past its end date. Check this machine's clock first."
  },
  CERTIFICATE_NOT_YET_VALID: {
    status: 401,
    retry: 'never',
    advice: "The signing certificate's start date lies ahead. Check this machine's clock first."
  },
  CERTIFICATE_KEY_REFUSED: {
    status: 401,
    retry: 'never',
    advice: 'The signing key must be RSA of 2048 to 4096 bits with an ordinary exponent.'
  },
  CERTIFICATE_PURPOSE_REFUSED: { status: 401, retry: 'never', advice: 'The certificate is not an end-entity certificate for TLS servers.' },
  CERTIFICATE_ORGANIZATION_REFUSED: {
    status: 401,
    retry: 'never',
    advice: "The certificate or its issuer is not Microsoft's. See CALLBACK_ORGANIZATION and CALLBACK_ISSUER_ORGANIZATION."
  },
  CERTIFICATE_NAME_REFUSED: {
    status: 401,
    retry: 'never',
    advice:
      "The certificate does not name Partner Center's notification service. If Microsoft has renamed it, add the name to CALLBACK_SIGNER_NAMES."
  },
  CERTIFICATE_CHAIN_UNTRUSTED: {
    status: 401,
    retry: 'never',
    advice:
      'No path leads from the certificate to a pinned root. If Microsoft has changed its certificate authority, add the root to CALLBACK_ROOTS.'
  },
  CERTIFICATE_CHAIN_REFUSED: {
    status: 401,
    retry: 'never',
    advice:
      'A path to a pinned root exists, but it breaks a rule of RFC 5280. When an authority is past its end date, look for its successor with «trust check», and at this clock. Otherwise treat the request as forged.'
  },
  CERTIFICATE_ISSUER_UNREACHABLE: {
    status: 503,
    retry: 'later',
    advice: 'An intermediate certificate could not be fetched. Check outgoing http access to the hosts in CALLBACK_ISSUER_HOSTS.'
  }
} as const satisfies Record<string, FailureRow>
