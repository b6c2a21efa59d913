/**
 * What an expression of the Workflow Definition Language is once it is parsed.
 * Source: learn.microsoft.com/azure/logic-apps/workflow-definition-language-functions-reference.
 */
export type Expression =
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  /** `concat('a', 'b')`; the name as it is written. */
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[]; readonly at: number }
  /** `of['name']`, `of.name` and `of[0]`; safe with a question mark: `of?['name']` is null where `of` is. */
  | { readonly kind: 'member'; readonly of: Expression; readonly name: Expression; readonly isSafe: boolean; readonly at: number }

/** A text of a definition: plain, one expression (`@…`) that keeps its type, or a text with expressions in it (`… @{…} …`). */
export type Template =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'expression'; readonly expression: Expression }
  | { readonly kind: 'interpolation'; readonly parts: readonly (string | Expression)[] }

/** An expression that cannot be read; `at` is the place in the text, from 0. */
export class ExpressionSyntaxError extends Error {
  readonly at: number
  constructor(message: string, at: number) {
    super(message)
    this.at = at
  }
}
