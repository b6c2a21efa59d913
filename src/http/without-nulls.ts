import type { FastifyRequest } from 'fastify'

/**
 * Takes the members that are null out of a body before it is judged: a flow writes null where the token of an optional field is empty, and
 * nearly every field of a referral may be. Null then means what leaving the field out means. `kept` names members that are left as they are.
 */
export function withoutNulls(...kept: string[]): (request: FastifyRequest) => Promise<void> {
  return async request => {
    request.body = cleaned(request.body, kept)
  }
}

function cleaned(value: unknown, kept: readonly string[] = []): unknown {
  if (Array.isArray(value)) return value.map(item => cleaned(item))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) => (member === null ? [] : [[name, kept.includes(name) ? member : cleaned(member)]]))
  )
}
