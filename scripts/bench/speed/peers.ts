import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { progress } from '../figures.ts'

const folder = fileURLToPath(new URL('../peers/', import.meta.url))

/** Installs the peers from their lock file when they are not there; no script of theirs is run. */
export function installPeers(): void {
  if (existsSync(`${folder}node_modules`)) return
  progress('installing the peers')
  const words = ['ci', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund']
  const { status } = spawnSync('npm', words, { stdio: ['ignore', 'ignore', 'inherit'], shell: process.platform === 'win32' })
  if (status !== 0) throw new Error('The peers could not be installed.')
}

/** What a peer exports by default. */
export async function peer<T>(name: string): Promise<T> {
  const path = createRequire(`${folder}package.json`).resolve(name)
  return ((await import(pathToFileURL(path).href)) as { default: T }).default
}

export function peerVersions(): Record<string, string> {
  const read = createRequire(`${folder}package.json`)
  const { dependencies } = read('./package.json') as { dependencies: Record<string, string> }
  return dependencies
}
