import { packagedFlow } from './flow.ts'
import { flows } from './flows.ts'

/** The flows' definitions by their path in the package, each the same object as in its zip. */
export function flowFiles(): Record<string, string> {
  return Object.fromEntries(flows().map(flow => [`connector/flows/${flow.name}.json`, `${JSON.stringify(packagedFlow(flow), null, 4)}\n`]))
}
