import { constants, createHash, type KeyObject, privateEncrypt, publicEncrypt, sign } from 'node:crypto'
import { extendedKeyUsage, issuerUrls, purposes, rsaKeys, signingCertificate } from '../../fixtures/certificates.ts'
import { certificateUrl } from '../../fixtures/signed-callback.ts'
import { signatureOf, withBody, withSignature } from '../change-request.ts'
import { cubeRootForgery, passesLaxCheck } from '../cube-root-forgery.ts'
import { genuine, issuingUrl } from '../genuine-pki.ts'
import type { HostileCase, Refusal } from '../hostile-case.ts'
import { hostileStage, makeKnown, newEvent } from '../stage.ts'

const malformed = { status: 400, code: 'CALLBACK_SIGNATURE_MALFORMED' } as const
const headerMalformed = { status: 400, code: 'CALLBACK_HEADER_MALFORMED' } as const
const mismatch = { status: 401, code: 'CALLBACK_SIGNATURE_MISMATCH' } as const

const { privateKey, publicKey } = genuine.signer.keys
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
const sha256 = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest()
/** DER of the digest and its algorithm, which PKCS #1 v1.5 puts into a signature. Source: RFC 8017 section 9.2. */
const digestInfo = (body: Buffer): Buffer => Buffer.concat([Buffer.from('3031300d060960864801650304020105000420', 'hex'), sha256(body)])

/** The signature as text, written in another way. */
const written = (
  what: string,
  write: (text: string, bytes: Buffer) => string,
  refused: typeof malformed | typeof headerMalformed = malformed
): Refusal => ({
  what,
  break: withSignature(bytes => write(base64(bytes), bytes)),
  ...refused
})
/** Other bytes in place of the signature. */
const bytes = (
  what: string,
  make: (genuine: Buffer, body: Buffer) => Buffer,
  refused: typeof malformed | typeof mismatch = mismatch
): Refusal => ({
  what,
  break: withSignature(make),
  ...refused
})
/** A genuine signature, but over something else than the body that is sent. */
const over = (what: string, other: (body: Buffer) => Buffer): Refusal =>
  bytes(what, (_genuine, body) => sign('sha256', other(body), privateKey))
/** The genuine signature under another body. */
const under = (what: string, body: (body: Buffer) => Buffer): Refusal => ({ what, break: withBody(body), ...mismatch })

const around = (before: string | number[], after: string | number[]) => (body: Buffer) =>
  Buffer.concat([Buffer.from(before as string), body, Buffer.from(after as string)])
const reserialised = (write: (event: object) => string) => (body: Buffer) => Buffer.from(write(JSON.parse(body.toString())))
/** A signature by hand: whatever stands in the block, under the genuine private key. */
const block = (contents: Buffer): Buffer => privateEncrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, contents)
const padded = (tail: Buffer, { type = 1, fill = 0xff }: { type?: number; fill?: number } = {}): Buffer =>
  Buffer.concat([Buffer.from([0, type]), Buffer.alloc(256 - tail.length - 3, fill), Buffer.from([0]), tail])

