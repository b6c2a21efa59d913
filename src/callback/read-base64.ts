/**
 * The bytes of a text that is base64 in its one canonical form (RFC 4648 section 4), or nothing. Node's own decoder lets blanks, the URL
 * alphabet, missing padding, junk and stray bits pass, and so takes many texts for one signature.
 */
export function readBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return text !== '' && bytes.toString('base64') === text ? bytes : undefined
}
