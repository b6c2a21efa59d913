import { openValidation } from '../../../src/compose.ts'
import { readConfig } from '../../../src/config.ts'
import type { Failure } from '../../../src/failure.ts'
import { all, alsoWith, headerOf, signatureOf, withHeader, without, withSignature } from '../change-request.ts'
import type { HostileCase } from '../hostile-case.ts'
import { signedRequest } from '../stage.ts'

const missing = { status: 400, code: 'CALLBACK_HEADER_MISSING' } as const
const malformed = { status: 400, code: 'CALLBACK_HEADER_MALFORMED' } as const
const contradiction = { status: 400, code: 'CALLBACK_SIGNATURES_CONTRADICT' } as const
const algorithmRefused = { status: 400, code: 'CALLBACK_ALGORITHM_UNSUPPORTED' } as const
const signatureMalformed = { status: 400, code: 'CALLBACK_SIGNATURE_MALFORMED' } as const
/** Node's own answers: no request comes of these bytes. */
const notHttp = { status: 400, code: undefined } as const
const tooLong = { status: 431, code: undefined } as const

const url = 'X-MS-Certificate-Url'
const algorithm = 'X-MS-Signature-Algorithm'
/** The signature where a registration can ask for it, bare. */
const moved = all(alsoWith('X-MS-Signature', signatureOf), without('authorization'))
const otherSignature = Buffer.alloc(256, 1).toString('base64')

