import type { Json } from '../../../flow/json.ts'

/** An action fails; the run goes on by what runs after it. */
export class ActionFailure extends Error {
  readonly code: string
  readonly outputs: Json | undefined
  readonly status: 'Failed' | 'TimedOut'
  constructor(code: string, message: string, more: { outputs?: Json; status?: 'Failed' | 'TimedOut' } = {}) {
    super(message)
    this.code = code
    this.outputs = more.outputs
    this.status = more.status ?? 'Failed'
  }
}

/** A flow, or what it is installed with, is such that it cannot run at all, or needs something that the sandbox has not. */
export class FlowNotRunnable extends Error {}
