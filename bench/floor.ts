/** The floors: what this machine can do at all, measured in the same run as what stands on it. */
import { openSync, writeSync, fdatasyncSync, closeSync, mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker, isMainThread, parentPort } from 'node:worker_threads'

const line = Buffer.from(
  `${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'echo.echo', params: ['hello'] })}\n`,
)

/** Writes every line back as it came, all lines of a read in one write. */
function serveEcho(port: { postMessage(port: number): void }): void {
  const server = createServer((socket) => {
    socket.setNoDelay(true)
    socket.on('data', (bytes) => socket.write(bytes))
    socket.on('error', () => undefined)
  })
  server.listen(0, '127.0.0.1', () => port.postMessage((server.address() as AddressInfo).port))
}

if (!isMainThread && parentPort !== null) serveEcho(parentPort)

/** Lines echoed a second with `inFlight` of them on the way, between two threads over loopback. */
export async function bareLineEcho(inFlight: number, milliseconds: number): Promise<number> {
  const worker = new Worker(new URL(import.meta.url))
  const [port] = (await once(worker, 'message')) as [number]
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const perSecond = await pump(socket, inFlight, milliseconds)
  socket.destroy()
  await worker.terminate()
  return perSecond
}

function pump(socket: Socket, inFlight: number, milliseconds: number): Promise<number> {
  socket.setNoDelay(true)
  const started = performance.now()
  let bytes = 0
  return new Promise((resolve) => {
    socket.on('data', (chunk) => {
      const before = Math.floor(bytes / line.length)
      bytes += chunk.length
      const echoed = Math.floor(bytes / line.length) - before
      const elapsed = performance.now() - started
      if (elapsed > milliseconds) resolve((bytes / line.length / elapsed) * 1000)
      else if (echoed > 0) socket.write(Buffer.concat(Array.from({ length: echoed }, () => line)))
    })
    socket.write(Buffer.concat(Array.from({ length: inFlight }, () => line)))
  })
}

/** Small durable writes a second, one after another, into a file that is already written. */
export function bareDatasync(milliseconds: number): number {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-bench-'))
  const file = openSync(join(folder, 'floor'), 'w+')
  writeSync(file, Buffer.alloc(4 * 1024 * 1024, 1))
  fdatasyncSync(file)
  const record = Buffer.alloc(200, 2)
  const started = performance.now()
  let count = 0
  while (performance.now() - started < milliseconds) {
    writeSync(file, record, 0, record.length, (count % 10_000) * record.length)
    fdatasyncSync(file)
    count += 1
  }
  const perSecond = (count / (performance.now() - started)) * 1000
  closeSync(file)
  rmSync(folder, { recursive: true })
  return perSecond
}
