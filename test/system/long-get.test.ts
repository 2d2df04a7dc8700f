/** A GET that is answered later than a silent connection is waited for. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import t from 'tap'
import { createTransport } from '../../lib/system/transport.js'
import { startDaemon } from '../rpc/rig.js'

t.test('bug: a GET whose answer took longer than silence may last was cut off', async (t) => {
  let answer: () => void = () => undefined
  const answered = new Promise<void>((resolve) => (answer = resolve))
  let asked: () => void = () => undefined
  const isAsked = new Promise<void>((resolve) => (asked = resolve))
  const pages = async () => {
    asked()
    await answered
    return { status: 200, contentType: 'text/plain', body: 'at last' }
  }
  const { daemon, address } = await startDaemon({}, { pages, transport: createTransport({ silenceMs: 300 }) })
  t.teardown(() => daemon.close())
  const dial = (): Socket => {
    const socket = connect({ host: '127.0.0.1', port: address.port })
    t.teardown(() => socket.destroy())
    return socket
  }
  const reader = dial()
  const isOver = once(reader, 'close')
  let heard = ''
  reader.setEncoding('utf8').on('data', (part: string) => (heard += part))
  reader.write('GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
  await isAsked
  // It begins later, says nothing, and is ended for that.
  await once(dial(), 'close')
  answer()
  await isOver
  t.match(heard, /^HTTP\/1\.1 200 [^]*at last$/)
})
