import type { IgnoredAdvisory } from './ignored-advisories.ts'

export interface Finding {
  /** `GHSA-xxxx-xxxx-xxxx`, or the address of the advisory when it has none. */
  id: string
  package: string
  severity: string
  title: string
}

/** `unknown`: nothing can be said, which is not the same as nothing found. */
export type Verdict =
  | { state: 'unknown'; reason: string }
  | {
      state: 'clean' | 'vulnerable'
      /** What fails the audit, what does not, and what is left out by the list. */
      failing: Finding[]
      other: Finding[]
      ignored: (Finding & { reason: string; until: string })[]
      /** Entries of the list that have ended, or that stand for nothing any more. */
      stale: IgnoredAdvisory[]
    }

const harmless = new Set(['info', 'low', 'moderate'])

/**
 * Judges what `npm audit --json` printed. High and critical ones fail, and so does any severity that is not known. A report of another form than
 * npm 7 and later write, or one that counts more than it names, is unknown.
 * Source: docs.npmjs.com/cli/commands/npm-audit.
 */
export function judgeAudit(report: unknown, list: readonly IgnoredAdvisory[], now: Date): Verdict {
  if (!isObject(report)) return { state: 'unknown', reason: 'npm printed no report.' }
  if ('error' in report || !isObject(report.vulnerabilities)) {
    return { state: 'unknown', reason: typeof report.message === 'string' ? report.message : 'The report has no list of vulnerabilities.' }
  }
  const rows = Object.entries(report.vulnerabilities)
  const findings = [...new Map(rows.flatMap(findingsOf).map(found => [`${found.id} ${found.package}`, found])).values()]
  if (rows.length > 0 && findings.length === 0) return { state: 'unknown', reason: 'The report names vulnerable packages but no advisory.' }

  const today = now.toISOString().slice(0, 10)
  const inForce = new Map(list.filter(({ until }) => today <= until).map(entry => [entry.id, entry]))
  const counted = findings.filter(({ id }) => !inForce.has(id))
  const failing = counted.filter(({ severity }) => !harmless.has(severity))
  return {
    state: failing.length > 0 ? 'vulnerable' : 'clean',
    failing,
    other: counted.filter(({ severity }) => harmless.has(severity)),
    ignored: findings.flatMap(found => {
      const entry = inForce.get(found.id)
      return entry ? [{ ...found, reason: entry.reason, until: entry.until }] : []
    }),
    stale: list.filter(entry => !inForce.has(entry.id) || !findings.some(({ id }) => id === entry.id))
  }
}

/** The advisories of a package; those that it has by a dependency stand at the dependency. */
function findingsOf([name, row]: [string, unknown]): Finding[] {
  const via = isObject(row) && Array.isArray(row.via) ? row.via : []
  return via.filter(isObject).map(({ url, title, severity }) => ({
    id: /GHSA(?:-[\w]{4}){3}/.exec(String(url))?.[0] ?? String(url),
    package: name,
    severity: String(severity),
    title: String(title)
  }))
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
