import { thumbprint } from '../../callback/certificate.ts'
import { readConfig } from '../../config.ts'
import { certificateFacts, certificateTable } from '../certificate-text.ts'
import { type Command, UsageError } from '../command.ts'
import { trustDesk, withTrustDesk } from '../trust-desk.ts'
import { withStore } from '../with-service.ts'

export const trustList: Command = {
  name: 'trust list',
  summary: 'List the certificates that signers are judged by',
  description: 'The roots are trusted. Intermediates only help to find a path to one; where they came from makes no difference to that.',
  options: { json: { type: 'boolean', text: 'Print JSON.' } },
  examples: ['referral-connector trust list', 'referral-connector trust list --json | jq ".[] | select(.daysLeft < 42)"'],
  run: ({ options }, terminal) =>
    withTrustDesk(terminal, async ({ authorities, now }) => {
      const at = now()
      const listed = [
        ...authorities.roots.map(authority => ({ what: 'root', ...authority })),
        ...(await authorities.pool.all()).map(authority => ({ what: 'intermediate', ...authority }))
      ].map(({ what, origin, certificate }) => ({ what, from: origin, ...certificateFacts(certificate, at) }))
      terminal.out(options.json ? JSON.stringify(listed) : certificateTable(listed))
      return 0
    })
}

export const trustRemove: Command = {
  name: 'trust remove',
  summary: 'Remove an intermediate that was added or fetched',
  description: 'One that was fetched comes back when it is needed. What ships or is configured cannot be removed.',
  args: [{ name: 'thumbprint', text: 'The SHA-256 that «trust list» shows, or its beginning; colons are left aside.' }],
  options: { json: { type: 'boolean', text: 'Print JSON.' } },
  examples: ['referral-connector trust remove ea7a25255d111fc3'],
  run: ({ args: [given = ''], options }, terminal) => {
    const wanted = given.replaceAll(':', '').toLowerCase()
    if (!/^[0-9a-f]{8,64}$/.test(wanted)) throw new UsageError('<thumbprint> is 8 to 64 hexadecimal digits.')
    return withStore(terminal, async ({ intermediates }) => {
      const matching = (await intermediates.list()).filter(kept => kept.thumbprint.startsWith(wanted))
      if (matching.length > 1) throw new UsageError('Several certificates begin so: give more digits of <thumbprint>.')
      const removed = matching[0]?.thumbprint
      const isRemoved = removed !== undefined && (await intermediates.remove(removed))
      if (options.json) terminal.out(JSON.stringify({ ...(isRemoved && { thumbprint: removed }), removed: isRemoved }))
      else if (isRemoved) terminal.note(`${removed} is removed.`)
      else terminal.note(whyNot(wanted, trustDesk(readConfig(terminal.env).callback)))
      return isRemoved ? 0 : 1
    })
  }
}

function whyNot(wanted: string, { authorities }: ReturnType<typeof trustDesk>): string {
  const root = authorities.roots.find(({ certificate }) => thumbprint(certificate).startsWith(wanted))
  if (root) return 'This is a root: set CALLBACK_ROOTS to trust other ones.'
  return `No certificate that was added or fetched has the thumbprint ${wanted}.`
}
