/** Keys that must not sign: too short, too long, with a weak exponent, of another kind; and digests that no longer hold. */
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import type { Test } from 'tap'
import { authority, ecKeys, type Keys, nameOf, rsaKeys } from '../../../fixtures/certificates.ts'
import { type Bytes, bits, integer, nothing, oid, pem, sequence } from '../../../fixtures/der.ts'
import { genuine } from '../../genuine-pki.ts'
import type { HostileCase, Refusal } from '../../hostile-case.ts'
import {
  acceptedIssuer,
  acceptedSigner,
  authorityWith,
  offer,
  type Published,
  publish,
  refusedIssuer,
  refusedSigner,
  rsaSpki,
  signerOf,
  signerWith,
  storeHost,
  strangerKeys
} from '../../hostile-pki.ts'
import type { SignedRequest } from '../../stage.ts'
import { hostileStage } from '../../stage.ts'

/** A number of so many bits; nobody has a private key for it. */
const modulus = (size: number): bigint => (1n << BigInt(size - 1)) + 1n

const weak = (what: string, keys: () => Keys): Refusal => refusedSigner(what, 'CERTIFICATE_KEY_REFUSED', () => ({ keys: keys() }))
const weakSpki = (what: string, spki: () => Bytes): Refusal => refusedSigner(what, 'CERTIFICATE_KEY_REFUSED', () => ({ spki: spki() }))
const malformedSpki = (what: string, spki: () => Bytes): Refusal => refusedSigner(what, 'CERTIFICATE_MALFORMED', () => ({ spki: spki() }))
const weakIssuer = (what: string, keys: () => Keys): Refusal =>
  refusedIssuer(what, 'CERTIFICATE_CHAIN_REFUSED', name => ({ issuer: authorityWith(name, { keys: keys() }) }))

const spkiOf = (algorithm: string, parameters: Bytes[], key: Bytes): Buffer => sequence(sequence(oid(algorithm), ...parameters), bits(key))
const rsaKey = sequence(integer(modulus(2048)), integer(65_537n))

function signedBy({ headers, ...request }: SignedRequest, signature: Buffer): SignedRequest {
  const others = headers.filter(([name]) => !/^authorization$/i.test(name))
  return { ...request, headers: [...others, ['Authorization', `Signature ${signature.toString('base64')}`]] }
}

/** What a signature of this length by PKCS #1 v1.5 is made of (RFC 8017 section 9.2); with the exponent 1 it is the signature. */
function encoded(body: Buffer, length: number): Buffer {
  const digestInfo = Buffer.concat([
    Buffer.from('3031300d060960864801650304020105000420', 'hex'),
    createHash('sha256').update(body).digest()
  ])
  return Buffer.concat([Buffer.from([0, 1]), Buffer.alloc(length - digestInfo.length - 3, 0xff), Buffer.from([0]), digestInfo])
}

/** The key makes signatures of a length that no callback has: nobody is asked for its certificate. */
const tooShort = (what: string, keys: () => Keys): Refusal => ({
  what,
  status: 400,
  code: 'CALLBACK_SIGNATURE_MALFORMED',
  break(request, stage) {
    const made = keys()
    offer(stage, signerWith({ keys: made }))
    const isEdwards = /^ed/.test(made.privateKey.asymmetricKeyType ?? '')
    return signedBy(request, sign(isEdwards ? null : 'sha256', request.body, made.privateKey))
  }
})

const forgedWithExponentOne: Refusal = {
  what: 'the exponent 1, with which anybody can sign',
  status: 401,
  code: 'CERTIFICATE_KEY_REFUSED',
  downloads: { [storeHost]: 1 },
  break(request, stage) {
    offer(stage, signerWith({ spki: rsaSpki(modulus(2048), 1n) }))
    return signedBy(request, encoded(request.body, 256))
  }
}

/** The digests that signatures were forged with, in each signature of the path but the root's own. */
const oldDigests = ['md5', 'sha1']

const rsaAuthority = (): Published => authorityWith('RSA authority', { keys: strangerKeys })

/** An authority whose certificate is signed with this digest by another one, which the root has signed as it should be. */
const belowRsa = (name: string, hash: string) => ({ issuer: authorityWith(name, { above: rsaAuthority(), hash }) })

async function rootWithOldDigest(t: Test): Promise<void> {
  for (const hash of oldDigests) {
    const root = authority({ subject: nameOf(['CN', 'Old Root']), keys: strangerKeys, hash })
    const stage = await hostileStage(t, { env: { CALLBACK_ROOTS: pem(root.der) } })
    const issuer = authorityWith('below an old root', { issuer: root })
    publish(stage, issuer)
    const signer = signerOf(issuer)
    offer(stage, signer)
    await stage.accepts(t, stage.valid({ signer }), `a root that signed itself with ${hash}`)
  }
}

