import { openConfiguredStore, openService, type Service, type Store } from '../compose.ts'
import { type Environment, readConfig } from '../config.ts'
import { serviceLog } from '../log.ts'
import type { Terminal } from './command.ts'

/** Opens the service that the environment describes, for one command. */
export async function withService<T>(terminal: Terminal, use: (service: Service) => Promise<T>): Promise<T> {
  const config = readConfig(quietly(terminal.env))
  const service = await openService(config, { log: serviceLog(config.http.logLevel) })
  try {
    return await use(service)
  } finally {
    await service.close()
  }
}

/** The settings for somebody who looks at results: the log is of warnings, unless LOG_LEVEL says something else. */
export function quietly(env: Environment): Environment {
  return { ...env, LOG_LEVEL: env.LOG_LEVEL?.trim() || 'warn' }
}

/** Opens only the store that the environment describes. */
export async function withStore<T>(terminal: Terminal, use: (store: Store) => Promise<T>): Promise<T> {
  const store = await openConfiguredStore(readConfig(terminal.env))
  try {
    return await use(store)
  } finally {
    await store.close()
  }
}
