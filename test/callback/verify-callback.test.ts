import { constants, createHash, createPublicKey, publicEncrypt, sign } from 'node:crypto'
import t from 'tap'
import type { Signer } from '../../src/callback/certificate-source.ts'
import { checkCertificateUrl } from '../../src/callback/certificate-url.ts'
import { isSignatureOver } from '../../src/callback/check-signature.ts'
import { readBase64 } from '../../src/callback/read-base64.ts'
import { readEvent } from '../../src/callback/read-event.ts'
import { serialisations } from '../../src/callback/serialisations.ts'
import { type Callback, type Trust, verifyCallback } from '../../src/callback/verify-callback.ts'
import { Failure, type FailureCode } from '../../src/failure.ts'
import { ecKeys, rsaKeys } from '../fixtures/certificates.ts'
import { certificateUrl, eventBody, certificateHosts as hosts, referralId, signedCallback } from '../fixtures/signed-callback.ts'

const keys = rsaKeys()
const signer: Signer = {
  subject: 'CN=pcnotifications-dispatch.microsoft.com, O=Microsoft Corporation',
  issuer: 'CN=Test CA, O=Microsoft Corporation',
  thumbprint: 'a'.repeat(64),
  notAfter: new Date('2026-07-01T00:00:00Z'),
  publicKey: keys.publicKey
}

/** Trust whose certificates are given by hand, and counted. */
function trusting(known: Signer | Failure = signer, renewed?: Signer) {
  const calls = { get: 0, renewed: 0 }
  const trust: Trust = {
    hosts,
    certificates: {
      known: () => undefined,
      async get() {
        calls.get += 1
        if (known instanceof Failure) throw known
        return known
      },
      async renewed() {
        calls.renewed += 1
        return renewed
      }
    }
  }
  return { trust, calls }
}

const callback = signedCallback(keys.privateKey)
const signature = String(callback.headers.authorization).slice('Signature '.length)
const withHeaders = (headers: Callback['headers']): Callback => ({ ...callback, headers: { ...callback.headers, ...headers } })
const withSignature = (text: string): Callback => withHeaders({ authorization: `Signature ${text}` })

async function outcome(
  received: Callback,
  trust = trusting().trust,
  forms: 'exact' | 'serialisations' = 'exact'
): Promise<FailureCode | 'proven'> {
  try {
    await verifyCallback(received, trust, forms)
    return 'proven'
  } catch (error) {
    if (error instanceof Failure) return error.code
    throw error
  }
}

t.test('a callback as Partner Center sends it is proven', async t => {
  const { trust, calls } = trusting()
  t.same(await verifyCallback(callback, trust), {
    event: {
      name: 'referral-created',
      resourceName: 'referral',
      resourceUri: `https://api.partnercenter.microsoft.com/engagements/v1/referrals/${referralId}`,
      changedAt: '2026-03-10T18:31:39.5485487+00:00',
      referralId
    },
    signer,
    matched: 'as-sent'
  })
  t.same(calls, { get: 1, renewed: 0 })
})

t.test('the signature is found wherever it may stand', async t => {
  for (const [name, headers] of [
    ['Authorization', {}],
    ['names in other case', { authorization: undefined, AUTHORIZATION: `Signature ${signature}` }],
    ['x-ms-signature with the word', { authorization: undefined, 'x-ms-signature': `Signature ${signature}` }],
    ['x-ms-signature without the word', { authorization: undefined, 'X-MS-Signature': signature }],
    ['both, the same', { 'x-ms-signature': signature }],
    ['a list of one', { 'x-ms-certificate-url': [certificateUrl] }],
    ["an API caller's bearer token beside it", { authorization: `Bearer ${'x'.repeat(4000)}`, 'x-ms-signature': signature }],
    ["a gateway's scheme with commas beside it", { authorization: 'Digest a="b", c="d"', 'x-ms-signature': signature }],
    ['an empty Authorization beside it', { authorization: '', 'x-ms-signature': signature }]
  ] as [string, Callback['headers']][]) {
    t.equal(await outcome(withHeaders(headers)), 'proven', name)
  }
})