export const cases: HostileCase[] = [
  {
    subject: 'no signature',
    variants: [
      { what: 'neither Authorization nor x-ms-signature', break: without('authorization'), ...missing },
      { what: 'an empty Authorization', break: withHeader('Authorization', ''), ...missing },
      { what: 'an empty x-ms-signature', break: all(without('authorization'), alsoWith('X-MS-Signature', '')), ...missing },
      { what: 'an x-ms-signature of blanks', break: all(without('authorization'), alsoWith('X-MS-Signature', '  ')), ...missing },
      {
        what: 'the signature under a header of another name',
        break: all(alsoWith('Signature', signatureOf), without('authorization')),
        ...missing
      },
      { what: 'no certificate URL', break: without(url), ...missing },
      { what: 'an empty certificate URL', break: withHeader(url, ''), ...missing },
      { what: 'no algorithm', break: without(algorithm), ...missing },
      { what: 'an empty algorithm', break: withHeader(algorithm, ''), ...missing },
      { what: 'nothing but a body', break: without('authorization', url, algorithm), ...missing, doors: ['/callbacks'] },
      {
        what: 'nothing but a body, which makes it the form that asks for a key',
        break: without('authorization', url, algorithm),
        status: 401,
        code: 'CALLER_UNAUTHENTICATED',
        doors: ['/v1/validate-callback']
      }
    ]
  },
  {
    subject: 'two signatures',
    variants: [
      { what: 'the genuine one and zeros', break: alsoWith('X-MS-Signature', otherSignature), ...contradiction },
      {
        what: 'zeros and the genuine one',
        break: all(alsoWith('X-MS-Signature', signatureOf), withHeader('Authorization', `Signature ${otherSignature}`)),
        ...contradiction
      },
      {
        what: 'the genuine one and one that differs in its last letter',
        break: alsoWith('X-MS-Signature', request => signatureOf(request).replace(/.==$/, 'x==')),
        ...contradiction
      },
      { what: 'the genuine one and another scheme', break: alsoWith('X-MS-Signature', 'Bearer abcd'), ...contradiction },
      { what: 'the genuine one twice, in both places', bend: alsoWith('X-MS-Signature', signatureOf) },
      { what: 'the genuine one twice, with and without the word', bend: alsoWith('X-MS-Signature', r => headerOf(r, 'authorization')) }
    ]
  },
  {
    subject: 'another scheme',
    variants: [
      ...['Bearer', 'Basic', 'Signatures', 'SharedAccessSignature', 'XSignature'].map(scheme => ({
        what: `${scheme} in Authorization`,
        break: withHeader('Authorization', before => before.replace('Signature', scheme)),
        ...missing
      })),
      ...['signature', 'SIGNATURE', 'Signature:'].map(scheme => ({
        what: `«${scheme}» in Authorization`,
        break: withHeader('Authorization', before => before.replace('Signature', scheme)),
        ...(scheme.endsWith(':') ? missing : malformed)
      })),
      { what: 'no scheme', break: withHeader('Authorization', before => before.replace('Signature ', '')), ...missing },
      { what: 'two blanks', break: withHeader('Authorization', before => before.replace(' ', '  ')), ...malformed },
      { what: 'a tab', break: withHeader('Authorization', before => before.replace(' ', '\t')), ...malformed },
      { what: 'the word twice', break: withHeader('Authorization', before => `Signature ${before}`), ...signatureMalformed },
      {
        what: 'Bearer in x-ms-signature',
        break: all(
          moved,
          withHeader('X-MS-Signature', before => `Bearer ${before}`)
        ),
        ...signatureMalformed
      },
      {
        what: "an API caller's bearer token beside x-ms-signature",
        bend: all(moved, alsoWith('Authorization', `Bearer ${'x'.repeat(4000)}`))
      },
      { what: "a gateway's scheme with commas beside x-ms-signature", bend: all(moved, alsoWith('Authorization', 'Digest a="b", c="d"')) }
    ]
  },
  {
    subject: 'a scheme without a token',
    variants: [
      { what: 'the word alone', break: withHeader('Authorization', 'Signature'), ...malformed },
      { what: 'the word and a blank, which HTTP takes away', break: withHeader('Authorization', 'Signature '), ...malformed },
      { what: 'the word and two quotation marks', break: withHeader('Authorization', 'Signature ""'), ...signatureMalformed },
      { what: 'the word alone in x-ms-signature', break: all(moved, withHeader('X-MS-Signature', 'Signature')), ...signatureMalformed },
      { what: 'a bare padding', break: withHeader('Authorization', 'Signature =='), ...signatureMalformed }
    ]
  },
  {
    subject: 'a token that is too long',
    variants: [
      { what: '2049 characters', break: withHeader('Authorization', `Signature ${'A'.repeat(2039)}`), ...malformed },
      { what: '2048 characters', break: withHeader('Authorization', `Signature ${'A'.repeat(2038)}`), ...signatureMalformed },
      { what: '15 kB', break: withHeader('Authorization', `Signature ${'A'.repeat(15_000)}`), ...malformed },
      { what: '100 kB', break: withHeader('Authorization', `Signature ${'A'.repeat(100_000)}`), ...tooLong },
      { what: '100 kB in x-ms-signature', break: alsoWith('X-MS-Signature', 'A'.repeat(100_000)), ...tooLong },
      {
        what: 'a certificate URL of 3 kB',
        break: withHeader(url, before => before.replace('/cert/', `/cert/${'a'.repeat(3000)}`)),
        ...malformed
      },
      { what: 'an algorithm of 3 kB', break: withHeader(algorithm, 'rsa-sha256'.repeat(300)), ...malformed },
      { what: '20 kB in a header that nobody reads', break: alsoWith('X-Padding', 'A'.repeat(20_000)), ...tooLong }
    ]
  },
  {
    subject: 'Authorization more than once',
    variants: [
      { what: 'the same', break: alsoWith('Authorization', request => headerOf(request, 'authorization')), ...malformed },
      { what: 'the genuine one first', break: alsoWith('Authorization', `Signature ${otherSignature}`), ...malformed },
      {
        what: 'the genuine one last',
        break: request => ({ ...request, headers: [['Authorization', `Signature ${otherSignature}`], ...request.headers] }),
        ...malformed
      },
      { what: 'under a name in another case', break: alsoWith('AUTHORIZATION', 'Signature AAAA'), ...malformed },
      { what: 'a bearer token behind it', break: alsoWith('Authorization', 'Bearer abc'), ...malformed },
      { what: 'in one line, with a comma', break: withHeader('Authorization', before => `${before}, ${before}`), ...malformed }
    ]
  },
  {
    subject: 'the certificate URL more than once',
    variants: [
      { what: 'the same', break: alsoWith(url, request => headerOf(request, url)), ...malformed },
      { what: 'the genuine one first', break: alsoWith(url, 'https://evil.test/cert/a.cer'), ...malformed },
      {
        what: 'the genuine one last',
        break: request => ({ ...request, headers: [[url, 'https://evil.test/cert/a.cer'], ...request.headers] }),
        ...malformed
      },
      { what: 'under a name in another case', break: alsoWith('x-ms-CERTIFICATE-url', r => headerOf(r, url)), ...malformed },
      { what: 'in one line, with a comma', break: withHeader(url, before => `${before}, ${before}`), ...malformed },
      { what: 'in one line, with a comma and no blank', break: withHeader(url, before => `${before},${before}`), ...malformed },
      { what: 'an empty one beside it', break: alsoWith(url, ''), ...malformed }
    ]
  },
  {
    subject: 'the algorithm, or x-ms-signature, more than once',
    variants: [
      { what: 'the same algorithm', break: alsoWith(algorithm, 'rsa-sha256'), ...malformed },
      { what: 'a weaker one behind it', break: alsoWith(algorithm, 'rsa-sha1'), ...malformed },
      {
        what: 'a weaker one before it',
        break: request => ({ ...request, headers: [[algorithm, 'none'], ...request.headers] }),
        ...malformed
      },
      { what: 'in one line', break: withHeader(algorithm, 'rsa-sha256, rsa-sha256'), ...malformed },
      {
        what: 'the same x-ms-signature',
        break: all(
          moved,
          alsoWith('X-MS-Signature', r => headerOf(r, 'x-ms-signature'))
        ),
        ...malformed
      },
      { what: 'another x-ms-signature', break: all(moved, alsoWith('x-ms-signature', otherSignature)), ...malformed },
      {
        what: 'an x-ms-signature in one line',
        break: all(
          moved,
          withHeader('X-MS-Signature', s => `${s}, ${s}`)
        ),
        ...malformed
      }
    ]
  },
  {
    subject: 'headers that are not text, in a program that calls the verifier by itself',
    variants: [
      {
        what: 'a list, a number, an object and a list of objects are refused, and nothing is fetched',
        async story(t) {
          const validate = openValidation(readConfig({}).callback)
          const { headers, body } = signedRequest()
          const plain = Object.fromEntries(headers)
          for (const [what, more, code] of [
            ['a list of two', { [url]: [String(plain[url]), String(plain[url])] }, 'CALLBACK_HEADER_MALFORMED'],
            ['a list of a list', { [url]: [[String(plain[url])]] }, 'CALLBACK_HEADER_MALFORMED'],
            ['a number', { [algorithm]: 256 }, 'CALLBACK_HEADER_MALFORMED'],
            ['an object that says it is a text', { [algorithm]: { toString: () => 'rsa-sha256' } }, 'CALLBACK_HEADER_MALFORMED'],
            ['a boxed text', { [algorithm]: Object('rsa-sha256') }, 'CALLBACK_HEADER_MALFORMED'],
            ['bytes', { Authorization: Buffer.from(String(plain.Authorization)) }, 'CALLBACK_HEADER_MALFORMED'],
            ['true', { Authorization: true }, 'CALLBACK_HEADER_MALFORMED'],
            ['an empty list', { Authorization: [] }, 'CALLBACK_HEADER_MISSING'],
            ['null', { Authorization: null }, 'CALLBACK_HEADER_MISSING']
          ] as [string, Record<string, unknown>, string][]) {
            const callback = { headers: { ...plain, ...more } as Record<string, string>, body }
            const failure = await validate(callback, 'exact').then(
              () => undefined,
              error => error as Failure
            )
            t.equal(failure?.code, code, what)
          }
          const inherited = { headers: Object.create(plain) as Record<string, string>, body }
          await t.rejects(validate(inherited, 'exact'), { code: 'CALLBACK_HEADER_MISSING' }, 'headers of a prototype')
        }
      }
    ]
  },
  {
    subject: 'another algorithm',
    variants: [
      ...[
        'rsa-sha1',
        'RSA-SHA1',
        'RSA-MD5',
        'rsa-sha512',
        'RSA-SHA256',
        'Rsa-Sha256',
        'sha256',
        'SHA256withRSA',
        'none',
        'null',
        'hs256',
        'HMAC-SHA256',
        'RS256',
        'ecdsa-sha256',
        'rsa-pss-sha256',
        'rsa-sha256;x=1',
        '"rsa-sha256"',
        'rsa sha256',
        'rsa-sha-256',
        '__proto__',
        '1.2.840.113549.1.1.11'
      ].map(name => ({ what: `«${name}»`, break: withHeader(algorithm, name), ...algorithmRefused })),
      { what: 'blanks around it, which HTTP takes away', bend: withHeader(algorithm, '  rsa-sha256 \t') }
    ]
  },
  {
    subject: 'bytes that no header has',
    variants: [
      ...['Authorization', url, algorithm].flatMap(name => [
        { what: `a Latin-1 letter in ${name}`, break: withHeader(name, before => `${before}\u00e9`), ...malformed },
        { what: `a tab in ${name}`, break: withHeader(name, before => `${before}\t.`), ...malformed },
        { what: `a NUL in ${name}`, break: withHeader(name, before => `${before}\0.`), ...notHttp },
        { what: `an ESC in ${name}`, break: withHeader(name, before => `${before}\u001b[31m`), ...notHttp },
        { what: `a line end and a blank in ${name}`, break: withHeader(name, before => `${before}\r\n b`), ...notHttp },
        { what: `a carriage return in ${name}`, break: withHeader(name, before => `${before}\rX: y`), ...notHttp }
      ]),
      { what: 'UTF-8 in the certificate URL', break: withHeader(url, before => `${before}\u00c3\u00a9`), ...malformed },
      { what: 'a name with a blank before its colon', break: alsoWith('X-MS-Signature ', 'AAAA'), ...notHttp },
      { what: 'a header without a name', break: alsoWith('', 'AAAA'), ...notHttp }
    ]
  },
  {
    subject: 'the signature in x-ms-signature',
    variants: [
      { what: 'bare', bend: moved },
      {
        what: 'with the word',
        bend: all(
          moved,
          withHeader('X-MS-Signature', before => `Signature ${before}`)
        )
      },
      { what: 'beside an empty Authorization', bend: all(moved, alsoWith('Authorization', '')) },
      { what: 'under a name in other case', bend: all(alsoWith('x-Ms-SIGNATURE', signatureOf), without('authorization')) },
      {
        what: 'with the word in lower case',
        break: all(
          moved,
          withHeader('X-MS-Signature', s => `signature ${s}`)
        ),
        ...signatureMalformed
      },
      {
        what: 'with two blanks',
        break: all(
          moved,
          withHeader('X-MS-Signature', s => `Signature  ${s}`)
        ),
        ...signatureMalformed
      },
      {
        what: 'in quotation marks',
        break: all(
          moved,
          withHeader('X-MS-Signature', s => `"${s}"`)
        ),
        ...signatureMalformed
      },
      {
        what: 'as a pair',
        break: all(
          moved,
          withHeader('X-MS-Signature', s => `sha256=${s}`)
        ),
        ...signatureMalformed
      },
      { what: 'in hex', break: withSignature(bytes => bytes.toString('hex').slice(0, 510)), ...signatureMalformed }
    ]
  }
]
