/** Texts come from other systems too: nothing in them may steer the terminal, break the line or turn the direction of writing. */
export function onOneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu, ' ').trimEnd()
}

/** The same characters, except the end of a line, written as JSON writes them: in JSON it is the same value, elsewhere it can be seen. */
export function withoutControls(text: string): string {
  return text.replace(
    /(?!\n)[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  )
}
