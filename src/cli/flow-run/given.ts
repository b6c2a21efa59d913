import { readFileSync } from 'node:fs'
import type { FlowDefinition } from '../../flow/flow-definition.ts'
import { type Flow, FlowPackageError, readFlowPackage } from '../../flow/read-package.ts'
import { type Given, UsageError } from '../command.ts'
import { tamperings } from '../demo/tamper.ts'
import { onOneLine } from '../one-line.ts'
import { readDraft } from '../read-draft.ts'

export const events = ['referral-created', 'referral-updated', 'related-referral-created', 'test-created'] as const
export type RunEvent = (typeof events)[number]

/** What was asked for, understood. */
export interface FlowRunGiven {
  flow: Flow
  event: RunEvent
  times: number
  tamper: (typeof tamperings)[number] | undefined
  draft: object | undefined
  fill: Map<string, string>
  /** Whether what is secured is shown. */
  isRevealed: boolean
}

/** @throws UsageError */
export function readGiven({ args: [file = ''], options }: Given): FlowRunGiven {
  const times = Number(options.times ?? 1)
  if (!Number.isInteger(times) || times < 1 || times > 10) throw new UsageError('--times is a whole number from 1 to 10.')
  const tamper = tamperings.find(how => how === options.tamper)
  if (tamper && times > 1) throw new UsageError('A forged event is sent once: leave out --times.')
  return {
    flow: chosen(readFlows(file), options.flow),
    event: events.find(event => event === options.event) ?? 'referral-created',
    times,
    tamper,
    draft: typeof options.referral === 'string' ? readDraft(options.referral) : undefined,
    fill: typeof options.fill === 'string' ? readFill(options.fill) : new Map(),
    isRevealed: options.reveal === true
  }
}

function readFlows(file: string): Flow[] {
  try {
    return readFlowPackage(readFileSync(file)).flows
  } catch (error) {
    if (error instanceof FlowPackageError) throw new UsageError(onOneLine(`«${file}»: ${error.message}`))
    throw new UsageError(`The file «${file}» cannot be read.`)
  }
}

function chosen(flows: Flow[], wanted: unknown): Flow {
  const names = flows.map(({ displayName }) => `«${onOneLine(displayName)}»`).join(', ')
  if (wanted === undefined) {
    const [only, ...more] = flows
    if (only && more.length === 0) return only
    throw new UsageError(`The package has ${flows.length} flows; say with --flow which one: ${names}.`)
  }
  const text = String(wanted).toLowerCase()
  const found =
    flows.find(({ name, displayName }) => [name, displayName].some(own => own.toLowerCase() === text)) ??
    flows.find(({ name, displayName }) => [name, displayName].some(own => own.toLowerCase().startsWith(text)))
  if (found) return found
  throw new UsageError(`The package has no flow «${onOneLine(String(wanted))}», but ${names}.`)
}

/** `NAME=VALUE,OTHER=VALUE`: a comma ends a value when another name follows. */
function readFill(text: string): Map<string, string> {
  return new Map(
    text.split(/,(?=[^,=]+=)/).map(part => {
      const [, name, value] = /^([^=]+)=(.*)$/s.exec(part) ?? []
      if (name === undefined || value === undefined)
        throw new UsageError('--fill has the form NAME=VALUE, several with commas between them.')
      return [name.trim().replace(/^<<|>>$/g, ''), value]
    })
  )
}

/** The type of the one trigger, and which operation it is. */
export function triggerOf({ triggers }: FlowDefinition): { name: string; type: string; operationId: string } {
  const [[name, { type, inputs }] = ['', { type: '', inputs: null }]] = Object.entries(triggers)
  const { host } = (inputs ?? {}) as { host?: { operationId?: string } }
  return { name, type, operationId: host?.operationId ?? '' }
}
