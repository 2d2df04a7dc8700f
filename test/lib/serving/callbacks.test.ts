/** Functions that are handed over: who hears of what they throw, and what they know of the call that they run for. */
import t, { type Test } from 'tap'
import {
  callContext,
  connect,
  expose,
  startDaemon,
  type CallContext,
  type ConnectOptions,
  type DaemonOptions,
  type FailedCall,
} from '../../../api.js'

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

type Listener = (text: string) => unknown

class News {
  listener: Listener | undefined
  @expose async tell(listener: Listener): Promise<unknown> {
    return listener('first')
  }
  @expose subscribe(listener: Listener): void {
    this.listener = listener
  }
  @expose failing(): () => unknown {
    return () => {
      throw new RangeError('here')
    }
  }
  @expose *lines(): Generator<string> {
    yield 'one'
    throw new RangeError('no more')
  }
}

async function scene(t: Test, options: ConnectOptions = {}, ofDaemon: DaemonOptions = {}) {
  const daemon = await startDaemon(ofDaemon)
  const here = new News()
  const uri = daemon.register(here)
  const client = await connect(options)
  t.teardown(async () => {
    client.close()
    await daemon.close()
  })
  return { here, news: client.object<News>(uri) }
}

type Told = readonly [unknown, FailedCall | undefined]

t.test('what a function throws is told where it lives, too', async (t) => {
  const told: Told[] = []
  const { news } = await scene(t, { onCallError: (...args) => told.push(args) })
  const fail = (): never => {
    throw new RangeError('on purpose')
  }
  const later = async (): Promise<never> => {
    await Promise.resolve()
    throw new RangeError('later')
  }
  await t.rejects(news.tell(fail), { message: 'on purpose' })
  await t.rejects(news.tell(later), { message: 'later' })
  t.match(told, [
    [
      { message: 'on purpose', stack: /callbacks/ },
      { object: 'fail', method: 'call', remote: String },
    ],
    [{ message: 'later' }, { object: 'later', method: 'call' }],
  ])
  t.equal(await news.tell(() => 'fine'), 'fine')
  t.equal(told.length, 2)
})

t.test(
  'so is what an object throws that was handed over, and a hook that throws changes nothing',
  async (t) => {
    class Ear {
      @expose hear(): unknown {
        throw new RangeError('deaf')
      }
    }
    class Caller {
      @expose async call(ear: Ear): Promise<unknown> {
        return ear.hear()
      }
    }
    let told = 0
    const daemon = await startDaemon()
    const client = await connect({
      onCallError: () => {
        told += 1
        throw new Error('of the hook')
      },
    })
    t.teardown(async () => {
      client.close()
      await daemon.close()
    })
    const caller = client.object<Caller>(daemon.register(new Caller()))
    await t.rejects(caller.call(new Ear()), { message: 'deaf' })
    t.ok(told > 0)
  },
)

t.test('a daemon hears of what its functions throw that it has handed over, and its streams', async (t) => {
  const told: Told[] = []
  const { news } = await scene(t, {}, { onCallError: (...args) => told.push(args) })
  const failing = await news.failing()
  await t.rejects(failing(), { message: 'here' })
  const read = async (): Promise<void> => {
    for await (const line of await news.lines()) t.equal(line, 'one')
  }
  await t.rejects(read(), { message: 'no more' })
  t.match(told, [
    [{ message: 'here' }, { method: 'call' }],
    [{ message: 'no more' }, { object: String, method: 'lines' }],
  ])
})

t.test(
  'a call back carries trace and correlation of the call that it is made for, and has a time of its own',
  async (t) => {
    const { news, here } = await scene(t)
    const seen: Pick<CallContext, 'traceparent' | 'correlationId' | 'method'>[] = []
    const left: (number | undefined)[] = []
    const look = async (): Promise<void> => {
      await Promise.resolve()
      const { traceparent, correlationId, method } = callContext()
      seen.push({ traceparent, correlationId, method })
      left.push(callContext().remainingMs())
    }
    const meta = { traceparent: TRACEPARENT, correlationId: 'order 7' }
    await news.tell.with({ meta, timeoutMs: 5_000 })(look)
    t.strictSame(seen, [{ ...meta, method: 'call' }])
    t.equal(left[0], undefined)
    await news.subscribe.with({ meta, timeoutMs: 5_000 })(look)
    await here.listener?.('later')
    t.strictSame(
      seen[1],
      { traceparent: undefined, correlationId: undefined, method: 'call' },
      'outside of any',
    )
  },
)

class Board {
  @expose post(text: string): void {
    throw new RangeError(`${text}: no room`)
  }
}

class Desk {
  private readonly boards: Board[] = []
  private readonly listeners: Listener[] = []
  @expose add(listener: Listener, board: Board): void {
    this.listeners.push(listener)
    this.boards.push(board)
  }
  /** As one would who sees nothing but the types: nobody waits. */
  @expose tell(text: string): number {
    for (const listener of this.listeners) listener(text)
    for (const board of this.boards) board.post(text)
    return this.listeners.length
  }
}

t.test(
  'bug: a caller that was gone, or whose function threw, ended the process that called it',
  async (t) => {
    const unheard: unknown[] = []
    const hear = (error: unknown): void => void unheard.push(error)
    process.on('unhandledRejection', hear)
    t.teardown(() => process.off('unhandledRejection', hear))
    {
      await using daemon = await startDaemon()
      const uri = daemon.register(new Desk())
      using client = await connect()
      const desk = client.object<Desk>(uri)
      using other = await connect()
      const gone = other.object<Board>('board@localhost:1')
      await other.object<Desk>(uri).add(() => 1, gone)
      await desk.add(() => {
        throw new RangeError('a mistake')
      }, new Board())
      other.close()
      t.equal(await desk.tell('hello'), 2)
      t.equal(await desk.tell('hello'), 2)
    }
    await new Promise((resolve) => setImmediate(resolve))
    t.same(unheard, [])
  },
)
