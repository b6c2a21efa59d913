import { readConfig } from '../../config.ts'
import { addIntermediates, tellAdded } from '../add-intermediates.ts'
import { certificatesIn, readCertificateFile } from '../certificate-files.ts'
import { type Command, UsageError } from '../command.ts'
import { trustDesk } from '../trust-desk.ts'
import { withStore } from '../with-service.ts'

export const trustAdd: Command = {
  name: 'trust add',
  summary: 'Add intermediates, so that paths need no download',
  description:
    'Each has to be an authority for TLS servers that leads to a trusted root, over what is at hand or over the others that are given, in any order. Running services use them at once.',
  args: [{ name: 'file', text: 'Certificates as PEM, DER or PKCS #7; - reads the standard input.', many: true }],
  options: { json: { type: 'boolean', text: 'Print {added, known, refused} as JSON.' } },
  examples: [
    'referral-connector trust add issuing.crt xsign.crt',
    'curl -s http://www.microsoft.com/pkiops/certs/NAME.crt | referral-connector trust add -'
  ],
  async run({ args, options }, terminal) {
    const ders: Buffer[] = []
    for (const file of args) {
      const found = certificatesIn(await readCertificateFile(file))
      if (found.length === 0) throw new UsageError(`«${file}» holds no certificate.`)
      ders.push(...found)
    }
    return await withStore(terminal, async ({ intermediates }) => {
      const result = await addIntermediates(ders, trustDesk(readConfig(terminal.env).callback, intermediates), intermediates)
      if (options.json) terminal.out(JSON.stringify(result))
      else tellAdded(result, terminal)
      return result.refused.length === 0 ? 0 : 1
    })
  }
}
