/** Something that is wrong with a flow. */
export interface Finding {
  /** The rule's name, for example `UnknownAction`. */
  rule: string
  /** An error stops the flow, loses data or gives a secret away; a warning will trouble somebody sooner or later. */
  level: 'error' | 'warning'
  /** A JSON pointer into the definition, which names the actions on the way, for example `#/actions/Try/actions/Get_the_lead/inputs/uri`. */
  at: string
  message: string
  advice: string
}