t.test('headers that are not as they should be are refused before anything is asked', async t => {
  const short = sign('sha256', eventBody, rsaKeys(1024).privateKey).toString('base64')
  const other = sign('sha256', Buffer.from('other'), keys.privateKey).toString('base64')
  const bare = { authorization: undefined }
  for (const [name, headers, code] of [
    ['no signature', bare, 'CALLBACK_HEADER_MISSING'],
    ['an empty signature', { ...bare, 'x-ms-signature': '' }, 'CALLBACK_HEADER_MISSING'],
    ['a bearer token alone', { authorization: 'Bearer abc' }, 'CALLBACK_HEADER_MISSING'],
    ['the signature under another scheme', { authorization: `Signatures ${signature}` }, 'CALLBACK_HEADER_MISSING'],
    ['no certificate URL', { 'x-ms-certificate-url': undefined }, 'CALLBACK_HEADER_MISSING'],
    ['no algorithm', { 'x-ms-signature-algorithm': undefined }, 'CALLBACK_HEADER_MISSING'],
    ['an empty algorithm', { 'x-ms-signature-algorithm': '' }, 'CALLBACK_HEADER_MISSING'],
    ['two signatures that differ', { 'x-ms-signature': other }, 'CALLBACK_SIGNATURES_CONTRADICT'],
    ['the scheme alone', { authorization: 'Signature' }, 'CALLBACK_HEADER_MALFORMED'],
    ['the scheme in lower case', { authorization: `signature ${signature}` }, 'CALLBACK_HEADER_MALFORMED'],
    ['two blanks', { authorization: `Signature  ${signature}` }, 'CALLBACK_HEADER_MALFORMED'],
    ['a tab', { authorization: `Signature\t${signature}` }, 'CALLBACK_HEADER_MALFORMED'],
    ['two Authorizations', { authorization: [`Signature ${signature}`, `Signature ${signature}`] }, 'CALLBACK_HEADER_MALFORMED'],
    ['two Authorizations by case', { Authorization: 'Bearer x' }, 'CALLBACK_HEADER_MALFORMED'],
    ['a signature of 100 kB', { authorization: `Signature ${'A'.repeat(100_000)}` }, 'CALLBACK_HEADER_MALFORMED'],
    ['a repeated certificate URL, joined', { 'x-ms-certificate-url': `${certificateUrl}, ${certificateUrl}` }, 'CALLBACK_HEADER_MALFORMED'],
    ['a repeated certificate URL', { 'x-ms-certificate-url': [certificateUrl, certificateUrl] }, 'CALLBACK_HEADER_MALFORMED'],
    ['a repeated algorithm', { 'x-ms-signature-algorithm': 'rsa-sha256, rsa-sha256' }, 'CALLBACK_HEADER_MALFORMED'],
    ['a certificate URL of 3 kB', { 'x-ms-certificate-url': `https://${'a'.repeat(3000)}` }, 'CALLBACK_HEADER_MALFORMED'],
    ['a Latin-1 byte', { 'x-ms-certificate-url': `${certificateUrl}\u00e9` }, 'CALLBACK_HEADER_MALFORMED'],
    ['a NUL', { 'x-ms-signature-algorithm': 'rsa-sha256\0' }, 'CALLBACK_HEADER_MALFORMED'],
    ['a line end', { authorization: `Signature ${signature}\r\nx: y` }, 'CALLBACK_HEADER_MALFORMED'],
    ['a number', { 'x-ms-signature-algorithm': 256 as unknown as string }, 'CALLBACK_HEADER_MALFORMED'],
    ...['rsa-sha1', 'RSA-MD5', 'RSA-SHA256', 'none', 'hs256', 'rsa-sha256 ', 'ecdsa-sha256', 'SHA256', 'rsa-pss-sha256'].map(
      algorithm => [`the algorithm «${algorithm}»`, { 'x-ms-signature-algorithm': algorithm }, 'CALLBACK_ALGORITHM_UNSUPPORTED'] as const
    ),
    ['RSA of 1024 bits', { authorization: `Signature ${short}` }, 'CALLBACK_SIGNATURE_MALFORMED'],
    ['Bearer in x-ms-signature', { ...bare, 'x-ms-signature': 'Bearer abcd' }, 'CALLBACK_SIGNATURE_MALFORMED']
  ] as [string, Callback['headers'], FailureCode][]) {
    const { trust, calls } = trusting()
    t.equal(await outcome(withHeaders(headers), trust), code, name)
    t.same(calls, { get: 0, renewed: 0 }, `${name}: nothing is asked`)
  }
})

