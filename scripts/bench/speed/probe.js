/** Preloaded into a service: tells, when asked, the processor time that it has used and the bytes that went over its own connections. */
import { subscribe } from 'node:diagnostics_channel'

const open = new Set()
let closed = 0
subscribe('net.client.socket', ({ socket }) => {
  open.add(socket)
  socket.once('close', () => {
    open.delete(socket)
    closed += bytesOf(socket)
  })
})

process.on('message', () => {
  const { user, system } = process.cpuUsage()
  const bytes = [...open].reduce((sum, socket) => sum + bytesOf(socket), closed)
  process.send?.({ cpuMs: (user + system) / 1000, bytes })
})
process.channel?.unref()

function bytesOf({ bytesRead, bytesWritten }) {
  return bytesRead + bytesWritten
}
