import { notValid, text } from './arguments.ts'
import { type Call, type FunctionTable, strict } from './language-function.ts'

/** As .NET encodes, by RFC 3986: five characters more than JavaScript does. */
const encoded = strict(1, 1, call =>
  encodeURIComponent(Buffer.from(text(call, 0)).toString()).replace(
    /[!'()*]/g,
    character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`
  )
)

function decode(call: Call): string {
  try {
    return decodeURIComponent(text(call, 0))
  } catch (error) {
    if (error instanceof URIError) throw notValid(call)
    throw error
  }
}

const decoded = strict(1, 1, decode)

function uri(call: Call): URL {
  // .NET takes white space around an address off, and so does this; the flow's own comparisons of the text do not.
  const address = text(call, 0)
  if (!URL.canParse(address)) throw notValid(call)
  return new URL(address)
}

const defaultPorts: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443, 'ftp:': 21 }

/** Addresses and their parts. */
export const uris: FunctionTable = {
  uriComponent: encoded,
  encodeUriComponent: encoded,
  decodeUriComponent: decoded,
  uriComponentToString: decoded,
  uriComponentToBinary: strict(1, 1, call => ({
    '$content-type': 'application/octet-stream',
    $content: Buffer.from(decode(call)).toString('base64')
  })),
  uriHost: strict(1, 1, call => uri(call).hostname),
  uriPath: strict(1, 1, call => uri(call).pathname),
  uriPathAndQuery: strict(1, 1, call => `${uri(call).pathname}${uri(call).search}`),
  uriPort: strict(1, 1, call => Number(uri(call).port) || (defaultPorts[uri(call).protocol] ?? -1)),
  uriQuery: strict(1, 1, call => uri(call).search),
  uriScheme: strict(1, 1, call => uri(call).protocol.slice(0, -1))
}
