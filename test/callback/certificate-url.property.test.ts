import fc from 'fast-check'
import t from 'tap'
import { checkCertificateUrl } from '../../src/callback/certificate-url.ts'
import { Failure } from '../../src/failure.ts'
import { holds } from '../fixtures/arbitraries/holds.ts'

const host = '3psostorageacct.blob.core.windows.net'
const hosts = [host, 'store.example.com']

function isAccepted(text: string): boolean {
  try {
    checkCertificateUrl(text, hosts)
    return true
  } catch (error) {
    if (error instanceof Failure && /^CERTIFICATE_URL_/.test(error.code)) return false
    throw error
  }
}

/** Pieces of which lookalikes are made. */
const piece = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.constantFrom('https://', host, '/cert/', 'pcnotifications-dispatch.microsoft.com', '.cer', 'store.example.com')
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      'http:',
      'HTTPS:',
      '//',
      '\\',
      '@',
      ':',
      ':443',
      ':8443',
      '?',
      '#',
      '.',
      '..',
      '/..',
      '%2e',
      '%2f',
      '%5c',
      '%00',
      ';',
      ' ',
      '\t',
      '\n',
      '\0'
    )
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom('evil.test', 'user:pw@', '127.0.0.1', '[::1]', '\u3002', '\u00ad', '\u017f', 'xn--', '\ufeff', '\u202e')
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 3 }) }
)
const assembled = fc.array(piece, { minLength: 1, maxLength: 10 }).map(parts => parts.join(''))
/** A good one with a piece put in somewhere, or in place of something. */
const altered = fc.tuple(fc.constantFrom(...hosts), piece, fc.nat(), fc.nat(3)).map(([name, more, where, length]) => {
  const text = `https://${name}/cert/pcnotifications-dispatch.microsoft.com.cer`
  const at = where % (text.length + 1)
  return text.slice(0, at) + more + text.slice(at + length)
})

t.test('no reader understands an accepted URL in another way', async t => {
  let accepted = 0
  await holds(t, 40_000, fc.oneof(assembled, altered, fc.webUrl()), text => {
    if (!isAccepted(text)) return true
    accepted += 1
    const { protocol, username, password, port, pathname, search, hash, hostname, href } = new URL(text)
    // As many programs do it: cut at slashes, the last @ before the host, a colon before the port.
    const [scheme, empty, authority = '', ...path] = text.split('/')
    const [naiveHost, ...naivePort] = authority.split('@').slice(-1).join().split(':')
    return (
      href === text &&
      protocol === 'https:' &&
      scheme === 'https:' &&
      empty === '' &&
      `${username}${password}${port}${search}${hash}` === '' &&
      hosts.includes(hostname) &&
      naiveHost === hostname &&
      authority === hostname &&
      naivePort.length === 0 &&
      path.length === 2 &&
      pathname === `/${path.join('/')}` &&
      /^\/cert\/[A-Za-z0-9._-]{1,100}\.cer$/.test(decodeURIComponent(pathname)) &&
      !/[?#@\\%;\s]/.test(text)
    )
  })
  t.ok(accepted > 100, `${accepted} were accepted`)
})

t.test('plain names of files in the folder are accepted, on listed hosts only', async t => {
  const file = fc.stringMatching(/^[A-Za-z0-9._-]{1,100}$/)
  await holds(t, 2000, fc.tuple(fc.constantFrom(...hosts), file), ([name, base]) => isAccepted(`https://${name}/cert/${base}.cer`))
  const otherHost = fc.oneof(
    fc.domain(),
    fc.constantFrom(...hosts).map(name => `a.${name}`),
    fc.constantFrom(...hosts).map(name => `${name}.test`)
  )
  await holds(t, 2000, fc.tuple(otherHost, file), ([name, base]) => hosts.includes(name) || !isAccepted(`https://${name}/cert/${base}.cer`))
})

t.test('text of any kind is refused with a Failure and nothing else', async t => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 100 }),
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom(host).map(name => `https://${name}/cert/${'a'.repeat(3000)}.cer`)
  )
  await holds(t, 5000, text, value => !isAccepted(value))
})
