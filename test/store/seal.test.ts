import t from 'tap'
import { seal } from '../../src/store/seal.ts'

const sealing = seal(Buffer.alloc(32, 7))

t.test('what was sealed opens again, and never looks the same twice', async t => {
  for (const text of ['', 'x', 'größer 😀', 'x'.repeat(100_000)]) t.equal(sealing.open(sealing.close(text, 'a'), 'a'), text)
  const one = sealing.close('text', 'a')
  t.not(one, sealing.close('text', 'a'))
  t.match(one, /^v1\.[A-Za-z0-9_-]+$/)
})

t.test('it opens only whole, under its own name and with its own key', async t => {
  const sealed = sealing.close('text', 'secret a')
  const bytes = Buffer.from(sealed.slice(3), 'base64url')
  const changed = (at: number): string => {
    const copy = Buffer.from(bytes)
    copy[at] = (copy[at] ?? 0) ^ 1
    return `v1.${copy.toString('base64url')}`
  }
  const wrong: Record<string, () => string> = {
    'another name': () => sealing.open(sealed, 'secret b'),
    'another key': () => seal(Buffer.alloc(32, 8)).open(sealed, 'secret a'),
    'a changed nonce': () => sealing.open(changed(0), 'secret a'),
    'a changed text': () => sealing.open(changed(12), 'secret a'),
    'a changed tag': () => sealing.open(changed(bytes.length - 1), 'secret a'),
    'a shortened one': () => sealing.open(sealed.slice(0, -4), 'secret a'),
    'another version': () => sealing.open(sealed.replace('v1.', 'v2.'), 'secret a'),
    'an empty one': () => sealing.open('v1.', 'secret a'),
    'no sealed one': () => sealing.open('text', 'secret a')
  }
  for (const [name, open] of Object.entries(wrong)) t.throws(open, { code: 'STORE_KEY_WRONG' }, name)
})

t.test('a hash depends on the key and the text', async t => {
  t.match(sealing.hash('x'), /^[0-9a-f]{64}$/)
  t.equal(sealing.hash('x'), sealing.hash('x'))
  t.not(sealing.hash('x'), sealing.hash('y'))
  t.not(sealing.hash('x'), seal(Buffer.alloc(32, 8)).hash('x'))
})
