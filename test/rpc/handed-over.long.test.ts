/** Ten thousand connections with callbacks and streams come and go, and nothing of them is left. */
import t from 'tap'
import { heapUsed, startVisits } from './visits.js'

const CONNECTIONS = 10_000

t.setTimeout(300_000)

const { visited, visit, close } = await startVisits()
t.teardown(close)

t.test('it ends where it began', async (t) => {
  await visit(CONNECTIONS / 10)
  const before = heapUsed()
  await visit(CONNECTIONS)
  t.equal(visited.running, 0)
  if (globalThis.gc !== undefined) {
    const grown = heapUsed() - before
    t.ok(grown < 100 * CONNECTIONS, `${grown} bytes more than after a tenth of them`)
  }
})
