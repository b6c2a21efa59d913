import t from 'tap'
import { allowedHosts } from '../../src/allowed-hosts.ts'
import { Failure } from '../../src/failure.ts'
import { readSubscriberUrl } from '../../src/subscribers/subscriber-url.ts'

const written = [
  '*.logic.azure.com',
  'hooks.example.com',
  'hooks.example.com:8443',
  '*.flows.example.com:444',
  'MÜNCHEN.example.',
  '127.0.0.1:4010',
  '[::1]:4011',
  '10.1.2.3:8443',
  'localhost:4012'
]
const hosts = allowedHosts(written)
const read = (url: string) => readSubscriberUrl(url, hosts)

t.test('allowed addresses are accepted, in whatever form they are written', async t => {
  const accepted: [string, string][] = [
    ['https://prod-01.westeurope.logic.azure.com/workflows/a/triggers/manual/paths/invoke?sig=x', 'prod-01.westeurope.logic.azure.com'],
    ['https://prod-01.westeurope.logic.azure.com:443/workflows/a?sig=x', 'prod-01.westeurope.logic.azure.com'],
    ['HTTPS://PROD-01.Logic.Azure.COM/x', 'prod-01.logic.azure.com'],
    ['https://prod-01.logic.azure.com./x', 'prod-01.logic.azure.com'],
    ['https://prod-01.logic.azure%2ecom/x', 'prod-01.logic.azure.com'],
    ['https://hooks.example.com', 'hooks.example.com'],
    ['https://hooks.example.com:8443/?a=b@c', 'hooks.example.com:8443'],
    ['https://a.flows.example.com:444/', 'a.flows.example.com:444'],
    ['https://xn--mnchen-3ya.example/', 'xn--mnchen-3ya.example'],
    ['https://München.example/', 'xn--mnchen-3ya.example'],
    ['http://127.0.0.1:4010/a', '127.0.0.1:4010'],
    ['https://127.0.0.1:4010/a', '127.0.0.1:4010'],
    ['http://[::1]:4011/a', '[::1]:4011'],
    ['https://10.1.2.3:8443/', '10.1.2.3:8443'],
    ['https://localhost:4012/', 'localhost:4012']
  ]
  for (const [url, host] of accepted) t.equal(read(url).host, host, url)
})

t.test('every other address is refused, and no message tells more of it than its host', async t => {
  const long = `https://hooks.example.com/?secret=${'x'.repeat(4000)}`
  const refused: [string, string][] = [
    ['http', 'http://hooks.example.com/?secret'],
    ['another scheme', 'ftp://hooks.example.com/?secret'],
    ['a file', 'file:///etc/secret'],
    ['no scheme', '//hooks.example.com/?secret'],
    ['scheme without slashes', 'https:hooks.example.com/?secret'],
    ['three slashes', 'https:///hooks.example.com/?secret'],
    ['no text', ''],
    ['no URL', 'secret'],
    ['no host', 'https://?secret'],
    ['a name that only ends alike', 'https://evillogic.azure.com/?secret'],
    ['a name that only begins alike', 'https://prod.logic.azure.com.evil.com/?secret'],
    ['the bare name of a wildcard', 'https://logic.azure.com/?secret'],
    ['an empty label before it', 'https://.logic.azure.com/?secret'],
    ['an empty label within', 'https://a..logic.azure.com/?secret'],
    ['two dots at the end', 'https://a.logic.azure.com../?secret'],
    ['another host', 'https://example.org/?secret'],
    ['a name below an exact one', 'https://a.hooks.example.com/?secret'],
    ['another port', 'https://hooks.example.com:8444/?secret'],
    ['another port under a wildcard', 'https://a.logic.azure.com:8443/?secret'],
    ['the usual port where another is listed', 'https://a.flows.example.com/?secret'],
    ['a user', 'https://user:secret@hooks.example.com/'],
    ['a host as user', 'https://hooks.example.com@evil.com/?secret'],
    ['an empty user', 'https://@hooks.example.com/?secret'],
    ['a user behind a backslash', 'https://evil.com\\@hooks.example.com/?secret'],
    ['a host before a backslash', 'https://hooks.example.com\\.evil.com/?secret'],
    ['a fragment', 'https://hooks.example.com/#secret'],
    ['a host before a fragment', 'https://evil.com#.logic.azure.com/?secret'],
    ['an empty fragment', 'https://hooks.example.com/?secret#'],
    ['a host in the query', 'https://evil.com?.logic.azure.com/secret'],
    ['a line end', 'https://hooks.example.com/\n?secret'],
    ['a tab within the host', 'https://hooks.exa\tmple.com/?secret'],
    ['a blank before', ' https://hooks.example.com/?secret'],
    ['a zero byte', 'https://hooks.example.com/\0secret'],
    ['an encoded slash in the host', 'https://evil.com%2f.logic.azure.com/?secret'],
    ['an encoded at sign in the host', 'https://evil.com%40a.logic.azure.com/?secret'],
    ['this machine', 'https://127.0.0.1/?secret'],
    ['this machine on another port', 'http://127.0.0.1:4011/?secret'],
    ['this machine as one number', 'http://2130706433:4011/?secret'],
    ['this machine in hexadecimal', 'https://0x7f.1/?secret'],
    ['this machine in octal', 'https://0177.0.0.1/?secret'],
    ['this machine, the short form', 'https://127.1/?secret'],
    ['this machine in IPv6', 'https://[::1]/?secret'],
    ['this machine as IPv4 in IPv6', 'https://[::ffff:127.0.0.1]:4010/?secret'],
    ['any address', 'https://0.0.0.0/?secret'],
    ['the metadata of a cloud', 'http://169.254.169.254/metadata?secret'],
    ['the metadata over https', 'https://169.254.169.254/metadata?secret'],
    ['a private network', 'https://10.1.2.3/?secret'],
    ['http to a listed address that is not loopback', 'http://10.1.2.3:8443/?secret'],
    ['http to a listed name', 'http://localhost:4012/?secret'],
    ['a public address', 'https://20.1.2.3/?secret'],
    ['a name look-alike', 'https://a.logic.azurе.com/?secret'],
    ['too long', long]
  ]
  for (const [what, url] of refused) {
    try {
      read(url)
      t.fail(`${what}: ${url.slice(0, 80)}`)
    } catch (error) {
      t.ok(error instanceof Failure)
      t.equal((error as Failure).code, 'SUBSCRIBER_URL_REFUSED', what)
      t.notMatch((error as Failure).message, /secret/, what)
    }
  }
})

t.test('a list that cannot be read is no list', async t => {
  for (const entry of [
    '*',
    '*.',
    '*.com',
    '.logic.azure.com',
    'a.*.example.com',
    'https://hooks.example.com',
    'hooks.example.com/path',
    'user@hooks.example.com',
    'hooks.example.com:0x1',
    'hooks.example.com:70000',
    'hooks.example.com:',
    '10.1.2.3',
    '[::1]',
    '2130706433',
    '*.10.1.2.3:80',
    'a b',
    ''
  ])
    t.throws(() => allowedHosts([entry]), { code: 'CONFIG_INVALID' }, entry)
})

t.test('only a host that is written down with its port is meant itself', async t => {
  t.ok(hosts.isNamed('hooks.example.com', '8443'))
  t.ok(hosts.isNamed('127.0.0.1', '4010'))
  t.notOk(hosts.isNamed('hooks.example.com', '443'), 'written without its port')
  t.notOk(hosts.isNamed('a.flows.example.com', '444'), 'by a wildcard')
})
