/** The longest beginning of at most `max` UTF-16 units, as CRMs count, that does not split a character. */
export function cut(value: string, max: number): string {
  const end = value.length > max && /[\uD800-\uDBFF]/.test(value.charAt(max - 1)) ? max - 1 : max
  return value.slice(0, end).trimEnd()
}