t.test('base64 is taken in its one canonical form', async t => {
  const bytes = Buffer.from(signature, 'base64')
  for (const [name, text] of [
    ['URL alphabet', bytes.toString('base64url').padEnd(signature.length, '=')],
    ['no padding', signature.replace(/=+$/, '')],
    ['more padding', `${signature}=`],
    ['junk after the padding', `${signature}AAAA`],
    ['a blank inside', `${signature.slice(0, 4)} ${signature.slice(4)}`],
    ['a blank at the end', `${signature} `],
    ['marks inside', `${signature.slice(0, 4)}!!!!${signature.slice(4)}`],
    ['stray bits at the end', signature.replace(/(.)==$/, (_all, last: string) => `${String.fromCharCode(last.charCodeAt(0) + 1)}==`)],
    ['one byte less', bytes.subarray(1).toString('base64')],
    ['hex', bytes.toString('hex')],
    ['nothing but padding', '==']
  ] as const) {
    t.equal(await outcome(withSignature(text)), 'CALLBACK_SIGNATURE_MALFORMED', name)
  }
  t.equal(readBase64(''), undefined)
  t.same(readBase64('AA=='), Buffer.from([0]))
  t.equal(readBase64('AB=='), undefined)
})

t.test('the signature has to be the one over exactly these bytes', async t => {
  const { privateKey } = keys
  const base64 = (bytes: Buffer) => bytes.toString('base64')
  const digestInfo = Buffer.concat([
    Buffer.from('3031300d060960864801650304020105000420', 'hex'),
    createHash('sha256').update(eventBody).digest()
  ])
  for (const [name, received, code] of [
    ['over another body', withSignature(base64(sign('sha256', Buffer.from('other'), privateKey))), 'CALLBACK_SIGNATURE_MISMATCH'],
    ['of another key', withSignature(base64(sign('sha256', eventBody, rsaKeys().privateKey))), 'CALLBACK_SIGNATURE_MISMATCH'],
    ['with SHA-1', withSignature(base64(sign('sha1', eventBody, privateKey))), 'CALLBACK_SIGNATURE_MISMATCH'],
    ['with SHA-512', withSignature(base64(sign('sha512', eventBody, privateKey))), 'CALLBACK_SIGNATURE_MISMATCH'],
    [
      'PSS',
      withSignature(base64(sign('sha256', eventBody, { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING }))),
      'CALLBACK_SIGNATURE_MISMATCH'
    ],
    ['all zero', withSignature(base64(Buffer.alloc(256))), 'CALLBACK_SIGNATURE_MISMATCH'],
    ['all ones', withSignature(base64(Buffer.alloc(256, 0xff))), 'CALLBACK_SIGNATURE_MISMATCH'],
    [
      'a public operation over the digest',
      withSignature(base64(publicEncrypt({ key: keys.publicKey, padding: constants.RSA_PKCS1_PADDING }, digestInfo))),
      'CALLBACK_SIGNATURE_MISMATCH'
    ],
    [
      'a zero byte in front',
      withSignature(base64(Buffer.concat([Buffer.from([0]), Buffer.from(signature, 'base64')]))),
      'CALLBACK_SIGNATURE_MALFORMED'
    ],
    [
      'one byte more',
      withSignature(base64(Buffer.concat([Buffer.from(signature, 'base64'), Buffer.from([0])]))),
      'CALLBACK_SIGNATURE_MALFORMED'
    ],
    ['as long as a key of 4096 bits makes', withSignature(base64(Buffer.alloc(512, 1))), 'CALLBACK_SIGNATURE_MALFORMED'],
    ['a line end after the body', { ...callback, body: Buffer.concat([eventBody, Buffer.from('\n')]) }, 'CALLBACK_SIGNATURE_MISMATCH'],
    ['CR LF after the body', { ...callback, body: Buffer.concat([eventBody, Buffer.from('\r\n')]) }, 'CALLBACK_SIGNATURE_MISMATCH'],
    [
      'a byte order mark before the body',
      { ...callback, body: Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), eventBody]) },
      'CALLBACK_SIGNATURE_MISMATCH'
    ],
    [
      'the body written anew',
      { ...callback, body: Buffer.from(JSON.stringify(JSON.parse(String(eventBody)), null, 2)) },
      'CALLBACK_SIGNATURE_MISMATCH'
    ],
    ['another event', { ...callback, body: Buffer.from(String(eventBody).replace('created', 'updated')) }, 'CALLBACK_SIGNATURE_MISMATCH'],
    ['no body', { ...callback, body: Buffer.alloc(0) }, 'CALLBACK_BODY_MISSING'],
    ['a body that somebody has parsed', { ...callback, body: JSON.parse(String(eventBody)) }, 'CALLBACK_BODY_MISSING'],
    ['a body that somebody has decoded', { ...callback, body: String(eventBody) as unknown as Buffer }, 'CALLBACK_BODY_MISSING']
  ] as [string, Callback, FailureCode][]) {
    t.equal(await outcome(received), code, name)
  }
})

