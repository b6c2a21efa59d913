import { copyConfiguredStore } from '../../compose.ts'
import { readConfig } from '../../config.ts'
import { Failure } from '../../failure.ts'
import type { Command } from '../command.ts'
import { table } from '../table.ts'

export const storeCopy: Command = {
  name: 'store copy',
  summary: 'Copy the embedded store to PostgreSQL',
  description:
    'From DATA_DIR to DATABASE_URL, which must be empty; all or nothing, and compared afterwards. Stop the service first. Nothing is deleted.',
  options: {
    yes: { type: 'boolean', text: 'Do it; without it only said what would be done.' },
    json: { type: 'boolean', text: 'Print the tables and their rows as JSON.' }
  },
  examples: ['DATABASE_URL=postgres://user:password@host/database referral-connector store copy --yes'],
  async run({ options }, terminal) {
    const config = readConfig(terminal.env)
    const { folder, databaseUrl } = config.store
    if (databaseUrl === undefined) throw new Failure('CONFIG_INVALID', 'The setting DATABASE_URL is missing: it says where to copy to.')
    const place = placeOf(databaseUrl)
    if (!options.yes) {
      terminal.note(`Would copy the store of the folder ${folder} to ${place}. Stop the service first, then add --yes to do it.`)
      return 1
    }
    const copied = await copyConfiguredStore(config, terminal.note)
    if (options.json) terminal.out(JSON.stringify(copied))
    else {
      const rows = copied.map(({ table, rows }) => [table, String(rows)])
      terminal.out(table(['Table', 'Rows'], rows))
      terminal.note(
        [
          `Copied to ${place} and compared. Next:`,
          '  1. Start the service with this DATABASE_URL and the same ENCRYPTION_KEY.',
          '  2. referral-connector doctor',
          `  3. Keep ${folder} until you are content, then delete it. Do not start a service on it again.`
        ].join('\n')
      )
    }
    return 0
  }
}

/** Where a database is, without who signs in there. */
function placeOf(databaseUrl: string): string {
  const { host, pathname } = new URL(databaseUrl)
  return `PostgreSQL at ${host || 'the local host'}${pathname}`
}
