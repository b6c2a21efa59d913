/** SPDX ids of licences that ask for no more than that their text is kept. What ships may be under these. */
export const shippedLicences: ReadonlySet<string> = new Set([
  'MIT',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  '0BSD',
  'BlueOak-1.0.0'
])

/** What only the development uses may also be under these: data that is quoted with its source, and what was given away. */
export const developmentLicences: ReadonlySet<string> = new Set([...shippedLicences, 'Python-2.0', 'CC0-1.0', 'CC-BY-3.0'])

/** Packages that name no licence where it can be read by a program; somebody has read it. By name and version, so that a new one is read again. */
export const readByHand: Readonly<Record<string, string>> = {
  // Its package.json names none; its file «license» has the text.
  'jsonc-simple-parser@3.0.0': 'MIT'
}
