/**
 * What was handed over for nothing: whoever has it lets go of it, and neither end of the connection is left with any.
 */
import t from 'tap'
import type { Test } from 'tap'
import type { Connection } from '../../lib/rpc/channels/connection.js'
import type { CallOptions } from '../../lib/rpc/channels/connection-options.js'
import { InvalidParamsError, OverloadedError, RollcallError } from '../../lib/rpc/errors.js'
import type { ConnectionContext } from '../../lib/rpc/exposed.js'
import type { Limits } from '../../lib/rpc/limits.js'
import { Peer } from '../../lib/rpc/channels/peer.js'
import { writtenParams } from '../../lib/rpc/messages/request.js'
import { expose } from '../../lib/serving/marks.js'
import { connectionTo, exposedBy, RawClient, startDaemon, type TcpAddress } from './rig.js'
import { startVisits } from './visits.js'

type Hear = (text: string) => unknown

class Page {
  @expose read(): string {
    return 'read'
  }
}

class Shelf {
  kept: unknown
  go: () => void = () => undefined
  ran: (() => void) | undefined
  @expose keep(hear: Hear): string {
    this.kept = hear
    return 'kept'
  }
  @expose full(hear: Hear): never {
    this.kept = hear
    throw new OverloadedError('the shelf is full')
  }
  @expose async fullLater(): Promise<never> {
    await Promise.resolve()
    throw new InvalidParamsError('not that')
  }
  @expose open(): Page {
    return new Page()
  }
  @expose openLater(): Promise<Page> {
    return new Promise((resolve) => {
      this.go = () => resolve(new Page())
      this.ran?.()
    })
  }
  @expose refuseLater(): Promise<never> {
    return new Promise((_, reject) => {
      this.go = () => reject(new OverloadedError('not now'))
      this.ran?.()
    })
  }
  @expose long(): unknown {
    return [new Page(), 'x'.repeat(70 * 1024 * 1024)]
  }
  @expose half(): unknown {
    return [new Page(), 'x'.repeat(3 * 1024 * 1024)]
  }
  @expose back(call: (...params: unknown[]) => unknown): unknown {
    return call(new Page())
  }
}

interface Scene {
  readonly shelf: Shelf
  readonly address: TcpAddress
  readonly connection: Connection
  readonly call: (method: string, params?: readonly unknown[], options?: CallOptions) => Promise<unknown>
  /** What both ends hold of each other, once all messages have come. */
  readonly held: () => Promise<readonly number[]>
}

async function scene(t: Test, limits: Partial<Limits> = {}): Promise<Scene> {
  const shelf = new Shelf()
  let there: ConnectionContext | undefined
  const { daemon, address } = await startDaemon(
    { it: exposedBy(shelf) },
    { limits, connected: (connection) => void (there = connection) },
  )
  t.teardown(() => daemon.close())
  const connection = connectionTo(address)
  t.teardown(() => connection.close())
  await connection.call('daemon.ping', [], { meta: { tags: 0 } })
  const peer = (): Peer => {
    const end: unknown = there?.peer
    if (end instanceof Peer) return end
    throw new Error('nobody has come')
  }
  return {
    shelf,
    address,
    connection,
    call: (method, params = [], options = {}) =>
      connection.callForValue(`it.${method}`, (parcel) => writtenParams(method, params, parcel).text, {
        ...options,
        meta: { tags: 1 },
      }),
    held: async () => {
      for (let n = 0; n < 3; n += 1) await connection.call('daemon.ping', [])
      const [here, other] = [connection.peer?.held, peer().held]
      return [here?.exports ?? -1, other.imports, other.exports, here?.imports ?? -1]
    },
  }
}

/** Of a call that fails. */
function outcomeOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => 'succeeded',
    (error: unknown) => (error instanceof RollcallError ? error.outcome : error),
  )
}

const NOTHING = [0, 0, 0, 0]
const hear = (): undefined => undefined

t.test('a call that is refused keeps nothing of what it handed over', async (t) => {
  const { call, held } = await scene(t)
  for (const [method, params] of [
    ['nothing', [hear]],
    ['keep', [hear, Symbol.iterator]],
    ['keep', [hear, 'x'.repeat(7 * 1024 * 1024)]],
    ['full', [hear]],
    ['fullLater', [hear]],
  ] as const) {
    t.equal(await outcomeOf(call(method, params)), 'not-executed', method)
    t.same(await held(), NOTHING, method)
  }
})

t.test(
  'of a call whose tags can not be read nothing is kept, of those before the bad one neither',
  async (t) => {
    const { connection, held } = await scene(t)
    const late = (parcel: { refer(value: object): unknown }): never =>
      JSON.stringify([parcel.refer(hear), { $: 'nonsense' }]) as never
    await t.rejects(connection.callForValue('it.keep', late, { meta: { tags: 1 } }), /nonsense/)
    t.same(await held(), NOTHING)
  },
)

