import { resolve } from 'node:path'
import type { Bench } from '../bench.ts'
import { progress } from './figures.ts'
import { cold } from './speed/cold.ts'
import { growth } from './speed/growth.ts'
import { canPin, machine } from './speed/machine.ts'
import { peerVersions } from './speed/peers.ts'
import { routes } from './speed/routes.ts'
import { asJson, asTable, type Row, verdict } from './speed/row.ts'
import type { Section } from './speed/section.ts'
import { startUp } from './speed/start-up.ts'
import { syncCost } from './speed/sync-cost.ts'
import { verification } from './speed/verification.ts'

const sections: Record<string, Section> = { a: verification, b: routes, c: cold, d: syncCost, e: startUp, f: growth }

/**
 * How fast the service is beside its peers and beside what the machine can do, in ratios: all of them are measured in the same run. A goal that is
 * missed by less than a twentieth, and was reached in one of the rounds, is within the noise; any other miss ends with exit code 1.
 */
export const speed: Bench = {
  summary: 'the verifier, the routes, start-up and growth, as ratios to peers and to the machine',
  options: {
    only: { default: Object.keys(sections).join(','), text: `Which parts: ${titles()}.` },
    seconds: { default: '2', text: 'How long each measurement of a rate takes.' },
    rounds: { default: '5', text: 'How often each is measured; the median counts.' },
    json: { default: 'false', text: 'For a program: the machine, the versions, medians and spread.', flag: true },
    profile: { default: '', text: 'Folder for a processor profile of the validate route; nothing else is measured then.' },
    dist: { default: 'dist', text: 'Folder of the built package.' }
  },
  async run({ only = '', seconds, rounds, json, profile = '', dist = '' }) {
    const circumstances = {
      dist: resolve(dist),
      seconds: Number(seconds),
      rounds: Number(rounds),
      profile: profile === '' ? undefined : resolve(profile)
    }
    const rows: Row[] = []
    for (const letter of circumstances.profile ? ['b'] : only.split(',')) {
      const section = sections[letter]
      if (!section) throw new Error(`--only is some of ${Object.keys(sections).join(',')}.`)
      progress(section.title)
      rows.push(...(await section.measure(circumstances)))
    }
    progress('')
    const result = { machine: machine(), peers: peerVersions(), rows: asJson(rows) }
    const line = json === 'true' ? JSON.stringify(result, null, 2) : [asTable(rows), ...(canPin() ? [] : [unpinned])].join('\n')
    return { line, ok: rows.every(row => verdict(row) !== 'NO') }
  }
}

const unpinned = 'Nothing was pinned to a core: there is no taskset here, or only one core. The ratios are rougher for it.'

function titles(): string {
  return Object.entries(sections)
    .map(([letter, { title }]) => `${letter} ${title}`)
    .join(', ')
}
