import type { FuzzTarget } from './fuzz-loop.ts'

/** Loaded only once coverage is on, for code that is loaded before goes uncounted. */
export const fuzzTargets = {
  planted: async () => (await import('./planted-target.ts')).plantedTarget(),
  certificate: async () => (await import('./certificate-target.ts')).certificateTarget(),
  callback: async () => (await import('./callback-target.ts')).callbackTarget()
} as const satisfies Record<string, () => Promise<FuzzTarget>>

export type FuzzTargetName = keyof typeof fuzzTargets