t.test('what another call has handed over stays when the next one is refused', async (t) => {
  const { call, held, shelf } = await scene(t)
  t.equal(await call('keep', [() => 'heard']), 'kept')
  const kept = shelf.kept as () => Promise<unknown>
  const again = (): string => 'again'
  t.equal(await call('keep', [again]), 'kept')
  await t.rejects(call('full', [again]), { message: 'the shelf is full' })
  t.equal(await (shelf.kept as () => Promise<unknown>)(), 'again')
  t.equal(await kept(), 'heard')
  t.same(await held(), [2, 2, 0, 0])
})

t.test('an answer that comes when nobody waits for it any more is let go of', async (t) => {
  const { call, held, shelf } = await scene(t)
  const giveUp = new AbortController()
  const hasRun = new Promise<void>((resolve) => (shelf.ran = resolve))
  const waiting = call('openLater', [], { signal: giveUp.signal })
  await hasRun
  giveUp.abort()
  await t.rejects(waiting, { name: 'AbortError' })
  shelf.go()
  t.same(await held(), NOTHING)
  await t.rejects(call('openLater', [], { timeoutMs: 1 }), { name: 'OutcomeUnknownError' })
  shelf.go()
  t.same(await held(), NOTHING)
})

t.test('a call that is refused when nobody waits for it any more keeps nothing', async (t) => {
  const { call, held, shelf } = await scene(t)
  const giveUp = new AbortController()
  const hasRun = new Promise<void>((resolve) => (shelf.ran = resolve))
  const waiting = call('refuseLater', [hear], { signal: giveUp.signal })
  await hasRun
  giveUp.abort()
  await t.rejects(waiting, { name: 'AbortError' })
  t.same((await held()).slice(0, 2), [1, 1], 'it may yet be used')
  shelf.go()
  t.same(await held(), NOTHING)
})

t.test('a result that is left out as too large hands over nothing', async (t) => {
  const { call, held } = await scene(t)
  await t.rejects(call('long'), { name: 'RemoteError', message: /left out/ })
  t.same(await held(), NOTHING)
})

t.test('a result that does not fit into the answer of its batch hands over nothing', async (t) => {
  const { daemon, address } = await startDaemon(
    { it: exposedBy(new Shelf()) },
    { connected: (connection) => void (there = connection) },
  )
  let there: ConnectionContext | undefined
  t.teardown(() => daemon.close())
  const raw = new RawClient(address)
  t.teardown(() => raw.end())
  const half = (id: number): object => ({
    jsonrpc: '2.0',
    id,
    method: 'it.half',
    params: [],
    meta: { tags: 0 },
  })
  raw.write(`${JSON.stringify([half(1), half(2)])}\n`)
  t.match(await raw.next(), [
    { id: 1, meta: { tags: 1 } },
    { id: 2, error: { data: { name: 'ResultTooLarge' } } },
  ])
  t.match(there?.peer, { held: { exports: 1, imports: 0 } })
})

t.test('nobody reads what a notification brings: it is handed over to nobody', async (t) => {
  const { connection, held } = await scene(t)
  connection.notify('it.open', [])
  t.same(await held(), NOTHING)
})

t.test('a callback that refuses keeps nothing of what it was given', async (t) => {
  const { call, held } = await scene(t)
  const refuse = (): never => {
    throw new OverloadedError('not now')
  }
  await t.rejects(call('back', [refuse]))
  t.same((await held()).slice(2), [0, 0])
})

t.test(
  'an answer that can not be read is let go of, and so is one of which nobody reads the tags',
  async (t) => {
    const { connection, held } = await scene(t)
    await t.rejects(connection.call('it.open', []), /for which nobody has asked/)
    t.same(await held(), NOTHING)
  },
)

t.test('three hundred connections come and go, and nothing runs for them any more', async (t) => {
  const { visited, visit, close } = await startVisits()
  t.teardown(close)
  await visit(300)
  t.same([visited.open, visited.running], [0, 0])
})

t.test('a thousand calls of one connection, each of which comes to nothing, leave nothing', async (t) => {
  const { call, held } = await scene(t)
  for (let n = 0; n < 100; n += 1) {
    const giveUp = new AbortController()
    const calls = [
      call('open', [], { signal: giveUp.signal }),
      call('nothing', [() => n]),
      call('full', [hear, () => n]),
      call('fullLater', [hear], { signal: giveUp.signal }),
      ...Array.from({ length: 6 }, () => call('nothing', [hear], { timeoutMs: 0 })),
    ]
    giveUp.abort()
    await Promise.allSettled(calls)
  }
  t.same(await held(), NOTHING)
})
