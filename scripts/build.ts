/**
 * `npm run build`: src/ → dist/, and beside it the files that are read at run time. The command line is a bundle: with a file for each module of ours,
 * and those of two libraries that have hundreds, a start would take twice as long.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
process.chdir(root)

rmSync('dist', { recursive: true, force: true })
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
const { status } = spawnSync(process.execPath, [tsc, '-p', '.'], { stdio: 'inherit' })
if (status !== 0) process.exit(status ?? 1)

cpSync('src', 'dist', { recursive: true, filter: path => !path.endsWith('.ts') })

const bundled = ['kysely', 'typebox']
const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: Record<string, string> }
rmSync('dist/cli', { recursive: true, force: true })
await build({
  entryPoints: ['src/cli/main.ts'],
  outdir: 'dist/cli',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: true,
  chunkNames: '[name]-[hash]',
  external: Object.keys(dependencies).filter(name => !bundled.includes(name)),
  logLevel: 'warning',
  plugins: [
    {
      // What reads files beside itself stays where it is.
      name: 'own-place',
      setup: ({ onResolve }) =>
        onResolve({ filter: /\/(version|shipped-certificates)\.ts$/ }, ({ path }) => ({
          path: path.endsWith('version.ts') ? '../version.js' : '../callback/shipped-certificates.js',
          external: true
        }))
    }
  ]
})
writeFileSync(
  'dist/cli/LICENSES',
  bundled
    .map(name => `${name}\n\n${readFileSync(`node_modules/${name}/${name === 'typebox' ? 'license' : 'LICENSE'}`, 'utf8')}`)
    .join('\n\n')
)
chmodSync('dist/cli/main.js', 0o755)

// So that `npx referral-connector` runs this checkout's own command; npm links the commands of dependencies only.
if (existsSync('node_modules/.bin') && process.platform !== 'win32') {
  rmSync('node_modules/.bin/referral-connector', { force: true })
  symlinkSync('../../dist/cli/main.js', 'node_modules/.bin/referral-connector')
}
