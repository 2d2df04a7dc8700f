/** vscode-jsonrpc over a socket. What is nearest to a stream is its progress: notifications of one call. */
import {
  createMessageConnection,
  ProgressType,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node'
import type { MessageConnection } from 'vscode-jsonrpc/node'
import type { Socket } from 'node:net'
import { dial, serveSockets } from '../lines.js'
import { callBack, TEXT, type Library } from '../library.js'

const ITEMS = new ProgressType<number>()

function connectionOver(socket: Socket): MessageConnection {
  const connection = createMessageConnection(new StreamMessageReader(socket), new StreamMessageWriter(socket))
  connection.listen()
  return connection
}

const vscodeJsonrpc: Library = {
  serve: () =>
    serveSockets((socket) => {
      const connection = connectionOver(socket.setNoDelay(true))
      connection.onRequest('echo', (value: string) => value)
      connection.onRequest('count', async (to: number, token: number) => {
        for (let n = 0; n < to; n++) await connection.sendProgress(ITEMS, token, n)
      })
      connection.onRequest('callBack', (calls: number) =>
        callBack(calls, (n) => connection.sendRequest('news', n)),
      )
    }),

  connect: async (port) => {
    const connection = connectionOver(await dial(port))
    connection.onRequest('news', (n: number) => n)
    let tokens = 0
    return {
      call: () => connection.sendRequest('echo', TEXT),
      stream: async (items) => {
        let read = 0
        const token = ++tokens
        const listening = connection.onProgress(ITEMS, token, () => void (read += 1))
        await connection.sendRequest('count', items, token)
        listening.dispose()
        return read
      },
      callbacks: (calls) => connection.sendRequest('callBack', calls),
    }
  },
}

export default vscodeJsonrpc
