/** The typed form of the validation carries the certificate URL in JSON, which can hold what no header can. */
import type { Test } from 'tap'
import type { FailureCode } from '../../../../src/failure.ts'
import { certificateUrl } from '../../../fixtures/signed-callback.ts'
import type { Story } from '../../hostile-case.ts'
import { storeHost } from '../../hostile-pki.ts'
import { hostileStage, type SignedRequest } from '../../stage.ts'

const store = `https://${storeHost}`
const file = '/cert/pcnotifications-dispatch.microsoft.com.cer'

const textsForTheTypedForm: [url: string, status: number, code: FailureCode][] = [
  [`${store}/cert/a\nb.cer`, 400, 'CALLBACK_HEADER_MALFORMED'],
  [`${store}/cert/a\r\nHost: evil.test\r\n\r\nb.cer`, 400, 'CALLBACK_HEADER_MALFORMED'],
  [`\n${store}${file}`, 400, 'CALLBACK_HEADER_MALFORMED'],
  [`${store}${file}\u0000.evil.test`, 400, 'CALLBACK_HEADER_MALFORMED'],
  [`https://3psostorageacct。blob。core。windows。net${file}`, 400, 'CALLBACK_HEADER_MALFORMED'],
  [`https://3p\u017fostorageacct.blob.core.windows.net${file}`, 400, 'CALLBACK_HEADER_MALFORMED'],
  [`https://3pso\u00adstorageacct.blob.core.windows.net${file}`, 400, 'CALLBACK_HEADER_MALFORMED'],
  [`https://3psо​storageacct.blob.core.windows.net${file}`, 400, 'CALLBACK_HEADER_MALFORMED'],
  [`https://attacker.blob.core.windows.net${file}`, 401, 'CERTIFICATE_URL_FOREIGN'],
  [`http://${storeHost}${file}`, 401, 'CERTIFICATE_URL_FOREIGN'],
  ['https://[', 400, 'CERTIFICATE_URL_MALFORMED']
]

async function refusesTyped(t: Test): Promise<void> {
  const stage = await hostileStage(t)
  const { key } = await stage.service().store.apiKeys.create('a flow')
  async function validate({ headers, body }: SignedRequest, url: string) {
    const signature = headers.find(([name]) => name === 'Authorization')?.[1]
    const answer = await fetch(`${stage.url()}/v1/validate-callback`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': key },
      body: JSON.stringify({ content: body.toString(), signature, certificateUrl: url, signatureAlgorithm: 'rsa-sha256' })
    })
    return { status: answer.status, code: ((await answer.json()) as { code?: string }).code }
  }
  for (const [url, status, code] of textsForTheTypedForm) t.same(await validate(stage.valid(), url), { status, code }, JSON.stringify(url))
  t.equal(stage.files.connections() + stage.issuers.connections(), 0, 'nobody was connected to')
  t.equal((await validate(stage.valid(), certificateUrl)).status, 200, 'the form itself is right')
}

export const typedStories: Story[] = [{ what: 'is refused by the same rules', story: refusesTyped }]