export const keyCases: HostileCase[] = [
  {
    subject: 'a signer with an RSA key of another size',
    variants: [
      tooShort('1024 bits', () => rsaKeys(1024)),
      tooShort('1024 bits with the exponent 3', () => rsaKeys(1024, 3)),
      weakSpki('1024 bits, under a signature of 256 bytes', () => rsaSpki(modulus(1024), 65_537n)),
      weakSpki('512 bits', () => rsaSpki(modulus(512), 65_537n)),
      weak('2041 bits', () => rsaKeys(2041)),
      weakSpki('2047 bits', () => rsaSpki(modulus(2047), 65_537n)),
      weakSpki('2049 bits', () => rsaSpki(modulus(2049), 65_537n)),
      weak('2050 bits', () => rsaKeys(2050)),
      weakSpki('4104 bits', () => rsaSpki(modulus(4104), 65_537n)),
      weakSpki('8192 bits', () => rsaSpki(modulus(8192), 65_537n)),
      weakSpki('16384 bits', () => rsaSpki(modulus(16_384), 65_537n)),
      malformedSpki('32768 bits', () => rsaSpki(modulus(32_768), 65_537n)),
      malformedSpki('a modulus below zero', () => rsaSpki(Buffer.alloc(256, 0xff), 65_537n)),
      weakSpki('a modulus of zero', () => rsaSpki(0n, 65_537n)),
      acceptedSigner('3072 bits', () => ({ keys: rsaKeys(3072) }))
    ]
  },
  {
    subject: 'a signer with an RSA key of a weak exponent',
    variants: [
      forgedWithExponentOne,
      weak('the exponent 3', () => rsaKeys(2048, 3)),
      weak('the exponent 17', () => rsaKeys(2048, 17)),
      weak('the exponent 257', () => rsaKeys(2048, 257)),
      weakSpki('the exponent 0', () => rsaSpki(modulus(2048), 0n)),
      weakSpki('the exponent 2', () => rsaSpki(modulus(2048), 2n)),
      weakSpki('an even exponent', () => rsaSpki(modulus(2048), 65_538n)),
      malformedSpki('an exponent below zero', () => rsaSpki(modulus(2048), Buffer.from([0xff])))
    ]
  },
  {
    subject: 'a signer with a key that is not RSA',
    variants: [
      tooShort('P-256, and its signature', () => ecKeys()),
      tooShort('P-521, and its signature', () => ecKeys('P-521')),
      tooShort('Ed25519, and its signature', () => generateKeyPairSync('ed25519')),
      weak('P-256', () => ecKeys()),
      weak('P-384', () => ecKeys('P-384')),
      weak('secp256k1', () => ecKeys('secp256k1')),
      weak('P-256 by parameters of its own', () => generateKeyPairSync('ec', { namedCurve: 'P-256', paramEncoding: 'explicit' })),
      weak('Ed25519', () => generateKeyPairSync('ed25519')),
      weak('Ed448', () => generateKeyPairSync('ed448')),
      weak('X25519', () => generateKeyPairSync('x25519')),
      weak('RSA for PSS only', () => generateKeyPairSync('rsa-pss', { modulusLength: 2048 })),
      weakSpki('RSA for OAEP only', () => spkiOf('1.2.840.113549.1.1.7', [sequence()], rsaKey)),
      weakSpki('DSA', () =>
        spkiOf('1.2.840.10040.4.1', [sequence(integer(modulus(2048)), integer(modulus(256)), integer(2n))], integer(modulus(2048)))
      ),
      weakSpki('Diffie-Hellman', () =>
        spkiOf('1.2.840.113549.1.3.1', [sequence(integer(modulus(2048)), integer(2n))], integer(modulus(2048)))
      ),
      weakSpki('of a kind that nobody knows', () => spkiOf('1.3.6.1.4.1.55738.666.9', [], rsaKey)),
      malformedSpki('RSA without its parameters', () => spkiOf('1.2.840.113549.1.1.1', [], rsaKey)),
      malformedSpki('RSA with parameters', () => spkiOf('1.2.840.113549.1.1.1', [sequence()], rsaKey)),
      malformedSpki('RSA with a third number', () =>
        spkiOf('1.2.840.113549.1.1.1', [nothing], sequence(integer(modulus(2048)), integer(65_537n), integer(1n)))
      ),
      malformedSpki('RSA that is empty', () => spkiOf('1.2.840.113549.1.1.1', [nothing], Buffer.alloc(0)))
    ]
  },
  {
    subject: 'an authority with a weak key',
    variants: [
      weakIssuer('RSA of 1024 bits', () => rsaKeys(1024)),
      weakIssuer('RSA of 2050 bits', () => rsaKeys(2050)),
      weakIssuer('RSA with the exponent 3', () => rsaKeys(2048, 3)),
      weakIssuer('secp256k1', () => ecKeys('secp256k1')),
      weakIssuer('P-224', () => ecKeys('P-224'))
    ]
  },
  {
    subject: 'a digest that no longer holds',
    variants: [
      ...oldDigests.map(hash =>
        refusedSigner(`${hash} under the signer`, 'CERTIFICATE_MALFORMED', () => ({ issuer: rsaAuthority(), hash }))
      ),
      ...oldDigests.map(hash =>
        refusedIssuer(`${hash} under the authority`, 'CERTIFICATE_CHAIN_UNTRUSTED', name => belowRsa(name, hash), 2)
      ),
      ...['sha256', 'sha384', 'sha512'].map(hash => acceptedIssuer(`but ${hash} does`, name => belowRsa(name, hash))),
      refusedSigner('sha1 with ECDSA under the signer', 'CERTIFICATE_MALFORMED', () => ({ hash: 'sha1' })),
      refusedIssuer('sha1 with ECDSA under the authority', 'CERTIFICATE_CHAIN_UNTRUSTED', name => ({
        issuer: authorityWith(name, { hash: 'sha1' })
      })),
      refusedSigner('Ed25519 under the signer', 'CERTIFICATE_MALFORMED', () => ({
        issuer: { name: genuine.issuing.name, keys: generateKeyPairSync('ed25519') }
      })),
      refusedSigner('one algorithm outside, another inside', 'CERTIFICATE_MALFORMED', () => ({
        outerAlgorithm: sequence(oid('1.2.840.113549.1.1.11'), nothing)
      })),
      { what: 'under the root, whose own signature proves nothing', story: rootWithOldDigest }
    ]
  }
]
