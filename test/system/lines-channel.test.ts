import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import t from 'tap'
import { frameOf } from '../../lib/rpc/messages/frames.js'
import { LinesChannel } from '../../lib/system/lines-channel.js'

void t.test(
  'of many messages in one turn the first go out before it ends, and all in their order',
  async (t) => {
    const server = createServer()
    const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    const [other] = await Promise.all([accepted, once(socket, 'connect')])
    t.teardown(() => {
      socket.destroy()
      other.destroy()
      server.close()
    })
    const channel = new LinesChannel(socket, { frameBytesMax: 1024, stallMs: 0 })
    channel.start({ message: () => undefined, drained: () => undefined, closed: () => undefined })
    const messages = Array.from({ length: 400 }, (_, at) => `"${String(at).padStart(98, '.')}"`)
    const text = messages.map((message) => `${message}\n`).join('')
    for (const message of messages.slice(0, 200)) channel.send(message)
    t.ok(socket.bytesWritten >= 16 * 1024, `${socket.bytesWritten} bytes were written amid the turn`)
    t.ok(channel.bufferedBytes < text.length / 2, 'and wait no longer')
    for (const message of messages.slice(200)) channel.send(message)
    let read = ''
    other.setEncoding('utf8')
    for await (const chunk of other) {
      read += String(chunk)
      if (read.length >= text.length) break
    }
    t.equal(read, text)
  },
)

for (const takesFrames of [false, true])
  void t.test(
    `what is read in bytes that are lent is kept when those are others${takesFrames ? ', frames too' : ''}`,
    async (t) => {
      const stream = new PassThrough()
      t.teardown(() => stream.destroy())
      const place = Buffer.alloc(64 * 1024)
      const heard: string[] = []
      const frames: Uint8Array[] = []
      let lend: (bytes: Uint8Array) => void = () => undefined
      const channel = new LinesChannel(stream, {
        frameBytesMax: 1024 * 1024,
        stallMs: 0,
        lend: (hear) => (lend = hear),
      })
      channel.start({
        takesFrames,
        message: (text) => void heard.push(text),
        frame: (frame) => frames.push(frame),
        drained: () => undefined,
        closed: () => undefined,
      })
      const read = (bytes: Uint8Array): void => {
        place.set(bytes)
        lend(place.subarray(0, bytes.length))
      }
      const long = `"${'long'.repeat(15_000)}"`
      for (const part of [long.slice(0, 50_000), long.slice(50_000), '\n"short', ' one"\n'])
        read(Buffer.from(part))
      t.strictSame(heard, [long, '"short one"'])
      if (!takesFrames) return
      const all = [1, 2].map((id) => frameOf(id, [Buffer.from(`frame ${id}`)]))
      for (const frame of all) read(frame)
      t.strictSame(frames.map(textOf), all.map(textOf))
    },
  )

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}
