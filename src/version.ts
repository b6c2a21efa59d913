import { readFileSync } from 'node:fs'

/** The version in package.json, which stands one folder up both in the sources and in the built package. */
export const version: string = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version
