import { Transform } from 'node:stream'

/**
 * What tap prints: one line a test file, every failure in full, and last the totals of tap's own count.
 * tap pipes its TAP stream into the exported class (option `reporter`).
 */
export default class Totals extends Transform {
  #rest = ''
  #block = []
  #totals = ''

  _transform(chunk, _encoding, done) {
    const lines = (this.#rest + chunk).split('\n')
    this.#rest = lines.pop()
    for (const line of lines) this.#read(line)
    done()
  }

  _flush(done) {
    const count = name => Number(new RegExp(`\\b${name}: (\\d+)`).exec(this.#totals)?.[1] ?? 0)
    const skipped = count('skip') + count('todo')
    this.push(`\n${count('pass')} passed, ${count('fail')} failed${skipped ? `, ${skipped} skipped` : ''}\n`)
    done()
  }

  #read(line) {
    const outcome = /^(not )?ok \d+ - (.*?)(?: # time=([\d.]+m?s))?( \{)?$/.exec(line)
    if (line.startsWith('# {')) this.#totals = line
    if (!outcome) return void this.#block.push(line)
    const [, failed, name, time = ''] = outcome
    this.push(`${failed ? '✗' : '✓'} ${name} ${time}\n`)
    if (failed) this.push(`${failures(this.#block).join('\n')}\n`)
    this.#block = []
  }
}

/** The failed assertions of a file's TAP: each `not ok` line with the lines of its diagnostics, and what was written to stderr. */
function failures(block) {
  const kept = []
  let depth = -1
  for (const line of block) {
    const indent = line.search(/\S/)
    if (/^\s*not ok /.test(line)) depth = indent
    else if (depth >= 0 && indent >= 0 && indent <= depth && !/^\s*(---|\.\.\.)/.test(line)) depth = -1
    if (depth >= 0 || /^\s*# (?!Subtest|time|\{)/.test(line)) kept.push(line)
  }
  return kept
}
