export type XmlNode = string

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' }

/** Without the characters that XML 1.0 cannot hold, and with those that mean something in it written as text. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '')
    .replace(/[&<>"']/g, character => escapes[character] ?? '')
}

/** An element with other elements in it, or an empty one. */
export function element(name: string, attributes: Record<string, string> = {}, children: readonly XmlNode[] = []): XmlNode {
  const start = [name, ...Object.entries(attributes).map(([attribute, value]) => `${attribute}="${escaped(value)}"`)].join(' ')
  if (children.length === 0) return `<${start} />`
  return `<${start}>\n${children.map(child => child.replace(/^/gm, '  ')).join('\n')}\n</${name}>`
}

/** An element that holds a text on one line. */
export function textElement(name: string, text: string | number): XmlNode {
  return `<${name}>${escaped(String(text).replace(/\s+/g, ' '))}</${name}>`
}

export const declaration = '<?xml version="1.0" encoding="utf-8"?>\n'
