import { isObject, type Json } from '../../flow/json.ts'
import type { FlowRun, ShownAction } from '../../sandbox/flow/run/history.ts'
import { onOneLine } from '../one-line.ts'

const mostShown = 400
const marks: Record<string, string> = { Succeeded: '✓', Failed: '✗', TimedOut: '✗', Cancelled: '✗', Skipped: '·', Running: '…' }

/** A run as people read it: the trigger with what it got, and every action below what it stands in. */
export function runText(run: FlowRun, number: number): string[] {
  const { status, skipped, error, trigger, actions, billableActions } = run
  const head = `Run ${number}: ${skipped === undefined ? status : `no run. ${onOneLine(skipped)}`}`
  return [
    skipped === undefined && status !== 'Skipped' ? `${head}, ${billableActions} billable actions` : head,
    ...(error ? [`  ${onOneLine(`${error.code}: ${error.message}`)}`] : []),
    `  ▸ ${onOneLine(trigger.name)}  ${trigger.type}`,
    ...valueLines('got', trigger.outputs, '      '),
    ...actions.flatMap(actionLines)
  ]
}

function actionLines({ name, type, path, status, code, durationMs, inputs, outputs, error, retries }: ShownAction): string[] {
  const depth = path.split('/').length - 1
  const indent = '  '.repeat(depth + 1)
  // The number of the round stands in the path of the loop.
  const round = /\[(\d+)\]\/[^/]*$/.exec(path)?.[1]
  const head = `${indent}${marks[status] ?? '?'} ${onOneLine(name)}${round === undefined ? '' : ` (round ${Number(round) + 1})`}  ${type}`
  if (status === 'Skipped') return [`${head}  skipped`]
  const shownCode = code === 'OK' || code === '' ? '' : ` ${code}`
  return [
    `${head}  ${status}${shownCode}  (${durationMs} ms)`,
    ...valueLines('in', inputs, `${indent}    `),
    ...retries.map(({ code: why, pause }) => `${indent}    again after ${pause}: ${why}`),
    ...valueLines('out', outputs, `${indent}    `),
    ...(error ? [`${indent}    ${onOneLine(`${error.code}: ${error.message}`)}`] : [])
  ]
}

function valueLines(what: string, value: Json | undefined, indent: string): string[] {
  if (value === undefined) return []
  const text = onOneLine(JSON.stringify(withoutTrimmings(value)))
  const characters = [...text]
  return [`${indent}${what.padEnd(3)} ${characters.length > mostShown ? `${characters.slice(0, mostShown).join('')}…` : text}`]
}

/** Without what stands in every answer and says nothing about the flow; it is all in the JSON. */
function withoutTrimmings(value: Json): Json {
  if (!isObject(value)) return value
  const { headers: _headers, host, retryPolicy: _policy, ...rest } = value
  const operation = isObject(host) && typeof host.operationId === 'string' ? { operationId: host.operationId } : {}
  return { ...operation, ...rest }
}
