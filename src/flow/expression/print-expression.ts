import type { Expression } from './syntax.ts'

/** An expression as it is written, with one way of spacing. */
export function printExpression(expression: Expression): string {
  switch (expression.kind) {
    case 'literal':
      return typeof expression.value === 'string' ? `'${expression.value.replaceAll("'", "''")}'` : String(expression.value)
    case 'call':
      return `${expression.name}(${expression.args.map(printExpression).join(',')})`
    case 'member':
      return `${printExpression(expression.of)}${expression.isSafe ? '?' : ''}[${printExpression(expression.name)}]`
  }
}