t.test('keys of other kinds prove nothing, whatever they signed', async t => {
  const ec = ecKeys()
  t.notOk(isSignatureOver(eventBody, sign('sha256', eventBody, ec.privateKey), ec.publicKey), 'EC')
  t.notOk(isSignatureOver(eventBody, sign('sha256', eventBody, keys.privateKey), keys.privateKey), 'a private key')
  const small = rsaKeys(1024)
  t.notOk(isSignatureOver(eventBody, sign('sha256', eventBody, small.privateKey), small.publicKey), 'RSA of 1024 bits')
  const large = rsaKeys(4096)
  t.ok(isSignatureOver(eventBody, sign('sha256', eventBody, large.privateKey), large.publicKey), 'RSA of 4096 bits does')
})

t.test('a signer that is at hand is asked for nothing', async t => {
  const { trust, calls } = trusting()
  trust.certificates.known = url => (url === callback.headers['x-ms-certificate-url'] ? signer : undefined)
  t.equal(await outcome(callback, trust), 'proven')
  t.equal(await outcome(withHeaders({ 'x-ms-certificate-url': 'https://evil.test/cert/a.cer' }), trust), 'CERTIFICATE_URL_FOREIGN')
  t.same(calls, { get: 0, renewed: 0 })
})

t.test('a renewed certificate is asked for when the signature does not fit, and only then', async t => {
  const next: Signer = { ...signer, thumbprint: 'b'.repeat(64), publicKey: createPublicKey(rsaKeys(3072).privateKey) }
  const nextKeys = rsaKeys()
  const renewed: Signer = { ...next, publicKey: nextKeys.publicKey }
  const { trust, calls } = trusting(signer, renewed)
  t.equal((await verifyCallback(signedCallback(nextKeys.privateKey), trust)).signer.thumbprint, renewed.thumbprint)
  t.same(calls, { get: 1, renewed: 1 })
  t.equal(await outcome(signedCallback(rsaKeys().privateKey), trust), 'CALLBACK_SIGNATURE_MISMATCH')
  const down = new Failure('CERTIFICATE_UNREACHABLE', 'down')
  t.equal(await outcome(callback, trusting(down).trust), 'CERTIFICATE_UNREACHABLE', 'and what the source says is passed on')
})

