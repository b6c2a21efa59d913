import t from 'tap'
import { addressKey } from '../../src/http/address-key.ts'

t.test('an address has one key, in whichever form it is written', t => {
  const keys: Record<string, string[]> = {
    '203.0.113.7': [
      '203.0.113.7',
      '203.0.113.7:1',
      '203.0.113.7:65535',
      '::ffff:203.0.113.7',
      '[::ffff:203.0.113.7]:443',
      '::FFFF:cb00:7107'
    ],
    '2001:db8::': [
      '2001:db8::',
      '2001:db8::1',
      '[2001:db8::1]',
      '[2001:DB8::1]:8080',
      '2001:db8:0:0:ffff:ffff:ffff:ffff',
      '2001:0db8::1:8080'
    ],
    '2001:db8:0:1::': ['2001:db8:0:1::1', '2001:db8:0:1:2:3:4:5', '2001:db8:0:1:2:3:4:5:8080'],
    'fe80::': ['fe80::1', 'fe80::1%eth0', 'fe80::2%eth1'],
    unknown: ['', 'unknown', '_hidden', '[', '[]:1', '203.0.113.7:', '203.0.113.7:123456', '203.0.113.700', 'host:80']
  }
  for (const [key, forms] of Object.entries(keys)) for (const form of forms) t.equal(addressKey(form), key, form)
  t.equal(addressKey(undefined), 'unknown', 'a socket without an address')
  t.end()
})
