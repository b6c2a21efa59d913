/** `npm run build`: src/ → dist/, and beside it the files that are read at run time. */
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
process.chdir(root)

rmSync('dist', { recursive: true, force: true })
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
const { status } = spawnSync(process.execPath, [tsc, '-p', '.'], { stdio: 'inherit' })
if (status !== 0) process.exit(status ?? 1)

cpSync('src', 'dist', { recursive: true, filter: path => !path.endsWith('.ts') })
chmodSync('dist/cli/main.js', 0o755)

// So that `npx referral-connector` runs this checkout's own command; npm links the commands of dependencies only.
if (existsSync('node_modules/.bin') && process.platform !== 'win32') {
  rmSync('node_modules/.bin/referral-connector', { force: true })
  symlinkSync('../../dist/cli/main.js', 'node_modules/.bin/referral-connector')
}