t.test('only a plain URL into the certificate store is asked', async t => {
  const [host = ''] = hosts
  t.doesNotThrow(() => checkCertificateUrl(certificateUrl, hosts))
  t.doesNotThrow(() => checkCertificateUrl(`https://${host}/cert/pcnotifications.microsoft.com.cer`, hosts))
  const malformed = [
    '',
    ' ',
    'pcnotifications.cer',
    'https://',
    'https://[',
    'https://[::1',
    '//host/cert/a.cer',
    `https:/${host}/cert/a.cer`,
    `https:${host}/cert/a.cer`,
    ` ${certificateUrl}`,
    `${certificateUrl} `,
    `${certificateUrl}\n`,
    certificateUrl.replace('/cert', '/ce\trt'),
    certificateUrl.replace('/cert', '/ce\nrt'),
    certificateUrl.toUpperCase(),
    certificateUrl.replace('3pso', '3PSO'),
    certificateUrl.replace('https', 'HTTPS'),
    `https://${host}:443/cert/a.cer`,
    `https://${host}:/cert/a.cer`,
    `https://${host}:0443/cert/a.cer`,
    `https://@${host}/cert/a.cer`,
    `https://${host}\\cert\\a.cer`,
    `https://evil.test\\@${host}/cert/a.cer`,
    `https://${host}/cert/../other/x.cer`,
    `https://${host}/cert/%2e%2e/x.cer`,
    `https://${host}/cert/..\\x.cer`,
    `https://${host.replace('.', '。')}/cert/a.cer`,
    `https://${host.replace('s', 'ſ')}/cert/a.cer`,
    `https://${host.replace('p', 'p\u00ad')}/cert/a.cer`,
    `https://${host.replace('o', 'о')}/cert/a.cer`,
    'https://0x7f.1/cert/a.cer',
    'https://2130706433/cert/a.cer',
    'https://[::ffff:127.0.0.1]/cert/a.cer',
    `https://${'a'.repeat(2100)}/cert/a.cer`,
    `https://${host}/cert/{a}.cer`,
    `https://${host}/cert/a\u0000.cer`
  ]
  const foreign = [
    certificateUrl.replace('https', 'http'),
    'file:///cert/a.cer',
    'data:text/plain,a',
    'ftp://3psostorageacct.blob.core.windows.net/cert/a.cer',
    'javascript:alert(1)',
    `https://evil@${host}/cert/a.cer`,
    `https://${host}@evil.test/cert/a.cer`,
    `https://${host}:pw@evil.test/cert/a.cer`,
    `https://user:pw@${host}/cert/a.cer`,
    `https://${host}:8443/cert/a.cer`,
    `https://${host}:80/cert/a.cer`,
    `https://${host}.evil.test/cert/a.cer`,
    `https://evil-${host}/cert/a.cer`,
    `https://a.${host}/cert/a.cer`,
    `https://${host}./cert/a.cer`,
    'https://attacker.blob.core.windows.net/cert/pcnotifications-dispatch.microsoft.com.cer',
    'https://127.0.0.1/cert/a.cer',
    'https://[::1]/cert/a.cer',
    'https://169.254.169.254/cert/a.cer',
    'https://localhost/cert/a.cer',
    'https://xn--3psostorageacct.blob.core.windows.net/cert/a.cer',
    `${certificateUrl}?`,
    `${certificateUrl}#`,
    `${certificateUrl}?sv=2024&sig=abc`,
    `${certificateUrl}#a`,
    `https://${host}/other/a.cer`,
    `https://${host}/cert/a/b.cer`,
    `https://${host}/cert/.cer`,
    `https://${host}/cert/a.pem`,
    `https://${host}/cert/a.cer/`,
    `https://${host}/cert//a.cer`,
    `https://${host}//cert/a.cer`,
    `https://${host}/Cert/a.cer`,
    `https://${host}/cert/a%2f.cer`,
    `https://${host}/cert/a%5cb.cer`,
    `https://${host}/cert/a%00.cer`,
    `https://${host}/cert/a;b.cer`,
    `https://${host}/cert/${'a'.repeat(101)}.cer`
  ]
  for (const [code, urls] of [
    ['CERTIFICATE_URL_MALFORMED', malformed],
    ['CERTIFICATE_URL_FOREIGN', foreign]
  ] as const) {
    for (const url of urls) t.throws(() => checkCertificateUrl(url, hosts), { code }, JSON.stringify(url).slice(0, 120))
  }
  const { trust, calls } = trusting()
  t.equal(
    await outcome(withHeaders({ 'x-ms-certificate-url': 'https://attacker.blob.core.windows.net/cert/a.cer' }), trust),
    'CERTIFICATE_URL_FOREIGN'
  )
  t.equal(calls.get, 0)
})

