/** What an attacker is told to do. He runs in a process of his own, so that what he costs is not taken for what he does. */
export type Attack = { port: number; seconds: number } & (
  | {
      kind: 'flood'
      /** Connections, and requests under way on each. */
      connections: number
      depth: number
      /** Requests at the most; he ends before `seconds` then. */
      count?: number
      /** What is wrong with each callback, or `many-wrongs` in turn. */
      request: 'bad-signature' | 'made-up-url' | 'one-made-up-url' | 'wrong-key' | 'many-wrongs'
      addresses: 'one' | 'many'
      certificateUrl: string
    }
  /** Connections that send a byte at a time: of the headers for ever, or of a body that never ends. */
  | { kind: 'trickle'; connections: number; part: 'headers' | 'body'; everyMs: number; certificateUrl: string }
  /** Connections that ask for `path` as often as fits into one packet, and never read an answer. */
  | { kind: 'deaf'; connections: number; path: string }
)

export interface AttackReport {
  sent: number
  /** Answers by status. */
  answers: Record<string, number>
  /** Connections that the service ended. */
  ended: number
  seconds: number
}
