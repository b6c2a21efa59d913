import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packages } from '../../connector/package/packages.ts'
import { version } from '../../version.ts'
import { type Command, type Given, UsageError } from '../command.ts'
import { freshConnector } from '../fresh-connector.ts'
import { packageRoot } from '../package-root.ts'
import { table } from '../table.ts'

export const connectorPackage: Command = {
  name: 'connector package',
  summary: 'Write the flows and the connector as zips that Power Platform imports',
  description:
    'One zip for each flow, for «Import Package (Legacy)», and two solutions: the connector, and the flows. The same version gives the same bytes. Other files in the folder are left alone.',
  options: {
    out: { type: 'string', value: 'FOLDER', text: 'Where the zips go. Default dist.' },
    only: { type: 'string', value: 'NAME', text: 'Only the zip of this name, for example referral-to-lead or flow-solution.' },
    host: { type: 'string', value: 'HOST', text: 'The host of your service, filled in where a flow or the connector names one.' },
    'referral-column': {
      type: 'string',
      value: 'NAME',
      text: "Logical name of the lead's column that holds the referral's id. Default new_referralid."
    },
    json: { type: 'boolean', text: 'Print the names, members and digests as JSON.' }
  },
  examples: [
    'referral-connector connector package',
    'referral-connector connector package --host referrals.contoso.com --referral-column contoso_referralid',
    'referral-connector connector package --only flow-solution --out zips --json'
  ],
  async run({ options }, terminal) {
    const settings = settingsFrom(options)
    const connector = await freshConnector(packageRoot)
    if (typeof connector === 'string') {
      terminal.note(connector)
      return 1
    }
    const all = packages(connector, { version, ...settings })
    const chosen = all.filter(({ name }) => options.only === undefined || name === options.only)
    if (chosen.length === 0) throw new UsageError(`--only is one of: ${all.map(({ name }) => name).join(', ')}.`)
    const folder = String(options.out ?? 'dist')
    makeFolder(folder)
    const written = chosen.map(({ name, members, bytes }) => {
      const file = join(folder, `${name}.zip`)
      const content = bytes()
      write(file, content)
      return { file, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex'), members }
    })
    if (options.json) terminal.out(JSON.stringify({ ok: true, packages: written }))
    else
      terminal.out(
        table(
          ['Zip', 'Bytes', 'SHA-256 and members'],
          written.map(({ file, bytes, sha256, members }) => [file, String(bytes), [sha256, ...members]])
        )
      )
    return 0
  }
}

function settingsFrom(options: Given['options']): { host?: string; referralColumn?: string } {
  const { host, 'referral-column': referralColumn } = options
  if (host !== undefined && !/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$/i.test(String(host)))
    throw new UsageError('--host is a host alone, without https:// and without a path, for example referrals.contoso.com.')
  // As in DATAVERSE_REFERRAL_COLUMN: a publisher's prefix, an underscore, a name.
  if (referralColumn !== undefined && !/^[a-z][a-z0-9]{1,7}_[a-z0-9_]{1,40}$/.test(String(referralColumn)))
    throw new UsageError('--referral-column is the logical name of a column of your own, for example new_referralid.')
  return {
    ...(host !== undefined && { host: String(host) }),
    ...(referralColumn !== undefined && { referralColumn: String(referralColumn) })
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true })
  } catch {
    throw new UsageError(`The folder «${folder}» cannot be made.`)
  }
}

function write(file: string, content: Uint8Array): void {
  try {
    writeFileSync(file, content)
  } catch {
    throw new UsageError(`«${file}» cannot be written.`)
  }
}
