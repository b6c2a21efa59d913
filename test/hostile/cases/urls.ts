/** Where a callback says that its certificate is to be had: anything but a file of the certificate store, as one writes it. */
import type { FailureCode } from '../../../src/failure.ts'
import { certificateUrl } from '../../fixtures/signed-callback.ts'
import type { HostileCase, Refusal } from '../hostile-case.ts'
import { offer, storeHost, withUrl } from '../hostile-pki.ts'
import type { FileAnswer } from '../served-files.ts'
import { typedStories } from './urls/typed-form.ts'

const store = `https://${storeHost}`
const file = '/cert/pcnotifications-dispatch.microsoft.com.cer'
/** One of the accounts that anybody can open; a download from it would be seen. */
const foreign = 'attacker.blob.core.windows.net'

const refused =
  (status: number, code: FailureCode) =>
  (...urls: string[]): Refusal[] =>
    urls.map(url => ({ what: shown(url), status, code, break: request => withUrl(request, url) }))
const isForeign = refused(401, 'CERTIFICATE_URL_FOREIGN')
const isMalformed = refused(400, 'CERTIFICATE_URL_MALFORMED')
const isNoHeader = refused(400, 'CALLBACK_HEADER_MALFORMED')

const shown = (url: string): string => (url.length > 120 ? `${url.slice(0, 80)}… of ${url.length} characters` : url)
/** As the bytes of UTF-8 go over the wire in a header. */
const overTheWire = (text: string): string => Buffer.from(text).toString('latin1')
/** The same host to the eye: a Cyrillic о. */
const homoglyph = new URL('https://3psоstorageacct.blob.core.windows.net').hostname

const redirected = (what: string, location: string): Refusal => ({
  what,
  status: 503,
  code: 'CERTIFICATE_UNREACHABLE',
  downloads: { [storeHost]: 1 },
  break(request, stage) {
    const answer: FileAnswer = (_request, response) => void response.writeHead(302, { location }).end('moved')
    offer(stage, answer)
    stage.files.serve(location, answer)
    return request
  }
})

