import type { FuzzTarget } from './fuzz-loop.ts'

/** A reader with a crash behind six right bytes in a row: out of reach by chance, a few steps away for whoever sees what ran. */
export function plantedTarget(): FuzzTarget {
  return { seeds: [Buffer.from('hello, world')], tokens: [], isDer: false, run: readPlanted }
}

function readPlanted([first, second, third, fourth, fifth, sixth]: Buffer): string[] {
  if (first !== 0x46) return []
  if (second !== 0x55) return []
  if (third !== 0x5a) return []
  if (fourth !== 0x5a) return []
  if (fifth !== 0x45) return []
  if (sixth === 0x44) throw new RangeError('the planted crash')
  return []
}
