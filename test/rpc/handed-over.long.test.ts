/** Ten thousand connections with callbacks and streams come and go, and nothing of them is left. */
import t from 'tap'
import type { ConnectionContext } from '../../lib/rpc/host.js'
import { travellersOf } from '../../lib/rpc/parcel.js'
import { membersOf } from '../../lib/json.js'
import { connectionTo, objectOf, startDaemon } from './rig.js'

const CONNECTIONS = 10_000
const AT_ONCE = 50

let open = 0
let running = 0

function* numbers(): Generator<number> {
  running += 1
  try {
    for (let n = 0; ; n += 1) yield n
  } finally {
    running -= 1
  }
}

function told(value: object, connection: Pick<ConnectionContext, 'peer'>) {
  return travellersOf(connection).refer(value) ?? null
}

const { daemon, address } = await startDaemon({
  it: objectOf({
    subscribe: async ([callback], { connection }) => {
      open += 1
      connection.onEnd?.({ gone: () => (open -= 1) })
      const hear: unknown = travellersOf(connection).meet('export', membersOf(callback)['of'] ?? null)
      const answer: unknown = typeof hear === 'function' ? Reflect.apply(hear, undefined, ['news']) : null
      return answer
    },
    numbers: (_, { connection }) => told(numbers(), connection),
  }),
})
t.teardown(() => daemon.close())

async function visit(n: number): Promise<void> {
  const connection = connectionTo(address)
  await connection.call('it.subscribe', (parcel) => [parcel.refer((text: unknown) => text) ?? null])
  const tag = membersOf(await connection.call('it.numbers', []))
  const { peer } = connection
  if (peer === undefined) throw new Error('the connection is lost')
  const stream = travellersOf({ peer }).meet('export', tag['of'] ?? null)
  if (typeof stream === 'object' && stream !== null && Symbol.asyncIterator in stream)
    for await (const item of stream as AsyncIterable<unknown>) if (item === n % 50) break
  connection.close()
}

async function visits(count: number): Promise<void> {
  let left = count
  const one = async (): Promise<void> => {
    while (left-- > 0) await visit(left)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, one))
  while (open > 0 || running > 0) await new Promise((resolve) => setImmediate(resolve))
}

function heapUsed(): number {
  globalThis.gc?.()
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

t.test('it ends where it began', async (t) => {
  await visits(CONNECTIONS / 10)
  const before = heapUsed()
  await visits(CONNECTIONS)
  t.equal(running, 0)
  if (globalThis.gc !== undefined) {
    const grown = heapUsed() - before
    t.ok(grown < 100 * CONNECTIONS, `${grown} bytes more than after a tenth of them`)
  }
})
