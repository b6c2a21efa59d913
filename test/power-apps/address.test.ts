import t from 'tap'
import { baseAddress, storageAddress } from '../../src/power-apps/address.ts'

t.test('a system that gets a token is at a plain https address, or on this machine', async t => {
  for (const good of [
    'https://api.powerapps.com',
    'https://gov.api.powerapps.us/',
    'http://127.0.0.1:8080',
    'http://localhost/',
    'http://[::1]:1'
  ])
    t.equal(baseAddress(good, 'It'), good.replace(/\/$/, ''))
  const bad = [
    ...[
      'http://api.powerapps.com',
      'ftp://127.0.0.1',
      'api.powerapps.com',
      '',
      'https://user:pass@api.powerapps.com',
      'https://a.b/?x=1',
      'https://a.b/#x'
    ],
    ...['http://127.0.0.1.evil.example', 'http://localhost.evil.example', 'file:///etc/passwd', 'javascript:alert(1)']
  ]
  for (const address of bad)
    t.throws(() => baseAddress(address, 'It'), { code: 'POWER_APPS_ADDRESS_REFUSED', message: /^It must be/ }, address)
})

t.test('files are in a blob storage of Azure, or on this machine', async t => {
  const good = [
    ...[
      'https://account.blob.core.windows.net/c?sig=x',
      'https://account.blob.core.usgovcloudapi.net/c',
      'https://account.blob.core.chinacloudapi.cn/c'
    ],
    ...['http://127.0.0.1:1/c?sig=x', 'https://ACCOUNT.Blob.Core.Windows.Net/c']
  ]
  for (const address of good) t.equal(storageAddress(address, 'It').href, new URL(address).href)
  const bad = [
    ...['http://account.blob.core.windows.net/c', 'https://blob.core.windows.net/c', 'https://a.b.blob.core.windows.net/c'],
    ...['https://account.blob.core.windows.net.evil.example/c', 'https://evil.example/account.blob.core.windows.net'],
    ...[
      'https://account.blob.core.windows.net:444/c',
      'https://x:y@account.blob.core.windows.net/c',
      'https://accountblob.core.windows.net/c',
      'nonsense'
    ]
  ]
  for (const address of bad) {
    t.throws(
      () => storageAddress(`${address}?sig=secret`, 'It'),
      { code: 'POWER_APPS_ADDRESS_REFUSED', message: /^It (is|at)(?!.*secret)/ },
      address
    )
  }
})
