/** Text that would be JSON without the commas before its closing brackets; `line` is where the first of them stands, from 1. */
export interface Repaired {
  readonly text: string
  readonly count: number
  readonly line: number
}

/** The text with a blank for each comma before a closing bracket, so that every place stays where it is. */
export function withoutTrailingCommas(text: string): Repaired {
  const pieces: string[] = []
  let kept = 0
  let comma = -1
  let first = -1
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? ''
    if (character === '"') at = endOfText(text, at)
    if ((character === '}' || character === ']') && comma !== -1) {
      pieces.push(text.slice(kept, comma), ' ')
      kept = comma + 1
      if (first === -1) first = comma
    }
    if (character === ',') comma = at
    else if (!' \t\r\n'.includes(character)) comma = -1
  }
  const before = text.slice(0, Math.max(0, first))
  return { text: pieces.join('') + text.slice(kept), count: pieces.length / 2, line: before.split('\n').length }
}

/** The place of the quote that ends the text which begins at `start`; the last place where none does. */
function endOfText(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return Math.min(at, text.length - 1)
}
