import { X509Certificate } from 'node:crypto'
import { rootCertificates } from 'node:tls'
import t from 'tap'
import { readCertificate } from '../../src/callback/certificate.ts'
import { authorityFault } from '../../src/callback/certificate-rules.ts'
import { shippedRoots } from '../../src/callback/shipped-roots.ts'

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

const roots = shippedRoots().map(pem => new X509Certificate(pem))

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
