const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' }

/** The names of a solution's flows by the paths of their files in small letters, from its customizations.xml. */
export function workflowNames(customizations: Uint8Array | undefined): ReadonlyMap<string, string> {
  const xml = customizations ? new TextDecoder().decode(customizations) : ''
  const found = xml.split('<Workflow ').slice(1)
  return new Map(
    found.flatMap(part => {
      const name = /^[^>]*?\bName="([^"]*)"/.exec(part)?.[1]
      const file = /<JsonFileName>([^<]*)<\/JsonFileName>/.exec(part)?.[1]
      return name === undefined || file === undefined ? [] : [[unescaped(file).toLowerCase(), unescaped(name)] as const]
    })
  )
}

function unescaped(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z]+));/gi, (whole, hex, decimal, name) => {
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
    if (name !== undefined) return entities[String(name).toLowerCase()] ?? whole
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
}