t.test('a body that a flow wrote anew is proven in the form that was signed', async t => {
  const text = (body: Uint8Array) => Buffer.from(body).toString()
  const parsed = JSON.parse(String(eventBody))
  const { trust } = trusting()
  const proven = async (signed: string, sent: string) =>
    (await verifyCallback({ ...signedCallback(keys.privateKey, Buffer.from(signed)), body: Buffer.from(sent) }, trust, 'serialisations'))
      .matched
  const compact = String(eventBody)
  t.equal(await proven(compact, compact), 'as-sent')
  t.equal(await proven(compact, JSON.stringify(parsed, null, 2)), 'compact')
  t.equal(await proven(compact, compact.replaceAll('+', '\\u002B').replaceAll('/', '\\/')), 'compact-unescaped')
  t.equal(await proven(compact.replace('+00:00', '\\u002B00:00'), JSON.stringify(parsed, null, 2)), 'compact-dotnet')
  await t.rejects(proven(compact, JSON.stringify({ ...parsed, EventName: 'referral-updated' })), { code: 'CALLBACK_SIGNATURE_MISMATCH' })
  await t.rejects(
    proven(compact, JSON.stringify(Object.fromEntries(Object.entries(parsed).reverse()))),
    { code: 'CALLBACK_SIGNATURE_MISMATCH' },
    'the order of the keys is kept'
  )
  t.equal(
    await outcome({ ...callback, body: Buffer.from(JSON.stringify(parsed, null, 2)) }, trust),
    'CALLBACK_SIGNATURE_MISMATCH',
    'never where exact bytes are asked for'
  )

  const forms = (body: string) => Object.fromEntries(serialisations(Buffer.from(body)).map(({ form, bytes }) => [form, text(bytes)]))
  t.same(forms('{}'), { 'as-sent': '{}' }, 'equal forms are listed once')
  t.same(
    forms(' { "n" : 1.50e+3 ,\n"s": "a b" , "t":[ true , null ] } '),
    {
      'as-sent': ' { "n" : 1.50e+3 ,\n"s": "a b" , "t":[ true , null ] } ',
      compact: '{"n":1.50e+3,"s":"a b","t":[true,null]}'
    },
    'numbers are kept as they are written, and so are blanks in strings'
  )
  t.same(forms('["\\u00e9\\/\\u0027\\u003c<&+`\\u007f\\u2028\\u0001\\b\\"\\\\😀"]'), {
    'as-sent': '["\\u00e9\\/\\u0027\\u003c<&+`\\u007f\\u2028\\u0001\\b\\"\\\\😀"]',
    'compact-unescaped': '["é/\'<<&+`\u007f\\u2028\\u0001\\b\\"\\\\😀"]',
    'compact-dotnet': '["\\u00E9/\\u0027\\u003C\\u003C\\u0026\\u002B\\u0060\\u007F\\u2028\\u0001\\b\\u0022\\\\\\uD83D\\uDE00"]'
  })
  t.same(forms('["\\ud800"]'), { 'as-sent': '["\\ud800"]', 'compact-dotnet': '["\\uD800"]' }, 'half a character stays escaped')
  for (const broken of ['{"a":1', 'nothing', '', '{"a":1}}', "{'a':1}"])
    t.same(forms(broken), { 'as-sent': broken }, `only as sent: ${broken}`)
  t.equal(serialisations(Buffer.from([0x22, 0xff, 0x22])).length, 1, 'invalid UTF-8')
})

t.test('events are read tolerantly', async t => {
  const read = (event: unknown) => readEvent(Buffer.from(typeof event === 'string' ? event : JSON.stringify(event)))
  const uri = (path: string) => ({ EventName: 'referral-updated', ResourceName: 'referral', ResourceUri: path })
  const idOf = (event: object) => read(event).referralId
  t.same(read({ EventName: 'dap-admin-relationship-approved', ResourceName: 'PartnerCustomerDap', AuditUri: null, ResourceUri: null }), {
    name: 'dap-admin-relationship-approved',
    resourceName: 'PartnerCustomerDap'
  })
  t.same(read({ EventName: 'test-created' }), { name: 'test-created' }, 'missing fields')
  t.same(
    read({ eventName: 'a', resourceuri: 'http://x/', AuditUrl: 'https://y/', partnerId: '1', more: { deep: [1] } }),
    { name: 'a', resourceUri: 'http://x/', auditUri: 'https://y/' },
    'other case, other fields, AuditUrl'
  )
  t.same(
    read({ EventName: 'a', ResourceName: 5, ResourceUri: ['x'], AuditUri: {}, ResourceChangeUtcDate: true }),
    { name: 'a' },
    'wrong types are left out'
  )
  t.same(
    read('{"EventName":"a","__proto__":{"ResourceName":"referral"},"constructor":1}'),
    { name: 'a' },
    'a prototype of its own is a field like others'
  )
  t.equal(({} as { ResourceName?: string }).ResourceName, undefined)
  t.same(read(`\ufeff${JSON.stringify({ EventName: 'a' })}`), { name: 'a' }, 'a byte order mark')
  t.same(read(`{"EventName":"a","x":${'['.repeat(20_000)}${']'.repeat(20_000)}}`), { name: 'a' }, 'a deep nest')

  for (const [name, event, id] of [
    ['the documented address', uri(`https://api.partnercenter.microsoft.com/engagements/v1/referrals/${referralId}`), referralId],
    ['the other one', uri(`https://api.partner.microsoft.com/v1.0/engagements/referrals/${referralId}`), referralId],
    ['http', uri(`http://api.partnercenter.microsoft.com/engagements/v1/referrals/${referralId}`), referralId],
    ['upper case', uri(`https://x/referrals/${referralId.toUpperCase()}`), referralId],
    ['a slash at the end', uri(`https://x/referrals/${referralId}/`), referralId],
    ['a query', uri(`https://x/referrals/${referralId}?a=/b`), referralId],
    ['no resource name', { EventName: 'related-referral-updated', ResourceUri: `https://x/referrals/${referralId}` }, referralId],
    ['another case of the resource name', { ...uri(`https://x/referrals/${referralId}`), ResourceName: 'Referral' }, referralId],
    ['not a GUID', uri('https://x/referrals/42'), undefined],
    ['more than a GUID', uri(`https://x/referrals/a${referralId}`), undefined],
    ['an unfilled sample', uri('https://x/referrals/{{ReferralID}}'), undefined],
    ['something below the referral', uri(`https://x/referrals/${referralId}/notes`), undefined],
    ['a GUID only in the query', uri(`https://x/referrals?id=/${referralId}`), undefined],
    ['no address', { EventName: 'referral-created', ResourceName: 'referral' }, undefined],
    ['a subscription', { ...uri(`https://x/subscriptions/${referralId}`), ResourceName: 'subscription' }, undefined],
    ['a test', { EventName: 'test-created', ResourceName: 'test', ResourceUri: `http://x/validationEvents/${referralId}` }, undefined]
  ] as [string, object, string | undefined][]) {
    t.equal(idOf(event), id, name)
  }
})