export const cases: HostileCase[] = [
  {
    subject: 'the URL alphabet of base64',
    variants: [
      // The alphabets differ where there is one of the two letters, which there need not be: so there is.
      written('with padding', text => `-_${text.slice(2)}`),
      written('without padding', (_text, bytes) => `-_${bytes.toString('base64url').slice(2)}`),
      written('one letter', text => `${text.slice(0, 100)}_${text.slice(101)}`),
      written('percent signs', text => encodeURIComponent(`+/${text.slice(2)}`))
    ]
  },
  {
    subject: 'white space in base64',
    variants: [
      written('a blank inside', text => `${text.slice(0, 4)} ${text.slice(4)}`),
      written('blanks in place of plus signs', text => ` ${text.slice(1)}`, headerMalformed),
      written('a tab inside', text => `${text.slice(0, 4)}\t${text.slice(4)}`, headerMalformed),
      written('lines of 64', text => text.replace(/.{64}/g, '$& ')),
      written('a blank before the padding', text => text.replace('==', ' =='))
    ]
  },
  {
    subject: 'base64 without its padding',
    variants: [
      written('none', text => text.replace(/=+$/, '')),
      written('half of it', text => text.slice(0, -1)),
      written('dots in its place', text => text.replace('==', '..')),
      written('one letter less', text => text.slice(0, -3)),
      written('too much', text => `${text}=`),
      written('far too much', text => `${text}====`),
      written('at the front', text => `==${text.slice(0, -2)}`),
      written('in the middle', text => `${text.slice(0, 170)}==${text.slice(172)}`)
    ]
  },
  {
    subject: 'something behind the padding',
    variants: [
      written('letters', text => `${text}AAAA`),
      written('the signature once more', text => `${text}${text}`),
      written('other base64 with padding', text => `${text}AA==`),
      written('marks', text => `${text}!!!!`),
      written('marks inside', text => `${text.slice(0, 4)}!!!!${text.slice(4)}`),
      written('a parameter', text => `${text};q=1`),
      written('quotation marks around it', text => `"${text}"`)
    ]
  },
  {
    subject: 'stray bits in the last letter of base64',
    // 256 bytes leave four bits over, which are zero in the one canonical form.
    variants: Array.from({ length: 15 }, (_, index) =>
      written(`${(index + 1).toString(2).padStart(4, '0')}`, text => {
        const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
        const last = alphabet.indexOf(text.charAt(text.length - 3))
        return `${text.slice(0, -3)}${alphabet.charAt(last + index + 1)}==`
      })
    )
  },
  {
    subject: 'a signature that is too short or too long',
    isSignerKnown: true,
    variants: [
      bytes('the last byte missing', genuine => genuine.subarray(0, -1), malformed),
      bytes('the first byte missing', genuine => genuine.subarray(1), malformed),
      bytes('one byte behind it', genuine => Buffer.concat([genuine, Buffer.from([0])]), malformed),
      bytes('of an RSA key of 1024 bits', (_genuine, body) => sign('sha256', body, rsaKeys(1024).privateKey), malformed),
      bytes('of an RSA key of 3072 bits', (_genuine, body) => sign('sha256', body, rsaKeys(3072).privateKey), malformed),
      bytes('twice', genuine => Buffer.concat([genuine, genuine]), malformed),
      bytes('one byte', () => Buffer.from([1]), malformed),
      bytes('513 bytes', () => Buffer.alloc(513, 1), malformed),
      bytes('1500 bytes', () => Buffer.alloc(1500, 1), malformed)
    ]
  },
  {
    subject: 'numbers that are no signature',
    isSignerKnown: true,
    variants: [
      bytes('all zero', () => Buffer.alloc(256)),
      bytes('all ones', () => Buffer.alloc(256, 0xff)),
      bytes('the number one', () => Buffer.concat([Buffer.alloc(255), Buffer.from([1])])),
      bytes('the modulus', () => modulusOf(publicKey)),
      bytes('the modulus less one', () => fromInteger(integerOf(modulusOf(publicKey)) - 1n)),
      bytes('the signature taken from the modulus', genuine => fromInteger(integerOf(modulusOf(publicKey)) - integerOf(genuine))),
      bytes('the signature and the modulus', genuine => {
        const sum = integerOf(genuine) + integerOf(modulusOf(publicKey))
        // It fits into 256 bytes only now and then; otherwise it is cut.
        return fromInteger(sum % 2n ** 2048n)
      }),
      bytes('the signature backwards', genuine => Buffer.from(genuine).reverse()),
      bytes('one bit changed', genuine => Buffer.concat([genuine.subarray(0, 255), Buffer.from([(genuine[255] ?? 0) ^ 1])])),
      bytes('the hash of the body, repeated', (_genuine, body) => Buffer.concat(Array.from({ length: 8 }, () => sha256(body)))),
      bytes('the digest under the public key', (_genuine, body) =>
        publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, digestInfo(body))
      )
    ]
  },
  {
    subject: 'a zero byte before the signature',
    isSignerKnown: true,
    variants: [
      bytes('one', genuine => Buffer.concat([Buffer.from([0]), genuine]), malformed),
      bytes('as many as a key of 4096 bits would leave', genuine => Buffer.concat([Buffer.alloc(256), genuine]), malformed),
      bytes('in place of its last', genuine => Buffer.concat([Buffer.from([0]), genuine.subarray(0, 255)]))
    ]
  },
  {
    subject: 'the signature of another body',
    isSignerKnown: true,
    variants: [
      over('of another referral', () => newEvent()),
      over('of nothing', () => Buffer.alloc(0)),
      over('of the hash of the body', sha256),
      over('of the hash of the body in hex', body => Buffer.from(sha256(body).toString('hex'))),
      over('of the body twice', body => Buffer.concat([body, body])),
      under('another event under it', body => Buffer.from(body.toString().replace('referral-created', 'referral-updated'))),
      under('another referral under it', body => Buffer.from(body.toString().replace(/referrals\/./, 'referrals/z'))),
      under('one bit changed', body => Buffer.concat([body.subarray(0, -1), Buffer.from([(body.at(-1) ?? 0) ^ 1])])),
      bytes('of another key of the same length', (_genuine, body) => sign('sha256', body, rsaKeys().privateKey)),
      bytes('of an EC key, filled up with zeros', (_genuine, body) =>
        Buffer.concat([sign('sha256', body, genuine.issuing.keys.privateKey), Buffer.alloc(256)]).subarray(0, 256)
      )
    ]
  },
  {
    subject: 'the signature of the same event written anew',
    isSignerKnown: true,
    variants: [
      over(
        'indented',
        reserialised(event => JSON.stringify(event, null, 2))
      ),
      over(
        'indented by tabs',
        reserialised(event => JSON.stringify(event, null, '\t'))
      ),
      over(
        'its fields in another order',
        reserialised(event => JSON.stringify(Object.fromEntries(Object.entries(event).reverse())))
      ),
      over('its names in camel case', body =>
        Buffer.from(body.toString().replace(/"([A-Z])(\w+)":/g, (_all, a: string, b: string) => `"${a.toLowerCase()}${b}":`))
      ),
      over('its plus sign escaped, as .NET does', body => Buffer.from(body.toString().replace('+', '\\u002B'))),
      over('its slashes escaped, as PHP does', body => Buffer.from(body.toString().replaceAll('/', '\\/'))),
      over('without what is null', body => Buffer.from(body.toString().replace('"AuditUri":null,', ''))),
      over('as a text of JSON', body => Buffer.from(JSON.stringify(body.toString()))),
      over('in base64', body => Buffer.from(body.toString('base64')))
    ]
  },
  {
    subject: 'the signature of the body and a little more, or less',
    isSignerKnown: true,
    variants: [
      ...(
        [
          ['a line end behind it', '', '\n'],
          ['CR LF behind it', '', '\r\n'],
          ['a blank behind it', '', ' '],
          ['a NUL behind it', '', '\0'],
          ['a blank before it', ' ', ''],
          ['a byte order mark before it', [0xef, 0xbb, 0xbf], '']
        ] as const
      ).flatMap(([what, before, after]) => {
        const more = around(before as string, after)
        return [over(`${what}: signed but not sent`, more), under(`${what}: sent but not signed`, more)]
      }),
      over('signed as UTF-16', body => Buffer.from(body.toString(), 'utf16le')),
      under('sent as UTF-16', body => Buffer.from(body.toString(), 'utf16le')),
      under('sent without its last byte', body => body.subarray(0, -1)),
      under('sent without its first byte', body => body.subarray(1))
    ]
  },
  {
    subject: 'PSS in place of PKCS #1 v1.5',
    isSignerKnown: true,
    variants: [0, 20, 32, constants.RSA_PSS_SALTLEN_MAX_SIGN].map(saltLength =>
      bytes(`with ${saltLength < 0 ? 'the longest salt' : `a salt of ${saltLength} bytes`}`, (_genuine, body) =>
        sign('sha256', body, { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength })
      )
    )
  },
  {
    subject: 'another hash, or none, inside the signature',
    isSignerKnown: true,
    variants: [
      ...['md5', 'sha1', 'sha224', 'sha384', 'sha512', 'sha512-256', 'sha3-256', 'ripemd160'].map(hash =>
        bytes(hash, (_genuine, body) => sign(hash, body, privateKey))
      ),
      bytes('the bare hash', (_genuine, body) => privateEncrypt({ key: privateKey, padding: constants.RSA_PKCS1_PADDING }, sha256(body))),
      bytes('the hash without its algorithm in front', (_genuine, body) => block(padded(sha256(body)))),
      bytes("SHA-1's name before the hash of SHA-256", (_genuine, body) =>
        block(padded(Buffer.concat([Buffer.from('302d300906052b0e03021a05000420', 'hex'), sha256(body)])))
      ),
      bytes('two hashes', (_genuine, body) => sign('sha256', sha256(body), privateKey))
    ]
  },
  {
    subject: 'a padding that is not to the letter',
    isSignerKnown: true,
    variants: [
      {
        what: 'as it should be, made by hand',
        bend: withSignature((_genuine, body) => block(padded(digestInfo(body))))
      },
      bytes('of type 2', (_genuine, body) => block(padded(digestInfo(body), { type: 2 }))),
      bytes('of type 0', (_genuine, body) => block(padded(digestInfo(body), { type: 0, fill: 0 }))),
      bytes('filled with other bytes', (_genuine, body) => block(padded(digestInfo(body), { fill: 0xfe }))),
      bytes('eight bytes of it, and rubbish behind the digest', (_genuine, body) => {
        const start = Buffer.concat([Buffer.from([0, 1]), Buffer.alloc(8, 0xff), Buffer.from([0]), digestInfo(body)])
        return block(Buffer.concat([start, Buffer.alloc(256 - start.length, 7)]))
      }),
      bytes('without the zero byte before the digest', (_genuine, body) => {
        const tail = digestInfo(body)
        return block(Buffer.concat([Buffer.from([0, 1]), Buffer.alloc(254 - tail.length, 0xff), tail]))
      }),
      bytes('rubbish hidden in the parameters of the algorithm', (_genuine, body) => {
        const hidden = Buffer.from('0408deadbeefdeadbeef', 'hex')
        const algorithm = Buffer.concat([Buffer.from('0609608648016503040201', 'hex'), hidden])
        const inner = Buffer.concat([Buffer.from([0x30, algorithm.length]), algorithm, Buffer.from([0x04, 32]), sha256(body)])
        return block(padded(Buffer.concat([Buffer.from([0x30, inner.length]), inner])))
      }),
      bytes('the digest in BER with a long length', (_genuine, body) =>
        block(padded(Buffer.concat([Buffer.from('308131300d060960864801650304020105000420', 'hex'), sha256(body)])))
      )
    ]
  },
  {
    subject: 'a forgery for the exponent 3, after Bleichenbacher',
    variants: [
      {
        what: 'the forgery fools a lax check, and the key is refused before anything is computed with it',
        async story(t) {
          const weak = rsaKeys(2048, 3)
          const body = newEvent()
          const forged = cubeRootForgery(digestInfo(body))
          t.ok(passesLaxCheck(forged, { publicKey: weak.publicKey, digestInfo: digestInfo(body) }), 'without the private key')
          const stage = await hostileStage(t)
          const { der } = signingCertificate({
            issuer: genuine.issuing,
            keys: weak,
            extensions: { eku: extendedKeyUsage(purposes.serverAuth), aia: issuerUrls(issuingUrl) }
          })
          stage.files.serve(certificateUrl, der)
          await stage.refuses(t, withSignature(() => forged)(stage.valid({ body })), {
            status: 401,
            code: 'CERTIFICATE_KEY_REFUSED',
            downloads: { '3psostorageacct.blob.core.windows.net': 1 }
          })
        }
      },
      {
        what: 'nor does it fit the genuine key',
        async story(t) {
          const stage = await hostileStage(t)
          await makeKnown(stage)
          const request = stage.valid()
          await stage.refuses(t, withSignature((_genuine, body) => cubeRootForgery(digestInfo(body)))(request), mismatch)
          t.equal(Buffer.from(signatureOf(request), 'base64').length, 256)
        }
      }
    ]
  }
]

function modulusOf(key: KeyObject): Buffer {
  return Buffer.from(String(key.export({ format: 'jwk' }).n), 'base64url')
}

function integerOf(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex')}`)
}

function fromInteger(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(512, '0'), 'hex')
}
