import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import t from 'tap'
import { frameOf } from '../../lib/rpc/messages/frames.js'
import { LinesChannel } from '../../lib/system/lines-channel.js'
import { UnfinishedInput } from '../../lib/system/unfinished-input.js'

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

/** A channel that is served, what it counts in, and what is told of it. */
function served(stallMs: number) {
  const stream = new PassThrough()
  const told: string[] = []
  const unfinished = new UnfinishedInput(1024)
  let read: (text: string) => void = () => undefined
  const channel = new LinesChannel(stream, {
    frameBytesMax: 1024,
    stallMs,
    lend: (hear) => (read = (text) => hear(Buffer.from(text))),
    served: { refuse: () => 'refused', unfinished },
  })
  const closed = new Promise<void>((resolve) => {
    channel.start({
      message: (text) => {
        told.push(text)
        if (text === 'leave') channel.destroy()
      },
      finished: () => told.push('finished'),
      drained: () => undefined,
      closed: (error) => {
        told.push(error?.message ?? 'closed')
        resolve()
      },
    })
  })
  return { channel, stream, told, unfinished, read: (text: string) => read(text), closed }
}

void t.test('a channel that is paused amid a message has not stopped in the middle of it', async (t) => {
  const [paused, stopped] = [served(20), served(20)]
  t.teardown(() => paused.channel.destroy())
  paused.read('{"a')
  paused.channel.pause()
  stopped.read('{"a')
  await stopped.closed
  t.same(stopped.told, ['the other end stopped in the middle of a message'])
  t.same(paused.told, [], 'which was looked at before')
})

for (const end of ['close', 'destroy'] as const)
  void t.test(`a connection that ends amid a message counts no more: ${end}`, async (t) => {
    const { channel, read, unfinished, closed } = served(0)
    read('{"a')
    t.equal(unfinished.bytes, 3)
    channel[end]()
    await closed
    t.equal(unfinished.bytes, 0)
  })

void t.test(
  'an owner that leaves upon the last message is not told that others may have ended',
  async (t) => {
    const { read, stream, told, closed } = served(0)
    read('leave')
    stream.end()
    await closed
    t.same(told, ['leave', 'closed'])
  },
)

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}
