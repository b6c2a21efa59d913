/**
 * A text without NUL characters: PostgreSQL refuses them, and libsql cuts a text off at the first. A customer can send one, so each becomes U+FFFD,
 * the sign for what cannot be shown, and one text is the same on both databases.
 */
export function storableText(text: string): string {
  return text.replaceAll('\0', '\uFFFD')
}

/** What a statement is given. Both drivers use it, so that no table has to. */
export function storable(parameters: readonly unknown[]): unknown[] {
  return parameters.map(value => (typeof value === 'string' ? storableText(value) : value))
}
