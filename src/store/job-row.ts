import { type Insertable, type RawBuilder, type Selectable, sql } from 'kysely'
import type { Claim, JobHint } from '../ports.ts'
import type { Job } from '../schemas/job.ts'
import type { Tables } from './tables.ts'

export type JobRow = Selectable<Tables['jobs']>

/** One referral is one job, however its GUID is written. */
export const subjectKey = (subject: string): string => subject.toLowerCase()

/** What a hint becomes when its subject has no job yet. `at` is in milliseconds since 1970. */
export function jobRow({ kind, subject, origin, correlationId, dueAt }: JobHint, at: number): Insertable<Tables['jobs']> {
  return {
    kind,
    subject: subjectKey(subject),
    state: 'ready',
    origin,
    attempts: 0,
    hints: 1,
    due_at: dueAt?.getTime() ?? at,
    lease: null,
    state_before: null,
    due_before: null,
    correlation_id: correlationId,
    code: null,
    message: null,
    created_at: at,
    updated_at: at
  }
}

export function jobFrom(row: JobRow): Job {
  const instant = (value: number | string): string => new Date(Number(value)).toISOString()
  return {
    kind: row.kind as Job['kind'],
    subject: row.subject,
    state: row.state as Job['state'],
    origin: row.origin as Job['origin'],
    attempts: row.attempts,
    hints: row.hints,
    ...(row.due_at !== null && { dueAt: instant(row.due_at) }),
    correlationId: row.correlation_id,
    ...(row.code !== null && { code: row.code }),
    ...(row.message !== null && { message: row.message }),
    createdAt: instant(row.created_at),
    updatedAt: instant(row.updated_at)
  }
}

/** Of a row as the claim has left it. */
export function claimFrom(row: JobRow): Claim {
  return { ...jobFrom(row), lease: row.lease ?? '', isTakenOver: row.state_before === 'active' }
}

/** An instant inside a `case`, which PostgreSQL takes for text when nothing in it has a type (postgresql.org/docs/current/typeconv-union-case.html). */
export const instant = (ms: number): RawBuilder<number> => sql<number>`cast(${ms} as bigint)`
