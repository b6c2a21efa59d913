/** Each verifier as one that is handed the same callback again and again; and its counterpart of one bit less. */
import { createPublicKey, verify } from 'node:crypto'
import https from 'node:https'
import { connect } from 'node:tls'
import type { openValidation } from '../../../src/compose.ts'
import type { readConfig } from '../../../src/config.ts'
import { isAuthorizedByTheSample } from './microsoft-sample.ts'
import { peer } from './peers.ts'
import { shipped } from './worker.ts'

/** A signed text as its recipient gets it. */
export interface Material {
  dist: string
  /** The settings of the service. */
  settings: Record<string, string>
  headers: Record<string, string>
  body: Buffer
  signature: Buffer
  /** The key of `signature`, as PEM. */
  publicKey: string
  /** Where the certificates are served in place of the host of their address, and the root of its TLS. */
  port: number
  tlsRoot: string
}

export type Verifier = 'ours' | 'bare verify' | 'sns-validator' | 'alexa-verifier' | 'the sample'
/** Gives true, or says no in whatever way it does. */
export type Verify = (material: Material) => unknown

export const verifiers: Record<Verifier, (given: Material) => Promise<Verify>> = {
  async ours({ dist, settings }) {
    const config = await shipped<{ readConfig: typeof readConfig }>(dist, 'config.js')
    const compose = await shipped<{ openValidation: typeof openValidation }>(dist, 'compose.js')
    const validate = compose.openValidation(config.readConfig(settings).callback)
    return async ({ headers, body }) => (await validate({ headers, body }, 'exact')).event.name === 'referral-created'
  },

  async 'bare verify'({ publicKey }) {
    const key = createPublicKey(publicKey)
    return ({ body, signature }) => verify('sha256', body, key, signature)
  },

  async 'sns-validator'(given) {
    connectHere(given)
    const Validator = await peer<new () => { validate(message: string, done: (error: Error | null) => void): void }>('sns-validator')
    const validator = new Validator()
    return ({ body }) =>
      new Promise((resolve, reject) => validator.validate(body.toString(), error => (error ? reject(error) : resolve(true))))
  },

  async 'alexa-verifier'(given) {
    connectHere(given)
    const verifyRequest = await peer<(url: string, signature: string, body: string) => Promise<void>>('alexa-verifier')
    return async ({ headers, body }) => {
      await verifyRequest(headers.signaturecertchainurl ?? '', headers['signature-256'] ?? '', body.toString())
      return true
    }
  },

  async 'the sample'(given) {
    connectHere(given)
    return ({ headers, body }) => isAuthorizedByTheSample(headers, body, download)
  }
}

/** Whatever address is asked for over https is found on this machine. */
function connectHere({ port, tlsRoot }: Material): void {
  const agent = new https.Agent({ keepAlive: true })
  agent.createConnection = ({ host }) => connect({ host: '127.0.0.1', port, servername: host ?? '', ca: tlsRoot })
  https.globalAgent = agent
}

function download(url: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    https
      .get(url, async response => {
        const chunks: Buffer[] = []
        for await (const chunk of response) chunks.push(chunk as Buffer)
        resolve(Buffer.concat(chunks))
      })
      .on('error', reject)
  })
}
