import { userInfo } from 'node:os'

/** Who works at this terminal, as timelines name them. A container may run as a user id without a name, which Node throws at. */
export function operator(): string {
  try {
    return `cli:${userInfo().username}`
  } catch {
    return `cli:uid-${process.getuid?.() ?? 'unknown'}`
  }
}
