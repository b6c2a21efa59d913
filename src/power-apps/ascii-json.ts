/**
 * JSON as paconn writes it: two blanks and ASCII only, since paconn reads its files in whatever encoding the system prefers.
 * Source: PowerPlatformConnectors, tools/paconn-cli/paconn/common/util.py
 */
export function asciiJson(value: unknown, indent = 2): string {
  return JSON.stringify(value, null, indent).replace(
    /[\u007f-\uffff]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  )
}
