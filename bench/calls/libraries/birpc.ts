/** birpc over lines of JSON: it brings no transport of its own. */
import { createBirpc, type ChannelOptions } from 'birpc'
import type { Socket } from 'node:net'
import { dial, linesOver, serveSockets } from '../lines.js'
import { callBack, TEXT, type Library } from '../library.js'

interface Served {
  echo(value: string): string
  callBack(calls: number): Promise<number>
}

interface Client {
  news(n: number): number
}

function channelOver(socket: Socket): ChannelOptions {
  const lines = linesOver(socket)
  return {
    post: (line: string) => lines.send(line),
    on: (hear) => lines.on(hear),
    serialize: (message) => JSON.stringify(message),
    deserialize: (line: string): unknown => JSON.parse(line),
  }
}

const birpc: Library = {
  serve: () =>
    serveSockets((socket) => {
      const served: Served = {
        echo: (value) => value,
        callBack: (calls) => callBack(calls, (n) => client.news(n)),
      }
      const client = createBirpc<Client, Served>(served, channelOver(socket))
    }),

  connect: async (port) => {
    const server = createBirpc<Served, Client>({ news: (n) => n }, channelOver(await dial(port)))
    return { call: () => server.echo(TEXT), callbacks: (calls) => server.callBack(calls) }
  },
}

export default birpc
