/** capnweb over WebSocket, and its batches over HTTP, which is where it has them. */
import { newHttpBatchRpcSession, newWebSocketRpcSession, nodeHttpBatchRpcResponse, RpcTarget } from 'capnweb'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'
import { callBack, TEXT, type Library } from '../library.js'

// It counts on the one of browsers, which Node.js has from 22 on.
Object.assign(globalThis, { WebSocket })

class Echo extends RpcTarget {
  echo(value: string): string {
    return value
  }

  count(to: number): ReadableStream<number> {
    let n = 0
    return new ReadableStream<number>({
      pull: (stream) => {
        if (n < to) stream.enqueue(n++)
        else stream.close()
      },
    })
  }

  callBack(calls: number, back: (n: number) => Promise<number>): Promise<number> {
    return callBack(calls, back)
  }
}

const capnweb: Library = {
  serve: async () => {
    const server = createServer((request, response) => {
      void nodeHttpBatchRpcResponse(request, response, new Echo())
    })
    new WebSocketServer({ server }).on('connection', (socket) => {
      newWebSocketRpcSession(socket as never, new Echo())
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  },

  connect: async (port) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}`)
    await once(socket, 'open')
    const echo = newWebSocketRpcSession<Echo>(socket as never)
    return {
      call: () => Promise.resolve(echo.echo(TEXT)),
      batch: (calls) => {
        const session = newHttpBatchRpcSession<Echo>(`http://127.0.0.1:${port}`)
        return Promise.all(Array.from({ length: calls }, () => session.echo(TEXT)))
      },
      stream: async (items) => {
        let last = -1
        for await (const n of (await echo.count(items)) as ReadableStream<number>) last = n
        return last + 1
      },
      callbacks: (calls) => Promise.resolve(echo.callBack(calls, (n: number) => Promise.resolve(n))),
    }
  },
}

export default capnweb
