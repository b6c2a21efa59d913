/** `npm run readme`: writes the made parts of README.md, between their markers. `--check` only says whether they are fresh. */
import { readFileSync, writeFileSync } from 'node:fs'
import { everyCommand } from '../src/cli/commands.ts'
import { failures } from '../src/failure.ts'
import { settings } from '../src/settings.ts'

const made: Record<string, { file: string; text: string }> = {
  settings: { file: 'README.md', text: settingsTable() },
  commands: { file: 'README.md', text: await commandsTable() },
  failures: { file: 'docs/failures.md', text: failuresTable() }
}

function settingsTable(): string {
  return table(
    ['Setting', 'What it is', 'Default'],
    Object.entries(settings).map(([name, setting]) => [
      `\`${name}\``,
      `${setting.text}${'secret' in setting ? ' *Secret.*' : ''}`,
      'default' in setting ? `\`${setting.default.replaceAll(',', ', ')}\`` : ''
    ])
  )
}

async function commandsTable(): Promise<string> {
  return table(
    ['Command', 'What it does'],
    (await everyCommand()).map(({ name, summary }) => [`\`${name}\``, summary])
  )
}

function failuresTable(): string {
  return table(
    ['Code', 'Status', 'Again?', 'What to do'],
    Object.entries(failures).map(([code, row]) => [`\`${code}\``, String(row.status), row.retry, row.advice])
  )
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

let stale = false
for (const [name, { file, text }] of Object.entries(made)) {
  const before = readFileSync(file, 'utf8')
  const after = before.replace(
    new RegExp(`(<!-- ${name} -->\\n)[\\s\\S]*?(<!-- /${name} -->)`),
    (_all, open, close) => `${open}\n${text}\n\n${close}`
  )
  if (after === before) continue
  stale = true
  if (process.argv.includes('--check')) console.error(`${file}: the table of ${name} is stale. Run «npm run readme» and commit.`)
  else writeFileSync(file, after)
}
if (process.argv.includes('--check') && stale) process.exit(1)
