import { checkCertificateUrl } from '../../callback/certificate-url.ts'
import { failureFrom } from '../../failure.ts'
import { readCertificateFile } from '../certificate-files.ts'
import { certificateFacts, certificateTable, day } from '../certificate-text.ts'
import { type Command, UsageError } from '../command.ts'
import { endedAuthorities, pathWarnings } from '../path-warnings.ts'
import { type TrustDesk, withTrustDesk } from '../trust-desk.ts'

export const trustCheck: Command = {
  name: 'trust check',
  summary: 'Show the path of a signing certificate, as the next callback would find it',
  description: 'Without an argument the configured signer is downloaded. Nothing is kept. Exit code 1 when there is no path.',
  args: [{ name: 'certificate', text: 'A file, - for the standard input, or the URL of a signing certificate.', optional: true }],
  options: { json: { type: 'boolean', text: 'Print {ok, end, path, warnings} or {ok, code, message, advice} as JSON.' } },
  examples: [
    'referral-connector trust check',
    'referral-connector trust check signer.cer',
    'referral-connector trust check --json | jq -r .end'
  ],
  run: ({ args: [given], options }, terminal) =>
    withTrustDesk(terminal, async desk => {
      const read = reader(given, desk)
      try {
        const { path, end } = await desk.prove(await read.bytes())
        const at = desk.now()
        const warnings = pathWarnings(path, await desk.authorities.pool.all(), at)
        const steps = path.map(({ position, origin, certificate }) => {
          return { what: position, from: origin === 'given' ? read.from : origin, ...certificateFacts(certificate, at) }
        })
        if (options.json) terminal.out(JSON.stringify({ ok: true, end, path: steps, warnings }))
        else {
          terminal.out(certificateTable(steps))
          terminal.note(`The path holds until ${day(end)}.`)
          for (const warning of warnings) terminal.note(warning)
        }
        return 0
      } catch (error) {
        if (error instanceof UsageError) throw error
        const { code, message, advice } = failureFrom(error)
        const ended = endedAuthorities(await desk.authorities.pool.all(), desk.now())
        if (!options.json) {
          for (const text of ended) terminal.note(text)
          throw error
        }
        terminal.out(JSON.stringify({ ok: false, code, message, advice, warnings: ended }))
        return 1
      }
    })
}

function reader(given: string | undefined, { options, signerUrl, hosts }: TrustDesk): { from: string; bytes: () => Promise<Buffer> } {
  if (given !== undefined && !/^https?:/i.test(given)) return { from: 'file', bytes: () => readCertificateFile(given) }
  const url = given ?? signerUrl
  return {
    from: 'download',
    async bytes() {
      checkCertificateUrl(url, hosts)
      return await options.download(url)
    }
  }
}