export const cases: HostileCase[] = [
  {
    subject: 'a certificate over plain http',
    variants: [
      ...isForeign(`http://${storeHost}${file}`, `http://${storeHost}:443${file}`, `http://${foreign}${file}`),
      ...isMalformed(`HTTP://${storeHost}${file}`, `http:${storeHost}${file}`)
    ]
  },
  {
    subject: 'a certificate by another scheme, or by none',
    variants: [
      ...isForeign(
        'file:///etc/passwd',
        `file://${storeHost}${file}`,
        `ftp://${storeHost}${file}`,
        `wss://${storeHost}${file}`,
        `gopher://${storeHost}:70/_GET`,
        `blob:${store}${file}`,
        `view-source:${store}${file}`,
        'javascript:alert(1)',
        'data:application/pkix-cert;base64;MIIB',
        'about:blank'
      ),
      ...isMalformed(
        `HTTPS://${storeHost}${file}`,
        `https:${storeHost}${file}`,
        `https:/${storeHost}${file}`,
        `https:///${storeHost}${file}`,
        `//${storeHost}${file}`,
        `${storeHost}${file}`,
        file
      ),
      ...isNoHeader('data:application/pkix-cert;base64,MIIB')
    ]
  },
  {
    subject: 'a certificate URL with a user in front of the host',
    variants: [
      ...isForeign(
        `https://evil@${storeHost}${file}`,
        `https://${storeHost}@evil.test${file}`,
        `https://${storeHost}@${foreign}${file}`,
        `https://${storeHost}:pw@${foreign}${file}`,
        `https://${storeHost}:443@${foreign}${file}`,
        `https://${storeHost}:pw@${storeHost}${file}`,
        `https://${storeHost}%2f@${foreign}${file}`,
        `https://${foreign}/@${storeHost}${file}`
      ),
      ...isMalformed(
        `https://@${storeHost}${file}`,
        `https://:@${storeHost}${file}`,
        `https://${storeHost}%40${foreign}${file}`,
        `https://${foreign}#@${storeHost}${file}`,
        `https://${foreign}?@${storeHost}${file}`,
        `https://${foreign}\\@${storeHost}${file}`
      )
    ]
  },
  {
    subject: 'a certificate URL with a port',
    variants: [
      ...isForeign(...['8443', '80', '0', '22'].map(port => `${store}:${port}${file}`)),
      ...isMalformed(...['443', '0443', '', '65536', '-1', ' 443', '443a', '443:443'].map(port => `${store}:${port}${file}`))
    ]
  },
  {
    subject: "a host that merely looks like the certificate store's",
    variants: isForeign(
      ...[
        `${storeHost}.evil.test`,
        `evil-${storeHost}`,
        `a.${storeHost}`,
        `.${storeHost}`,
        `${storeHost}.`,
        `*.${storeHost}`,
        'blob.core.windows.net',
        '3psostorageacct',
        '3psostorageacct.blob.core.windows.net.cdn.test',
        '3psostorageacct.blob-core-windows.net'
      ].map(host => `https://${host}${file}`)
    )
  },
  {
    subject: 'another account of the same storage service',
    variants: isForeign(
      ...[
        foreign,
        '3psostorageacct2.blob.core.windows.net',
        '3psostorageacct-secondary.blob.core.windows.net',
        '3psostorageacct.web.core.windows.net',
        '3psostorageacct.file.core.windows.net',
        '3psostorageacct.blob.core.chinacloudapi.cn',
        '3psostorageacct.z6.blob.storage.azure.net'
      ].map(host => `https://${host}${file}`)
    )
  },
  {
    subject: "the certificate store's host in another spelling",
    variants: [
      ...isMalformed(
        `${store.toUpperCase()}${file}`,
        `https://3PSOSTORAGEACCT.blob.core.windows.net${file}`,
        `https://%33psostorageacct.blob.core.windows.net${file}`,
        `https://3psostorageacct.blob.core.windows%2enet${file}`,
        `https://3psostorageacct%E3%80%82blob.core.windows.net${file}`
      ),
      ...isForeign(`https://${homoglyph}${file}`),
      ...isNoHeader(
        ...[
          'https://3psostorageacct。blob。core。windows。net',
          'https://3psоstorageacct.blob.core.windows.net',
          'https://3pso\u00adstorageacct.blob.core.windows.net',
          'https://3p\u017fostorageacct.blob.core.windows.net',
          'https://３psostorageacct.blob.core.windows.net'
        ].map(host => overTheWire(`${host}${file}`))
      )
    ]
  },
  {
    subject: 'characters that two readers of a URL understand in two ways',
    variants: [
      ...isMalformed(
        `https:\\\\${storeHost}\\cert\\x.cer`,
        `${store}\\cert\\x.cer`,
        `${store}/cert\\x.cer`,
        `${store}/cert/a b.cer`,
        `${store}/cert/\`x\`.cer`,
        `${store}/cert/{x}.cer`,
        `${store}/cert/<x>.cer`,
        `${store}/cert/"x".cer`
      ),
      ...isForeign(
        `${store}/cert%2fx.cer`,
        `${store}/cert/x%2fy.cer`,
        `${store}/cert/x%5cy.cer`,
        `${store}/cert/x;y.cer`,
        `${store}/cert/x|y.cer`,
        `${store}/cert/$(x).cer`,
        `${store}/cert/x%00.cer`,
        `${store}/cert/x%0d%0aHost:evil.test.cer`,
        `${store}/cert/%78.cer`,
        `${store}/cert/x%.cer`,
        `${store}${file};x`
      ),
      ...isNoHeader(`${store}/cert/a\tb.cer`, `${store}/cert/a\u00a0b.cer`, `${store}/cert/x,y.cer`)
    ]
  },
  {
    subject: 'a way out of the folder of certificates',
    variants: [
      ...isMalformed(
        `${store}/cert/../other/x.cer`,
        `${store}/cert/%2e%2e/other/x.cer`,
        `${store}/cert/%2E./other/x.cer`,
        `${store}/cert/..\\other\\x.cer`,
        `${store}/cert/./x.cer`,
        `${store}/other/../cert/x.cer`,
        store
      ),
      ...isForeign(
        `${store}//cert/x.cer`,
        `${store}/cert//x.cer`,
        `${store}/cert/a/b.cer`,
        `${store}/Cert/x.cer`,
        `${store}/certs/x.cer`,
        `${store}/$root/cert/x.cer`,
        `${store}/x.cer`,
        `${store}/`
      )
    ]
  },
  {
    subject: 'a file of the store that is no certificate by its name',
    variants: isForeign(
      ...['', '.cer', 'x.CER', 'x.pem', 'x.cer/', 'x.cer/y', 'x.cer.exe', 'x.cer%20', 'x~.cer', `${'a'.repeat(101)}.cer`].map(
        name => `${store}/cert/${name}`
      )
    )
  },
  {
    subject: 'a certificate URL with a query or a fragment',
    variants: [
      ...isForeign(
        ...['?', '#', '?a=b', '#x', '?sv=2024-11-04&sr=b&sig=c2lnbmF0dXJl&sp=r', '?snapshot=2026-01-01T00:00:00Z', '?comp=metadata'].map(
          end => `${certificateUrl}${end}`
        ),
        `${store}/cert/x?y.cer`,
        `${store}/cert/x#y.cer`,
        `${certificateUrl}%3Fa=b`
      )
    ]
  },
  {
    subject: 'an address in figures, of this machine or of its network',
    variants: [
      ...isForeign(
        ...['127.0.0.1', '0.0.0.0', '10.0.0.1', '169.254.169.254', '168.63.129.16', '[::1]', '[::]', '[::ffff:7f00:1]', '[fd00::1]'].map(
          host => `https://${host}${file}`
        ),
        'http://169.254.169.254/metadata/identity/oauth2/token',
        `https://localhost${file}`,
        `https://localhost.localdomain${file}`
      ),
      ...isMalformed(
        ...['0x7f.1', '0x7f000001', '2130706433', '017700000001', '127.1', '0', '[::ffff:127.0.0.1]', '[0:0:0:0:0:0:0:1]'].map(
          host => `https://${host}${file}`
        ),
        `https://[fe80::1%25eth0]${file}`
      ),
      {
        what: "the very port of the store, by its machine's address",
        status: 401,
        code: 'CERTIFICATE_URL_FOREIGN',
        break: (request, { files }) => withUrl(request, `https://${files.address}${file}`)
      },
      {
        what: "the very port of the issuers, by its machine's address",
        status: 401,
        code: 'CERTIFICATE_URL_FOREIGN',
        break: (request, { issuers }) => withUrl(request, `http://${issuers.address}${file}`)
      }
    ]
  },
  {
    subject: 'a certificate store that redirects',
    variants: [
      redirected('to itself, for ever', certificateUrl),
      redirected('to another file of its own', `${store}/cert/other.cer`),
      redirected('to another account', `https://${foreign}${file}`),
      redirected('to plain http', `http://${storeHost}${file}`),
      redirected('to the metadata of the machine', 'http://169.254.169.254/metadata/instance'),
      redirected('to a file of the machine', 'file:///etc/passwd'),
      redirected('without a scheme', `//${foreign}${file}`),
      ...[301, 303, 307, 308].map(
        (status): Refusal => ({
          ...redirected(`with status ${status}`, `https://${foreign}${file}`),
          break(request, stage) {
            offer(stage, (_request, response) => void response.writeHead(status, { location: `https://${foreign}${file}` }).end())
            return request
          }
        })
      )
    ]
  },
  {
    subject: 'a certificate URL that throws in a reader of URLs',
    variants: isMalformed(
      'https://[',
      'https://]',
      'https://[::1',
      `https://[::1]]${file}`,
      'https://',
      'https:',
      'https://%',
      `https://%zz${file}`,
      'https://?',
      'https://#',
      'https://:443',
      `https://xn--${file}`,
      ':',
      '//',
      '?',
      'null',
      '[object Object]',
      '__proto__'
    )
  },
  {
    subject: 'a certificate URL of great length',
    variants: [
      ...isForeign(`${store}/cert/${'a'.repeat(2048 - store.length - 10)}.cer`, `https://${'a.'.repeat(120)}test${file}`),
      ...isMalformed(`https://${'a'.repeat(2040)}`.slice(0, 2048)),
      ...isNoHeader(`${store}/cert/${'a'.repeat(2049 - store.length - 10)}.cer`, `${store}/cert/${'%2e'.repeat(3000)}.cer`),
      {
        what: 'more than all headers may have',
        status: 431,
        code: undefined,
        break: request => withUrl(request, `${store}/cert/${'a'.repeat(20_000)}.cer`)
      }
    ]
  },
  {
    subject: 'a certificate URL that only the typed form can carry',
    variants: typedStories
  }
]
