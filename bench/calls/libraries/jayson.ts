/** jayson's own server and clients. */
import jayson from 'jayson'
import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import { TEXT, type Library } from '../library.js'

type Request = (...parts: readonly unknown[]) => unknown

const methods = {
  'echo.echo': ([value]: readonly unknown[], answer: (error: null, result: unknown) => void) => {
    answer(null, value)
  },
}

function over(kind: 'tcp' | 'http'): Library {
  return {
    serve: async () => {
      const server: Server = new jayson.Server(methods)[kind]().listen(0, '127.0.0.1')
      await once(server, 'listening')
      return (server.address() as AddressInfo).port
    },
    connect: (port) => {
      const client = jayson.Client[kind]({ host: '127.0.0.1', port })
      const request = client.request.bind(client) as Request
      const asked = (...parts: readonly unknown[]): Promise<unknown> =>
        new Promise((resolve, reject) => {
          request(...parts, (error: Error | null, answer: unknown) => {
            if (error === null) resolve(answer)
            else reject(error)
          })
        })
      const batch = (calls: number): Promise<unknown> =>
        asked(Array.from({ length: calls }, (_, id) => client.request('echo.echo', [TEXT], id)))
      return Promise.resolve({ call: () => asked('echo.echo', [TEXT]), batch })
    },
  }
}

export const jaysonTcp = over('tcp')
export const jaysonHttp = over('http')
