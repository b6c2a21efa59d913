import { existsSync, readdirSync } from 'node:fs'
import t from 'tap'
import type { HostileCase } from './hostile-case.ts'

/** Every table, by the name of its file. */
const tables = await Promise.all(
  readdirSync(new URL('cases/', import.meta.url))
    .filter(file => file.endsWith('.ts'))
    .map(async file => {
      const { cases } = (await import(`./cases/${file}`)) as { cases: HostileCase[] }
      return { name: file.replace(/\.ts$/, ''), cases }
    })
)
const all = tables.flatMap(({ name, cases }) => cases.map(({ subject, variants }) => ({ name, subject, variants })))

t.test('the corpus of what hostile and unlucky callers do', async t => {
  for (const [index, { name, subject, variants }] of all.entries()) {
    const names = new Set(variants.map(({ what }) => what))
    t.ok(
      variants.length > 0 && names.size === variants.length,
      `${index + 1}. ${name}: ${subject} (${variants.length} ${variants.length === 1 ? 'variant' : 'variants'}, no two alike)`
    )
  }
  const variants = all.reduce((sum, { variants: { length } }) => sum + length, 0)
  t.comment(`${all.length} subjects, ${variants} variants`)
})

t.test('no subject stands in it twice, and every table is proven', async t => {
  t.equal(new Set(all.map(({ subject }) => subject)).size, all.length)
  for (const { name } of tables) t.ok(existsSync(new URL(`${name}.test.ts`, import.meta.url)), name)
})