t.test('a signed body that is no event is refused', async t => {
  for (const [name, body] of [
    ['not JSON', '<xml/>'],
    ['an array', '[]'],
    ['a string', '"EventName"'],
    ['null', 'null'],
    ['no event name', '{"ResourceName":"referral"}'],
    ['an empty event name', '{"EventName":""}'],
    ['a blank event name', '{"EventName":" "}'],
    ['an event name that is a number', '{"EventName":1}'],
    ['an event name of 101 characters', `{"EventName":"${'a'.repeat(101)}"}`],
    ['an event name with a line end', '{"EventName":"a\\nb"}'],
    ['two event names that differ by case', '{"EventName":"a","eventname":"b"}'],
    ['invalid UTF-8', Buffer.from('{"EventName":"\xff"}', 'latin1')],
    ['the attested data of a virtual machine, signed by the same company', '{"vmId":"x","nonce":"referral-created"}']
  ] as const) {
    t.equal(await outcome(signedCallback(keys.privateKey, Buffer.from(body as string))), 'CALLBACK_EVENT_MALFORMED', name)
  }
})

t.test('no mutation of a callback is proven', async t => {
  let state = 20261121
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  const mutated = (bytes: Buffer): Buffer => {
    const at = random(bytes.length)
    const changed = Buffer.from(bytes)
    if (random(3) > 0) changed[at] = (changed[at] ?? 0) ^ (1 << random(7))
    else if (random(2) > 0) return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)])
    else return Buffer.concat([bytes.subarray(0, at), Buffer.from([random(128)]), bytes.subarray(at)])
    return changed
  }
  const names = ['authorization', 'x-ms-certificate-url', 'x-ms-signature-algorithm']
  const { trust } = trusting()
  const counts = new Map<string, number>()
  for (let run = 0; run < 4000; run++) {
    const name = names[random(4)]
    const received: Callback =
      name === undefined
        ? { ...callback, body: mutated(callback.body) }
        : withHeaders({ [name]: mutated(Buffer.from(String(callback.headers[name]))).toString('latin1') })
    if (callback.body.equals(received.body) && name !== undefined && received.headers[name] === callback.headers[name]) continue
    // Another file of the right store is another certificate, which this trust does not tell apart.
    if (
      name === 'x-ms-certificate-url' &&
      /^https:\/\/3psostorageacct\.blob\.core\.windows\.net\/cert\/[\w.-]+\.cer$/.test(String(received.headers[name]))
    )
      continue
    const code = await outcome(received, trust, 'serialisations')
    counts.set(code, (counts.get(code) ?? 0) + 1)
  }
  t.equal(counts.get('proven') ?? 0, 0, JSON.stringify([...counts]))
  t.ok((counts.get('CALLBACK_SIGNATURE_MISMATCH') ?? 0) > 1000)
})
