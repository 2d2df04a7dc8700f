import { connect as connectSocket } from 'node:net'
import { connect, startDaemon } from '../../../api.js'
import { linesOver } from '../lines.js'
import { callBack, TEXT, type Library } from '../library.js'

class Echo {
  static exposed = ['echo', 'count', 'callBack']

  echo(value: string): string {
    return value
  }

  *count(to: number): Generator<number> {
    for (let n = 0; n < to; n++) yield n
  }

  callBack(calls: number, back: (n: number) => Promise<number>): Promise<number> {
    return callBack(calls, back)
  }
}

const rollcall: Library = {
  serve: async () => {
    const daemon = await startDaemon({ host: '127.0.0.1' })
    daemon.register(new Echo(), { id: 'echo' })
    return Number(daemon.place.slice(daemon.place.lastIndexOf(':') + 1))
  },

  connect: async (port) => {
    const client = await connect({ timeoutMs: 60_000 })
    const echo = client.object<Echo>(`echo@127.0.0.1:${port}`)
    // Made when it is needed: whoever connects and says nothing is shown the door.
    let batch: ((calls: number) => Promise<unknown>) | undefined
    return {
      call: () => echo.echo(TEXT),
      batch: (calls) => (batch ??= batches(port))(calls),
      stream: async (items) => {
        let last = -1
        for await (const n of await echo.count(items)) last = n
        return last + 1
      },
      callbacks: (calls) => echo.callBack(calls, (n) => n),
    }
  },
}

/** A batch of JSON-RPC, as any client writes it. */
function batches(port: number): (calls: number) => Promise<unknown> {
  const lines = linesOver(connectSocket(port, '127.0.0.1'))
  const waiting: ((answers: unknown) => void)[] = []
  lines.on((line) => waiting.shift()?.(JSON.parse(line)))
  return (calls) => {
    const request = (_: unknown, id: number): object => ({
      jsonrpc: '2.0',
      id,
      method: 'echo.echo',
      params: [TEXT],
    })
    lines.send(JSON.stringify(Array.from({ length: calls }, request)))
    return new Promise((resolve) => waiting.push(resolve))
  }
}

export default rollcall
