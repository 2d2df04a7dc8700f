/** The floor: lines of JSON that are parsed and printed at both ends, and a promise for each. */
import { dial, linesOver, serveSockets } from '../lines.js'
import { TEXT, type Library } from '../library.js'

interface Request {
  readonly id: number
  readonly params: readonly unknown[]
}

interface Response {
  readonly id: number
  readonly result: unknown
}

function answerTo({ id, params }: Request): object {
  return { jsonrpc: '2.0', id, result: params[0] }
}

const floor: Library = {
  serve: () =>
    serveSockets((socket) => {
      const lines = linesOver(socket)
      lines.on((line) => {
        const message = JSON.parse(line) as Request | readonly Request[]
        lines.send(JSON.stringify('length' in message ? message.map(answerTo) : answerTo(message)))
      })
    }),

  connect: async (port) => {
    const lines = linesOver(await dial(port))
    const waiting = new Map<number, (result: unknown) => void>()
    const settle = ({ id, result }: Response): void => {
      waiting.get(id)?.(result)
      waiting.delete(id)
    }
    let ids = 0
    lines.on((line) => {
      const message = JSON.parse(line) as Response | readonly Response[]
      if ('length' in message) message.forEach(settle)
      else settle(message)
    })
    const request = (): Request => ({ id: ++ids, ...{ jsonrpc: '2.0', method: 'echo.echo' }, params: [TEXT] })
    const answer = ({ id }: Request): Promise<unknown> =>
      new Promise((resolve) => void waiting.set(id, resolve))
    return {
      call: () => {
        const one = request()
        lines.send(JSON.stringify(one))
        return answer(one)
      },
      batch: (calls) => {
        const all = Array.from({ length: calls }, request)
        lines.send(JSON.stringify(all))
        return Promise.all(all.map(answer))
      },
    }
  },
}

export default floor
