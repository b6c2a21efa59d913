/** The DNS says where a host is, and may lie: a name that is on the list can still lead into the network that the service stands in. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { certificateDownload } from '../../../../src/callback/download.ts'
import { guardedLookup, type Lookup } from '../../../../src/public-address.ts'
import { issuerUrls } from '../../../fixtures/certificates.ts'
import type { Scope } from '../../../fixtures/local-server.ts'
import { certificateUrl } from '../../../fixtures/signed-callback.ts'
import type { Story } from '../../hostile-case.ts'
import { offer, signerWith, storeHost, withUrl } from '../../hostile-pki.ts'
import { hostileStage } from '../../stage.ts'

/** A server inside: it must not hear of anybody. */
async function inside(t: Scope, host = '127.0.0.1', port = 0) {
  let connections = 0
  const server = createServer(socket => {
    connections += 1
    socket.on('error', () => undefined).end(host)
  }).listen(port, host)
  await once(server, 'listening')
  t.teardown(() => server.close())
  return { port: (server.address() as AddressInfo).port, connections: () => connections }
}

/** A DNS that gives these answers in turn, and the last for ever. */
function lying(...answers: string[][]): { lookup: Lookup; asked: () => number } {
  let asked = 0
  return {
    asked: () => asked,
    lookup(_name, _options, done) {
      const answer = answers[Math.min(asked++, answers.length - 1)] ?? []
      done(
        answer.length === 0 ? new Error('ENOTFOUND') : null,
        answer.map(address => ({ address, family: address.includes(':') ? 6 : 4 }))
      )
    }
  }
}

const privateAddresses = [
  '127.0.0.1',
  '127.8.8.8',
  '0.0.0.0',
  '10.0.0.1',
  '100.64.0.1',
  '169.254.169.254',
  '172.16.0.1',
  '192.168.0.1',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '64:ff9b::7f00:1',
  '2002:7f00:1::',
  'fc00::1',
  'fd00:ec2::254',
  'fe80::1',
  'fec0::1',
  'ff02::1'
]

export const lookupStories: Story[] = [
  ...privateAddresses.map(
    (address): Story => ({
      what: address,
      async story(t) {
        const { port, connections } = await inside(t)
        for (const [what, answers] of [
          ['alone', [address]],
          ['behind a public one', ['20.60.0.1', address]],
          ['before a public one', [address, '2603:1030::1']]
        ] as const) {
          const { lookup, asked } = lying([...answers])
          const download = certificateDownload({ lookup })
          const url = `https://${storeHost}:${port}/cert/x.cer`
          await t.rejects(download(url), { code: 'CERTIFICATE_UNREACHABLE', message: /private network/ }, what)
          t.equal(asked(), 1, `${what}: the DNS was asked once`)
        }
        t.equal(connections(), 0)
      }
    })
  ),
  {
    what: 'only at the second connection',
    async story(t) {
      const { port, connections } = await inside(t)
      const { lookup } = lying([], ['127.0.0.1'])
      const download = certificateDownload({ lookup })
      const url = `https://${storeHost}:${port}/cert/x.cer`
      await t.rejects(download(url), { code: 'CERTIFICATE_UNREACHABLE', message: /could not be reached/ })
      await t.rejects(download(url), { code: 'CERTIFICATE_UNREACHABLE', message: /private network/ }, 'each connection has its own check')
      t.equal(connections(), 0)
    }
  },
  {
    what: 'between the check and the connection',
    async story(t) {
      // Two addresses of this machine stand for one that is public and one that is not.
      const allowed = await inside(t, '127.0.0.2')
      const forbidden = await inside(t, '127.0.0.1', allowed.port)
      const { lookup, asked } = lying(['127.0.0.2'], ['127.0.0.1'])
      const socket = connect({
        host: storeHost,
        port: allowed.port,
        lookup: guardedLookup(lookup, address => address !== '127.0.0.1')
      })
      const [greeting] = (await once(socket, 'data')) as [Buffer]
      t.equal(greeting.toString(), '127.0.0.2', 'what was checked is what is connected to')
      t.equal(asked(), 1, 'and no second answer was asked for')
      t.equal(forbidden.connections(), 0)
    }
  },
  {
    what: 'by the real DNS, before the service itself',
    async story(t) {
      const stage = await hostileStage(t, {
        env: { CALLBACK_CERTIFICATE_HOSTS: `${storeHost},localhost,127.0.0.1`, CALLBACK_ISSUER_HOSTS: 'localhost,127.0.0.1' }
      })
      for (const host of ['localhost', '127.0.0.1']) {
        const request = withUrl(stage.valid(), `https://${host}/cert/x.cer`)
        await stage.refuses(t, request, { what: `a store at ${host}`, status: 503, code: 'CERTIFICATE_UNREACHABLE' })
        t.match((await stage.send(request)).body.detail, /private network/, 'for this reason')
      }
      for (const host of ['localhost', '127.0.0.1']) {
        offer(stage, signerWith({ extensions: { aia: issuerUrls(`http://${host}/issuing.crt`) } }))
        const { log } = await stage.effects()
        await stage.refuses(t, stage.valid(), {
          what: `an issuer at ${host}`,
          status: 503,
          code: 'CERTIFICATE_ISSUER_UNREACHABLE',
          downloads: { [storeHost]: 1 }
        })
        t.match(JSON.stringify((await stage.effects()).log.slice(log.length)), /PrivateAddressError/, 'for this reason')
      }
      t.same(stage.files.requests(), [certificateUrl, certificateUrl])
    }
  }
]
