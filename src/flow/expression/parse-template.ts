import { parseExpression } from './parse-expression.ts'
import { type Expression, ExpressionSyntaxError, type Template } from './syntax.ts'

/**
 * What a text of a definition is. `@` at its beginning makes all of it one expression, `@@` a text that begins with one `@`, and `@{…}`
 * anywhere an expression in a text; `@@{` is `@{` in a text.
 * Source: learn.microsoft.com/azure/logic-apps/logic-apps-workflow-definition-language, «Expressions».
 * @throws ExpressionSyntaxError
 */
export function parseTemplate(text: string): Template {
  if (text.startsWith('@') && text.length > 1 && text[1] !== '{') {
    if (text[1] === '@') return { kind: 'text', text: text.slice(1) }
    const { expression, end } = parseExpression(text, 1)
    if (end < text.length) throw new ExpressionSyntaxError(`The expression ends at ${end}, and more follows.`, end)
    return { kind: 'expression', expression }
  }
  return text.includes('@{') ? interpolation(text) : { kind: 'text', text }
}

function interpolation(text: string): Template {
  const parts: (string | Expression)[] = []
  let plain = ''
  let at = 0
  while (at < text.length) {
    const next = text.indexOf('@{', at)
    if (next === -1) break
    if (next > 0 && text[next - 1] === '@' && next > at) {
      plain += `${text.slice(at, next - 1)}@{`
      at = next + 2
      continue
    }
    plain += text.slice(at, next)
    const { expression, end } = parseExpression(text, next + 2)
    if (text[end] !== '}') throw new ExpressionSyntaxError(`The expression at ${next} does not end with a curly bracket.`, end)
    if (plain !== '') parts.push(plain)
    parts.push(expression)
    plain = ''
    at = end + 1
  }
  plain += text.slice(at)
  if (parts.length === 0) return { kind: 'text', text: plain }
  if (plain !== '') parts.push(plain)
  return { kind: 'interpolation', parts }
}
