import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import t from 'tap'
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
