import { checkCertificateUrl } from '../../../src/callback/certificate-url.ts'
import { readBase64 } from '../../../src/callback/read-base64.ts'
import { readEvent } from '../../../src/callback/read-event.ts'
import { readHeaders } from '../../../src/callback/read-headers.ts'
import { serialisations } from '../../../src/callback/serialisations.ts'
import { certificateHosts, certificateUrl, eventBody } from '../../../test/fixtures/signed-callback.ts'
import type { FuzzTarget } from './fuzz-loop.ts'
import { refusalPlace } from './refusal-place.ts'

/** The readers of a callback: headers, URL, base64, the forms of the body, the event. The input is a request as it stands on the wire. */
export function callbackTarget(): FuzzTarget {
  const signature = Buffer.alloc(256, 7).toString('base64')
  const headers = [`x-ms-certificate-url: ${certificateUrl}`, 'x-ms-signature-algorithm: rsa-sha256']
  const request = (lines: string[], body: Buffer | string) => Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`, 'latin1')
  return {
    seeds: [
      request([...headers, `authorization: Signature ${signature}`], eventBody),
      request([...headers, `x-ms-signature: ${signature}`], JSON.stringify(JSON.parse(String(eventBody)), null, 2))
    ],
    tokens: [
      ...[
        'authorization: ',
        'x-ms-signature: ',
        'x-ms-certificate-url: ',
        'Signature ',
        'rsa-sha256',
        '\r\n',
        '\r\n\r\n',
        certificateUrl,
        signature
      ],
      ...['https://', '/cert/', '.cer', '@', ':443', '?', '#', '%2e', '\\', ',', '==', '\u00ef\u00bb\u00bf'],
      ...['"EventName":', '"ResourceName":"referral"', '"AuditUrl":', 'null', '\\u2028', '\\ud800', '[[', '{"', '"}', '1e999']
    ].map(token => Buffer.from(token, 'latin1')),
    isDer: false,
    run(input) {
      const text = input.toString('latin1')
      const end = text.indexOf('\r\n\r\n')
      const head = end < 0 ? text : text.slice(0, end)
      const body = end < 0 ? input.subarray(0, 0) : input.subarray(end + 4)
      const sent: Record<string, string[]> = {}
      for (const line of head.split('\r\n')) {
        const [name = '', ...value] = line.split(': ')
        sent[name] = [...(Object.hasOwn(sent, name) ? (sent[name] ?? []) : []), value.join(': ')]
      }
      const values = Object.values(sent).flat()
      for (const value of values) {
        const bytes = readBase64(value)
        if (bytes !== undefined && bytes.toString('base64') !== value) throw new Error('Base64 is read that is not canonical.')
      }
      checkForms(body)
      return [
        refusalPlace(() => readHeaders(sent)),
        ...values.map(value => refusalPlace(() => checkUrl(value))),
        refusalPlace(() => readEvent(body))
      ]
    }
  }
}

function checkUrl(text: string): void {
  checkCertificateUrl(text, certificateHosts)
  const { origin, pathname, href } = new URL(text)
  if (!certificateHosts.some(host => origin === `https://${host}`) || href !== `${origin}${pathname}`)
    throw new Error('A foreign URL is accepted.')
}

function checkForms(body: Buffer): void {
  const [asSent, ...others] = serialisations(body)
  if (asSent?.bytes !== body) throw new Error('The first form is not what was sent.')
  const meaning = others.length > 0 ? JSON.stringify(JSON.parse(new TextDecoder().decode(body))) : ''
  for (const { bytes } of others)
    if (JSON.stringify(JSON.parse(Buffer.from(bytes).toString())) !== meaning) throw new Error('A form means something else.')
}
