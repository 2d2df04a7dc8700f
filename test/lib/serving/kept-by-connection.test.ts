/** What a class keeps under the connection of a caller is there as long as the caller is, however seldom it calls. */
import { connect as dial } from 'node:net'
import { createInterface } from 'node:readline'
import t from 'tap'
import type { Test } from 'tap'
import { callContext, expose, startDaemon, type DaemonOptions } from '../../../api.js'

class Counters {
  readonly #of = new WeakMap<object, number>()
  readonly #locks = new Map<string, () => void>()
  @expose count(): number {
    const { connection } = callContext()
    const count = (this.#of.get(connection) ?? 0) + 1
    this.#of.set(connection, count)
    return count
  }
  @expose ask(): string {
    return callContext().method
  }
  @expose lock(name: string): void {
    const { connection } = callContext()
    this.#locks.set(
      name,
      connection.onEnd(() => this.#locks.delete(name)),
    )
  }
  @expose unlock(name: string): void {
    this.#locks.get(name)?.()
  }
}

/** One connection, and what is answered to each call of its own. */
async function caller(t: Test, options: DaemonOptions = {}) {
  const daemon = await startDaemon(options)
  const uri = daemon.register(new Counters(), { id: 'counters' })
  const socket = dial({ host: 'localhost', port: Number(uri.slice(uri.lastIndexOf(':') + 1)) })
  t.teardown(async () => {
    socket.destroy()
    await daemon.close()
  })
  const lines = createInterface(socket)[Symbol.asyncIterator]()
  const call = async (method: string, ...params: unknown[]): Promise<unknown> => {
    socket.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })}\n`)
    const next: { value?: unknown } = await lines.next()
    return (JSON.parse(String(next.value)) as { result?: unknown }).result
  }
  return { call, isAtRest: () => call('daemon.rest') }
}

t.test('a connection that a method has asked for is not ended for want of use', async (t) => {
  const { call, isAtRest } = await caller(t)
  t.equal(await call('counters.count'), 1)
  t.equal(await isAtRest(), false)
  t.equal(await call('counters.count'), 2)
})

t.test('one that no method has asked for is', async (t) => {
  const { call, isAtRest } = await caller(t, { authenticate: () => 'anybody' })
  t.equal(await call('counters.ask'), 'ask')
  t.equal(await isAtRest(), true)
})

t.test('one whose methods say what they keep is, once they have taken it back', async (t) => {
  const { call, isAtRest } = await caller(t)
  await call('counters.lock', 'door')
  t.equal(await isAtRest(), false)
  await call('counters.unlock', 'door')
  t.equal(await isAtRest(), true)
})

t.test('one that a hook was told of is not', async (t) => {
  const { isAtRest } = await caller(t, { onConnect: () => undefined })
  t.equal(await isAtRest(), false)
})
