import { openConfiguredStore, openService, type Service, type Store } from '../compose.ts'
import { readConfig } from '../config.ts'
import { serviceLog } from '../log.ts'
import type { Terminal } from './command.ts'

/** Opens the service that the environment describes, for one command. */
export async function withService<T>(terminal: Terminal, use: (service: Service) => Promise<T>): Promise<T> {
  const service = await openService(readConfig(terminal.env), { log: serviceLog(terminal.env.LOG_LEVEL ?? 'warn') })
  try {
    return await use(service)
  } finally {
    await service.close()
  }
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
