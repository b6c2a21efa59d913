import { Failure } from '../failure.ts'
import type { App } from './type-provider.ts'

const reasons: Record<string, string> = {
  EADDRINUSE: 'The setting PORT names a port that another program uses.',
  EACCES: 'The setting PORT names a port that this user may not open.',
  EADDRNOTAVAIL: 'The setting HOST names an address that this machine does not have.',
  ENOTFOUND: 'The setting HOST names an address that cannot be found.'
}

/** Starts to listen and gives the service's address. @throws CONFIG_INVALID when host or port cannot be had */
export async function listen(app: App, { host, port }: { host: string; port: number }): Promise<string> {
  try {
    return await app.listen({ host, port })
  } catch (error) {
    const reason = reasons[(error as { code?: string }).code ?? '']
    throw reason === undefined ? error : new Failure('CONFIG_INVALID', reason, { cause: error })
  }
}
