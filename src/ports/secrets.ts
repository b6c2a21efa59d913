/** Secrets that change at run time, sealed at rest: rotated refresh tokens. */
export interface Secrets {
  get(name: string): Promise<string | undefined>
  put(name: string, value: string): Promise<void>
}
