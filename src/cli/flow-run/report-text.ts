import { countsInWords } from '../demo/counts.ts'
import { onOneLine } from '../one-line.ts'
import { table } from '../table.ts'
import type { FlowReport } from './perform-flow.ts'
import { runText } from './run-text.ts'

/** What happened, for people. */
export function reportText(report: FlowReport): string {
  const { flow, occasion, notes, runs, requests, again, refused, billableActions, durationMs } = report
  return [
    `${onOneLine(flow)}: ${occasion}`,
    ...notes.map(note => `  ${onOneLine(note)}`),
    '',
    ...(runs.length > 0 ? runs.flatMap((run, index) => [...runText(run, index + 1), '']) : ['No run began.', '']),
    ...came(report),
    `Asked of the systems: ${countsInWords(requests)}.`,
    ...(again ? ['', 'The same once more:', ...againLines(again, runs.length)] : []),
    ...(refused === undefined
      ? []
      : ['', refused ? 'Refused: nobody signed in, and nothing was written.' : 'NOT refused: the forged event had an effect.']),
    '',
    `Billable actions: ${billableActions}. Done in ${(durationMs / 1000).toFixed(1)} s.`
  ].join('\n')
}

function came({ lead, leads, referral }: FlowReport): string[] {
  const rows = (values: Record<string, unknown>) =>
    Object.entries(values).map(([name, value]) => [name, String(value).split('\n')] as [string, string[]])
  return [
    ...(lead
      ? [`The lead in Dataverse${leads > 1 ? `, one of ${leads}` : ''}:`, table(['Column', 'Value'], rows(lead)), '']
      : ['There is no lead in Dataverse.', '']),
    ...(referral ? ['The referral in Partner Center:', table(['Field', 'Value'], rows(referral)), ''] : [])
  ]
}

function againLines({ runs, requests, isChanged }: NonNullable<FlowReport['again']>, before: number): string[] {
  return [
    ...(runs.length > 0 ? runs.flatMap((run, index) => runText(run, before + index + 1)) : ['  No other run began: it was known already.']),
    `  ${isChanged ? 'It changed something' : 'Nothing was changed'}: ${countsInWords(requests)}.`
  ]
}
