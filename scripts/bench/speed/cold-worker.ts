import type { certificateSource } from '../../../src/callback/certificate-source.ts'
import type { certificateDownload } from '../../../src/callback/download.ts'
import type { Callback, verifyCallback } from '../../../src/callback/verify-callback.ts'
import type { readConfig } from '../../../src/config.ts'
import { answer, shipped } from './worker.ts'

export interface ColdQuestion {
  dist: string
  settings: Record<string, string>
  callback: Callback
  /** What would be downloaded, by its address, to be taken from here; without it, it is downloaded. */
  files?: Record<string, Buffer>
}

export interface Cold {
  wallMs: number
  cpuMs: number
}

/** The first callback of this process. */
answer<ColdQuestion, Cold>(async ({ dist, settings, callback, files }) => {
  const { readConfig: read } = await shipped<{ readConfig: typeof readConfig }>(dist, 'config.js')
  const { certificateSource: source } = await shipped<{ certificateSource: typeof certificateSource }>(
    dist,
    'callback/certificate-source.js'
  )
  const { certificateDownload: downloads } = await shipped<{ certificateDownload: typeof certificateDownload }>(
    dist,
    'callback/download.js'
  )
  const { verifyCallback: verify } = await shipped<{ verifyCallback: typeof verifyCallback }>(dist, 'callback/verify-callback.js')
  const { signerNames: names, hosts, roots = [], ...rest } = read(settings).callback
  const atHand = async (url: string): Promise<Buffer> => files?.[url] ?? Promise.reject(new Error(`${url} is not at hand.`))
  const certificates = source({ ...rest, names, roots, download: files ? atHand : downloads(rest), now: () => new Date() })

  const before = process.cpuUsage()
  const start = performance.now()
  await verify(callback, { certificates, hosts })
  const wallMs = performance.now() - start
  const { user, system } = process.cpuUsage(before)
  return { wallMs, cpuMs: (user + system) / 1000 }
})
