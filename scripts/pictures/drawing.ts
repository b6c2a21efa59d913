/** Just enough SVG to draw a card with fields: rows under each other, text that is wrapped, nothing that a viewer without fonts would lose. */

const font = 'system-ui, -apple-system, Segoe UI, Roboto, sans-serif'
const colors = {
  ink: '#1f2328',
  soft: '#57606a',
  line: '#d0d7de',
  paper: '#ffffff',
  ground: '#f6f8fa',
  brand: '#0b6a5b',
  required: '#b42318'
}
export const width = 640
const margin = 24
const inner = width - 2 * margin

/** A piece of a picture and how high it is. */
export interface Row {
  height: number
  svg(y: number): string
}

export interface Field {
  label: string
  hint?: string
  value?: string
  isRequired?: boolean
  isList?: boolean
}

/** A whole picture: a card whose head has a title, on the brand's colour when it is the connector's. */
export function card(title: string, rows: readonly Row[], alt: string): string {
  const head = 48
  let y = head + 16
  const body = rows.map(row => {
    const at = y
    y += row.height
    return row.svg(at)
  })
  const height = y + 16
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(alt)}">
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="${colors.paper}" stroke="${colors.line}"/>
<path d="M0.5 ${head}V8.5a8 8 0 0 1 8-8h${width - 17}a8 8 0 0 1 8 8V${head}z" fill="${colors.brand}"/>
${text(margin, 31, title, { size: 16, weight: 600, fill: colors.paper })}
${body.join('\n')}
</svg>
`
}

/** A label, its box with a value or a hint, and a list's arrow. */
export function field({ label, hint = '', value, isRequired = false, isList = false }: Field): Row {
  const shown = wrap(value ?? hint, 86).slice(0, 2)
  const box = 16 + 18 * Math.max(1, shown.length)
  return {
    height: 24 + box + 14,
    svg: y =>
      [
        `<text x="${margin}" y="${y + 14}" font-family="${font}" font-size="13" font-weight="600" fill="${colors.ink}">${escaped(label)}${
          isRequired ? `<tspan fill="${colors.required}"> *</tspan>` : ''
        }</text>`,
        `<rect x="${margin + 0.5}" y="${y + 24.5}" width="${inner - 1}" height="${box - 1}" rx="4" fill="${colors.paper}" stroke="${colors.line}"/>`,
        ...shown.map((line, index) =>
          text(margin + 12, y + 24 + 22 + index * 18, line, { size: 13, fill: value === undefined ? colors.soft : colors.ink })
        ),
        ...(isList
          ? [`<path d="M${width - margin - 24} ${y + 24 + box / 2 - 3}l6 6 6-6" fill="none" stroke="${colors.soft}" stroke-width="1.5"/>`]
          : [])
      ].join('\n')
  }
}

/** A sentence under the fields. */
export function note(words: string): Row {
  const lines = wrap(words, 92)
  return {
    height: lines.length * 18 + 12,
    svg: y => lines.map((line, index) => text(margin, y + 12 + index * 18, line, { size: 12, fill: colors.soft })).join('\n')
  }
}

/** A line of a table: what it is at the left, what to do with it at the right. */
export function line(left: string, right: string, isHead = false): Row {
  return {
    height: 36,
    svg: y =>
      [
        ...(isHead ? [] : [`<path d="M${margin} ${y + 0.5}H${width - margin}" stroke="${colors.line}"/>`]),
        text(margin, y + 23, left, { size: 13, weight: isHead ? 600 : 400, fill: isHead ? colors.soft : colors.ink }),
        text(width / 2 + 40, y + 23, right, { size: 13, weight: isHead ? 600 : 400, fill: isHead ? colors.soft : colors.brand })
      ].join('\n')
  }
}

/** A step of a flow, set in by the depth of its scope. */
export function step(name: string, what: string, depth: number): Row {
  const x = margin + depth * 28
  return {
    height: 62,
    svg: y =>
      [
        `<rect x="${x + 0.5}" y="${y + 0.5}" width="${width - margin - x - 1}" height="47" rx="6" fill="${colors.ground}" stroke="${colors.line}"/>`,
        `<rect x="${x}" y="${y}" width="4" height="48" rx="2" fill="${colors.brand}"/>`,
        text(x + 16, y + 20, name, { size: 13, weight: 600, fill: colors.ink }),
        text(x + 16, y + 38, what, { size: 12, fill: colors.soft })
      ].join('\n')
  }
}

function text(x: number, y: number, words: string, style: { size: number; fill: string; weight?: number }): string {
  return `<text x="${x}" y="${y}" font-family="${font}" font-size="${style.size}" font-weight="${style.weight ?? 400}" fill="${style.fill}">${escaped(words)}</text>`
}

function wrap(words: string, most: number): string[] {
  const lines: string[] = []
  for (const word of words.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + word.length < most) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
