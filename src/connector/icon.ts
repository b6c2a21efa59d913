import { crc32, deflateSync } from 'node:zlib'
import { brandColor } from './properties.ts'

/** Certified connectors carry a square of 230 pixels without transparency, its background the brand colour. */
const size = 230

/** The connector's icon as a PNG: two arrows that keep two records in step. Drawn here, so that it is made like the other files. */
export function connectorIcon(): Buffer {
  const [red = 0, green = 0, blue = 0] = Buffer.from(brandColor.slice(1), 'hex')
  const rows = Array.from({ length: size }, (_row, y) => {
    const row = Buffer.alloc(1 + size * 3)
    for (let x = 0; x < size; x++) {
      const ink = coverage(x, y)
      row.set(
        [red, green, blue].map(channel => Math.round(channel + (255 - channel) * ink)),
        1 + x * 3
      )
    }
    return row
  })
  const header = Buffer.alloc(13)
  header.writeUInt32BE(size, 0)
  header.writeUInt32BE(size, 4)
  // Eight bits a channel, RGB without alpha.
  header.set([8, 2, 0, 0, 0], 8)
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(rows), { level: 9 })),
    chunk('IEND', Buffer.alloc(0))
  ])
}

/** How much of a pixel is drawn, from a grid of 4 by 4 samples. */
function coverage(x: number, y: number): number {
  let hits = 0
  for (let sample = 0; sample < 16; sample++) if (isDrawn(x + (sample % 4) / 4 + 0.125, y + Math.floor(sample / 4) / 4 + 0.125)) hits++
  return hits / 16
}

/** The upper arrow, and the lower one by turning the picture round its middle. */
function isDrawn(x: number, y: number): boolean {
  return isArrow(x, y) || isArrow(size - x, size - y)
}

function isArrow(x: number, y: number): boolean {
  const isShaft = x >= 48 && x <= 140 && y >= 70 && y <= 92
  const isHead = x >= 138 && x <= 182 && Math.abs(y - 81) <= (182 - x) * 0.82
  return isShaft || isHead
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}
