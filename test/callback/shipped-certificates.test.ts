import { X509Certificate } from 'node:crypto'
import { rootCertificates } from 'node:tls'
import t from 'tap'
import { readCertificate } from '../../src/callback/certificate.ts'
import { authorityFault } from '../../src/callback/certificate-rules.ts'
import { intermediateFault } from '../../src/callback/check-intermediate.ts'
import { certificateIndex } from '../../src/callback/find-path.ts'
import { shippedIntermediates, shippedRoots } from '../../src/callback/shipped-certificates.ts'

/** The fingerprints that the authorities publish. */
const pins: Record<string, string> = {
  'DigiCert Global Root CA': '4348A0E9444C78CB265E058D5E8944B4D84F9662BD26DB257F8934A443C70161',
  'DigiCert Global Root G2': 'CB3CCBB76031E5E0138F8DD39A23F9DE47FFC35E43C1144CEA27D46A5AB1CB5F',
  'DigiCert Global Root G3': '31AD6648F8104138C738F39EA4320133393E3A18CC02296EF97C2AC9EF6731D0',
  'DigiCert TLS ECC P384 Root G5': '018E13F0772532CF809BD1B17281867283FC48C6E13BE9C69812854A490C1B05',
  'DigiCert TLS RSA4096 Root G5': '371A00DC0533B3721A7EEB40E8419E70799D2B0A0F2C1D80693165F7CEC4AD75',
  'Microsoft ECC Root Certificate Authority 2017': '358DF39D764AF9E1B766E9C972DF352EE15CFAC227AF6AD1D70E8E4A6EDCBA02',
  'Microsoft RSA Root Certificate Authority 2017': 'C741F70F4B2A8D88BF2E71C14122EF53EF10EBA0CFA5E64CFA20F418853073E0'
}

/** As Microsoft publishes them, by the name and the name of who signed it. Source: learn.microsoft.com/azure/security/fundamentals/azure-ca-details. */
const intermediatePins: Record<string, string> = {
  'Microsoft Azure RSA TLS Issuing CA 03 by Microsoft RSA Root Certificate Authority 2017':
    '3D3F4B440F933FFD269565EDA9E20E8DF863C9CBE3651D3B476C5B4F4AF5CE28',
  'Microsoft Azure RSA TLS Issuing CA 04 by Microsoft RSA Root Certificate Authority 2017':
    'FD39FFC48F148354262162A2F55DD46DC2564CFC1499309AD53F09C10981DCCA',
  'Microsoft Azure RSA TLS Issuing CA 07 by Microsoft RSA Root Certificate Authority 2017':
    'FBB7926A451BADF516BE518614A77E6E325E29819908796D807F59320F918EE2',
  'Microsoft Azure RSA TLS Issuing CA 08 by Microsoft RSA Root Certificate Authority 2017':
    'CFDD061FCD4CFF3BB9E133264CA7FDE45CA49B70CFAA977AE0DC422B4330A8C1',
  'Microsoft TLS G2 RSA CA OCSP 02 by Microsoft TLS RSA Root G2': 'EA7A25255D111FC3CE4CB8FABE3ADF9C27BBE6DB203F955066BAB4C5A71F3D08',
  'Microsoft TLS G2 RSA CA OCSP 04 by Microsoft TLS RSA Root G2': 'AC8EA9F2874FD368A3E778B1A0B165EE898DB9B9687C17EDCDC76908AB58C82C',
  'Microsoft TLS RSA Root G2 by DigiCert Global Root G2': 'DDCD1E8A20638D4AAFF7201BB1D56452ACD2C759F1686BDC38F73DD15732BDC2'
}

const roots = shippedRoots().map(pem => new X509Certificate(pem))
const intermediates = shippedIntermediates().map(pem => new X509Certificate(pem))
const commonName = (name: string): string => /CN=(.*)/.exec(name)?.[1] ?? ''

t.test('the shipped roots are those that are pinned, and no others', async t => {
  t.same(
    Object.fromEntries(
      roots.map(({ subject, fingerprint256 }) => [/CN=(.*)/.exec(subject)?.[1], fingerprint256.replaceAll(':', '')]).sort()
    ),
    pins
  )
})

t.test('each of them may be trusted by our own rules for years', async t => {
  for (const { raw, subject } of roots) {
    const certificate = readCertificate(raw)
    t.equal(authorityFault(certificate, { isAnchor: true }), undefined, subject)
    t.ok(certificate.notAfter > new Date('2031-01-01T00:00:00Z'), 'valid into the thirties')
  }
})

t.test('none of the public roots that node carries is refused', async t => {
  for (const pem of rootCertificates) {
    const { raw, subject } = new X509Certificate(pem)
    t.equal(authorityFault(readCertificate(raw), { isAnchor: true }), undefined, subject)
  }
})

t.test('the shipped intermediates are those that are pinned, and no others', async t => {
  t.same(
    Object.fromEntries(
      intermediates
        .map(({ subject, issuer, fingerprint256 }): [string, string] => [
          `${commonName(subject)} by ${commonName(issuer)}`,
          fingerprint256.replaceAll(':', '')
        ])
        .sort()
    ),
    intermediatePins
  )
})

t.test('each of them leads to a shipped root by our own rules, from its first day to its last', async t => {
  const pool = certificateIndex(intermediates.map(({ raw }) => readCertificate(raw)))
  const anchors = certificateIndex(roots.map(({ raw }) => readCertificate(raw)))
  for (const { raw, subject } of intermediates) {
    const certificate = readCertificate(raw)
    const judged = (at: Date) => intermediateFault(certificate, { anchors, pool, at })
    t.equal(judged(certificate.notBefore), undefined, `${subject} on its first day`)
    t.equal(judged(certificate.notAfter), undefined, 'on its last')
    t.match(judged(new Date(certificate.notAfter.getTime() + 1000)), 'past its end', 'and not after it')
  }
})
