/** Where somebody has got to, and other small facts that outlive a process: high-water marks, a pause. */
export interface Marks {
  get(name: string): Promise<string | undefined>
  put(name: string, value: string): Promise<void>
  delete(name: string): Promise<void>
}
