/**
 * Whether a licence expression is satisfied by licences on the list: of «OR» one side, of «AND» both. «AND» binds more tightly. What cannot
 * be read is not satisfied, and neither is an exception («WITH»): it changes a licence into another one.
 * Source: the SPDX specification 2.3, Annex D.
 */
export function isSatisfied(expression: string, allowed: ReadonlySet<string>): boolean {
  const tokens = expression.match(/[()]|[^\s()]+/g) ?? []
  let next = 0

  function either(): boolean | undefined {
    return chain('OR', both, (a, b) => a || b)
  }
  function both(): boolean | undefined {
    return chain('AND', one, (a, b) => a && b)
  }
  function one(): boolean | undefined {
    const token = tokens[next++]
    if (token === '(') {
      const inner = either()
      return tokens[next++] === ')' ? inner : undefined
    }
    return token === undefined || /^(?:\)|AND|OR|WITH)$/.test(token) ? undefined : allowed.has(token)
  }
  function chain(word: string, part: () => boolean | undefined, join: (a: boolean, b: boolean) => boolean): boolean | undefined {
    let value = part()
    while (value !== undefined && tokens[next] === word) {
      next += 1
      const other = part()
      value = other === undefined ? undefined : join(value, other)
    }
    return value
  }

  const value = either()
  return value === true && next === tokens.length
}
