import type { ActionRecord } from '../../../flow/expression/scope.ts'
import type { Json, JsonObject } from '../../../flow/json.ts'
import type { ShownAction, ShownError } from './history.ts'
import type { Connections, Outside } from './outside.ts'
import type { Variables } from './variables.ts'

/** What a run answers its caller, when the flow has a Response. */
export interface FlowResponse {
  statusCode: number
  headers: Record<string, string>
  body: Json
}

/** What all actions of a run share. */
export interface RunContext {
  outside: Outside
  connections: Connections
  variables: Variables
  parameters: JsonObject
  trigger: { name: string; outputs: Json; inputs?: Json }
  workflow: Json
  shown: ShownAction[]
  /** Aborted by Terminate, and when the sandbox closes. */
  ending: AbortController
  /** Set by Terminate. */
  end: { status: 'Succeeded' | 'Failed' | 'Cancelled'; error?: ShownError } | undefined
  respond: (response: FlowResponse) => void
}

/** Where in a run something stands: in which scopes, and in which round of which loops. */
export interface Place {
  path: string
  /** What has run so far, of this round of a loop; what is not here stands outside of it. */
  records: Map<string, ActionRecord>
  /** The records of the actions of a scope or loop. */
  results: Map<string, ActionRecord[]>
  outer: Place | undefined
  loop: { name: string; item: Json } | undefined
}

export function outermostPlace(): Place {
  return { path: '', records: new Map(), results: new Map(), outer: undefined, loop: undefined }
}

/** The same round, one scope further in. */
export const inside = (place: Place, name: string): Place => ({ ...place, path: `${place.path}${name}/` })

/** A round of a loop, with records of its own. */
export function round(place: Place, name: string, index: number, item: Json): Place {
  return {
    path: `${place.path}${name}[${index}]/`,
    records: new Map(),
    results: new Map(),
    outer: place,
    loop: { name, item }
  }
}
