import { readFileSync } from 'node:fs'
import { openValidation } from '../../compose.ts'
import { readConfig } from '../../config.ts'
import { type Command, UsageError } from '../command.ts'
import { table } from '../table.ts'

export const validateCallback: Command = {
  name: 'validate-callback',
  summary: 'Check a recorded callback: is it really from Partner Center?',
  description: 'The headers file has a line «Name: value» for each header; the body file holds the exact bytes that were received.',
  args: [
    { name: 'headers-file', text: 'The headers of the recorded request.' },
    { name: 'body-file', text: 'The body of the recorded request, byte for byte.' }
  ],
  options: {
    at: { type: 'string', value: 'DATE', text: 'Judge certificates as of this moment instead of now, for an old record (ISO 8601).' },
    reserialized: { type: 'boolean', text: 'The body went through a flow: try the written list of canonical forms too.' },
    json: { type: 'boolean', text: 'Print the result as JSON.' }
  },
  examples: [
    'referral-connector validate-callback request.headers request.body',
    'referral-connector validate-callback h.txt b.json --at 2026-03-10T18:31:56Z --json'
  ],
  async run({ args, options }, terminal) {
    const at = typeof options.at === 'string' ? new Date(options.at) : undefined
    if (at && Number.isNaN(at.getTime())) throw new UsageError('--at is a date, for example 2026-03-10T18:31:56Z.')
    const validate = openValidation(readConfig(terminal.env).callback, at ? { now: () => at } : {})
    const callback = { headers: readHeaders(readFile(args[0]).toString('latin1')), body: readFile(args[1]) }
    const { event, signer, matched } = await validate(callback, options.reserialized ? 'serialisations' : 'exact')
    if (options.json) terminal.out(JSON.stringify({ valid: true, event, signer, matched }))
    else
      terminal.out(
        table(
          ['Proven', ''],
          [
            ['event', event.name],
            ['referral', event.referralId ?? '(none)'],
            ['signed by', signer.subject.split('\n')],
            ['issued by', signer.issuer.split('\n')],
            ['thumbprint', signer.thumbprint],
            ['valid until', signer.notAfter.toISOString()],
            ['bytes', matched]
          ]
        )
      )
    return 0
  }
}

function readHeaders(text: string): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {}
  for (const line of text.split(/\r?\n/)) {
    const [, name, value] = /^([^:\s]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? []
    if (name === undefined || value === undefined) continue
    const key = name.toLowerCase()
    const before = headers[key]
    headers[key] = before === undefined ? value : [before, value].flat()
  }
  return headers
}

function readFile(path = ''): Buffer {
  try {
    return readFileSync(path)
  } catch {
    throw new UsageError(`The file «${path}» cannot be read.`)
  }
}
