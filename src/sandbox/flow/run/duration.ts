import { FlowNotRunnable } from './action-failure.ts'

const unitMs = { D: 86_400_000, H: 3_600_000, M: 60_000, S: 1000 } as const

/** Milliseconds of an ISO 8601 duration of days and less, `PT20S`. @throws FlowNotRunnable for anything else */
export function durationMs(text: string): number {
  const parts = /^P(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/.exec(text.trim())
  if (!parts || parts.slice(1).every(part => part === undefined))
    throw new FlowNotRunnable(`«${text.slice(0, 50)}» is not an ISO 8601 duration.`)
  const [, days = '0', hours = '0', minutes = '0', seconds = '0'] = parts
  return Number(days) * unitMs.D + Number(hours) * unitMs.H + Number(minutes) * unitMs.M + Number(seconds) * unitMs.S
}

/** `90000` → `PT1M30S` */
export function isoDuration(ms: number): string {
  const days = Math.floor(ms / unitMs.D)
  const hours = Math.floor((ms % unitMs.D) / unitMs.H)
  const minutes = Math.floor((ms % unitMs.H) / unitMs.M)
  const seconds = (ms % unitMs.M) / 1000
  const time = [hours && `${hours}H`, minutes && `${minutes}M`, seconds && `${seconds}S`].filter(Boolean).join('')
  if (days === 0 && time === '') return 'PT0S'
  return `P${days > 0 ? `${days}D` : ''}${time === '' ? '' : `T${time}`}`
}
