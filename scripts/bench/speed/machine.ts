import { spawnSync } from 'node:child_process'
import { statfsSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'

/** What is measured has this core for itself, and what loads it has the next one. */
export const measured = 0
export const loading = 1

/** The command that runs `words` on one core; the words themselves where that cannot be said. */
export function onCore(core: number, words: readonly string[]): [string, ...string[]] {
  const [command = '', ...rest] = words
  return canPin() ? ['taskset', '-c', String(core), command, ...rest] : [command, ...rest]
}

export function canPin(): boolean {
  return cpus().length > 1 && has('taskset', '--version')
}

export function opensslVersion(): string | undefined {
  return has('openssl', 'version') ? spawnSync('openssl', ['version'], { encoding: 'utf8' }).stdout.trim() : undefined
}

function has(command: string, word: string): boolean {
  return spawnSync(command, [word], { stdio: 'ignore' }).status === 0
}

export function machine(): Record<string, string | number | boolean> {
  const cores = cpus()
  return {
    processor: cores[0]?.model ?? 'unknown',
    cores: cores.length,
    memoryMb: Math.round(totalmem() / 1024 / 1024),
    system: `${process.platform} ${process.arch}`,
    node: process.version,
    openssl: process.versions.openssl,
    opensslCommand: opensslVersion() ?? 'none',
    pinned: canPin()
  }
}

/** See statfs(2): what is committed there reaches no disk. */
const tmpfsType = 0x01021994

/** Where temporary files lie on a disk, if that is anywhere. */
export function diskFolder(): { folder: string; isDisk: boolean } {
  for (const folder of [tmpdir(), '/var/tmp', process.cwd()]) {
    try {
      if (statfsSync(folder).type !== tmpfsType) return { folder, isDisk: true }
    } catch {
      // There is no such folder on this system.
    }
  }
  return { folder: tmpdir(), isDisk: false }
}
