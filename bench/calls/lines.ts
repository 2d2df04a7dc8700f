/**
 * Lines of JSON over a socket, as plainly as they can be had: each read is split, and what is sent in a turn is one
 * write.
 */
import { createServer, connect, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'

export interface Lines {
  send(line: string): void
  on(hear: (line: string) => void): void
}

export function linesOver(socket: Socket): Lines {
  let waiting = ''
  let rest = ''
  const flush = (): void => {
    socket.write(waiting)
    waiting = ''
  }
  socket.setNoDelay(true).setEncoding('utf8')
  socket.on('error', () => undefined)
  return {
    send: (line) => {
      if (waiting === '') process.nextTick(flush)
      waiting += `${line}\n`
    },
    on: (hear) => {
      socket.on('data', (chunk: string) => {
        const lines = (rest + chunk).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) hear(line)
      })
    },
  }
}

export function serveSockets(served: (socket: Socket) => void): Promise<number> {
  const server = createServer(served)
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

export async function dial(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').setNoDelay(true)
  await once(socket, 'connect')
  return socket
}
