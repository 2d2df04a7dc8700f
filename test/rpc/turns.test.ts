/** Whose call runs next: nobody's calls keep the process from hearing the others. */
import t from 'tap'
import { Exchanges } from '../../lib/rpc/channels/exchanges.js'
import type { ConnectionContext } from '../../lib/rpc/exposed.js'
import { ServedChannel } from '../../lib/rpc/channels/served-channel.js'
import { Holdings } from '../../lib/rpc/answering/holdings.js'
import { JsonRpc } from '../../lib/rpc/answering/jsonrpc.js'
import { DEFAULT_LIMITS } from '../../lib/rpc/limits.js'
import { SignsOfLife } from '../../lib/rpc/answering/signs-of-life.js'
import { Turns } from '../../lib/rpc/answering/turns.js'
import type { Party } from '../../lib/rpc/answering/turns.js'
import type { CallOutcome } from '../../lib/rpc/answering/call-outcome.js'
import type { Channel } from '../../lib/ports.js'
import { silentLogger } from './rig.js'
import { StandingClock } from '../harness/standing-clock.js'

/** Has so many calls of so many bytes, each of which takes so long. */
class Caller implements Party {
  constructor(
    private readonly clock: StandingClock,
    private readonly ran: (name: string) => void,
    readonly name: string,
    public calls: number,
    private readonly bytes = 100,
    private readonly takesMs = 0,
  ) {}

  runNext(): number | undefined {
    if (this.calls === 0) return undefined
    this.calls -= 1
    this.clock.time += this.takesMs
    this.ran(this.name)
    return this.bytes
  }
}

type Run = (connection: ConnectionContext, settle: (outcome: CallOutcome) => void) => void

const runs: Run = (_, settle) => settle({ result: 'null' })

/** Connections that bring nothing by themselves; `order`: whose calls have run. */
function scene(run = runs, areCommands = true) {
  const clock = new StandingClock()
  const turns = new Turns(clock)
  const order: string[] = []
  const channel = (remote: string): Channel => ({
    kind: 'lines',
    remote,
    bufferedBytes: 0,
    unfinishedBytes: 0,
    send: () => undefined,
    pause: () => undefined,
    resume: () => undefined,
    sign: () => undefined,
    close: () => undefined,
    destroy: () => undefined,
  })
  const rpc = new JsonRpc({
    clock,
    run: (_, connection, settle) => {
      order.push(connection.remote)
      connection.calls?.began(areCommands)
      run(connection, (outcome) => {
        settle(outcome)
        connection.calls?.ended(areCommands)
      })
    },
    batchMax: 1000,
    frameBytesMax: 1_000_000,
    bytesMax: () => 1_000_000,
  })
  const holdings = new Holdings(1e9)
  const signs = new SignsOfLife(clock)
  const parts = { rpc, clock, turns, signs, holdings, isShown: () => true, judging: () => undefined }
  const shared = { ...parts, logger: silentLogger, limits: DEFAULT_LIMITS }
  const exchanges = new Exchanges(rpc, turns)
  const channelOf = (remote: string): ServedChannel => new ServedChannel(channel(remote), shared)
  return { clock, turns, order, exchanges, channelOf }
}

t.test('20,000 calls of one connection run in slices', async (t) => {
  const clock = new StandingClock()
  const turns = new Turns(clock)
  let ran = 0
  turns.wait(new Caller(clock, () => (ran += 1), 'one', 20_000))
  let most = 0
  for (let before = 0; clock.look(); before = ran) most = Math.max(most, ran - before)
  t.equal(ran, 20_000)
  t.ok(most <= 128, `at most ${most} calls without a look for input`)
})

t.test('slow calls run for a few milliseconds at a time', async (t) => {
  const clock = new StandingClock()
  const turns = new Turns(clock)
  turns.wait(new Caller(clock, () => undefined, 'slow', 100, 100, 1))
  let most = 0
  for (let before = clock.time; clock.look(); before = clock.time) most = Math.max(most, clock.time - before)
  t.equal(clock.time, 1100)
  t.ok(most <= 5, `at most ${most} ms without a look for input`)
})

t.test('who has one call does not wait for who has thousands, or for megabytes', async (t) => {
  const clock = new StandingClock()
  const turns = new Turns(clock)
  const order: string[] = []
  const ran = (name: string) => void order.push(name)
  turns.wait(new Caller(clock, ran, 'many', 20_000))
  turns.wait(new Caller(clock, ran, 'large', 100, 1_000_000, 2))
  clock.look()
  for (let n = 0; n < 50; n++) turns.wait(new Caller(clock, ran, `small ${n}`, 1))
  const from = order.length
  while (clock.look());
  const last = order.findLastIndex((name) => name.startsWith('small'))
  const large = order.slice(from, last).filter((name) => name === 'large').length
  t.ok(last - from < 200, `the last small call came after ${last - from} others`)
  t.ok(large <= 2, `${large} large ones went before it`)
})

t.test('by bytes: a megabyte counts as much as the thousand calls that others make meanwhile', async (t) => {
  const clock = new StandingClock()
  const turns = new Turns(clock)
  const order: string[] = []
  const ran = (name: string) => void order.push(name)
  turns.wait(new Caller(clock, ran, 'large', 10, 1_000_000))
  turns.wait(new Caller(clock, ran, 'small', 10_000, 488))
  while (clock.look());
  const second = order.indexOf('large', order.indexOf('large') + 1)
  t.ok(second > 900 && second < 1100, `${second} small calls between two large ones`)
})

t.test(
  'what comes while others wait goes behind them; what comes to an idle process runs at once',
  async (t) => {
    const clock = new StandingClock()
    const turns = new Turns(clock)
    t.ok(turns.admits())
    turns.ended()
    turns.wait(new Caller(clock, () => undefined, 'one', 1))
    t.notOk(turns.admits())
    while (clock.look());
    t.ok(turns.admits())
    for (let n = 0; n < 300; n++) turns.ended()
    t.notOk(turns.admits(), 'a slice has room for 128')
    clock.time += 2
    t.ok(turns.admits(), 'after a pause the process has looked for input')
  },
)

t.test('what else takes time in a turn of the event loop gives calls no second slice in it', async (t) => {
  const clock = new StandingClock()
  const turns = new Turns(clock)
  for (let n = 0; n < 10 && turns.admits(); n++) {
    clock.time += 0.8
    turns.ended()
  }
  clock.time += 20
  t.notOk(turns.admits(), 'nor a result')
  t.notOk(turns.admitsResult())
  while (clock.look());
  clock.time += 20
  t.ok(turns.admits(), 'in the next one')
})

t.test('a fellow is heard at once, whoever waits', async (t) => {
  const { clock, order, channelOf } = scene()
  const [caller, fellow] = [channelOf('caller'), channelOf('fellow')]
  fellow.favour()
  const call = '{"jsonrpc":"2.0","id":1,"method":"it.is"}'
  for (let n = 0; n < 1000; n++) caller.message(call)
  fellow.message(call)
  t.equal(order.at(-1), 'fellow')
  t.ok(order.length < 300)
  while (clock.look());
  t.equal(order.length, 1001)
})

t.test('one that is a fellow no more waits as all others do', async (t) => {
  const { clock, order, channelOf } = scene()
  const [caller, former] = [channelOf('caller'), channelOf('former')]
  let isMember = true
  former.favour(() => isMember)
  const call = '{"jsonrpc":"2.0","id":1,"method":"it.is"}'
  for (let n = 0; n < 1000; n++) caller.message(call)
  former.message(call)
  t.equal(order.at(-1), 'former')
  isMember = false
  former.message(call)
  t.equal(order.at(-1), 'former', 'not yet')
  t.equal(order.filter((each) => each === 'former').length, 1)
  isMember = true
  t.notOk(former.isFavoured, 'until it shows again who it is')
  while (clock.look());
  t.equal(order.length, 1002)
})

t.test(
  'large results that come together are written in slices, and nobody waits for all of them',
  async (t) => {
    const { clock, turns, channelOf } = scene()
    const order: string[] = []
    const [many, one] = [channelOf('many'), channelOf('one')]
    const write = (name: string) => () => {
      clock.time += 1
      return order.push(name)
    }
    for (let n = 0; n < 540; n++) many.calls.result(write('many'))
    t.ok(order.length <= 4, `${order.length} at once`)
    one.calls.result(write('one'))
    let most = 0
    for (let before = order.length; clock.look(); before = order.length)
      most = Math.max(most, order.length - before)
    t.equal(order.length, 541)
    t.ok(most <= 5, `at most ${most} ms without a look for input`)
    t.ok(order.indexOf('one') < 20)
    t.ok(turns.admits())
  },
)

t.test('who has one small result does not wait for who has brought megabytes', async (t) => {
  const { clock, channelOf } = scene()
  const order: string[] = []
  const write = (name: string, bytes: number) => () => {
    clock.time += 5
    order.push(name)
    return bytes
  }
  const many = Array.from({ length: 60 }, (_, n) => channelOf(`many ${n}`))
  for (const channel of many) for (let n = 0; n < 5; n++) channel.calls.result(write('large', 1_000_000))
  while (order.length < 60) clock.look()
  const before = order.length
  for (let n = 0; n < 3; n++) channelOf(`one ${n}`).calls.result(write('small', 10))
  while (clock.look());
  t.equal(order.length, 303)
  const last = order.lastIndexOf('small')
  t.ok(last - before < 10, `${last - before} others went before the last small one`)
})

t.test('the results of one message of HTTP have one turn together', async (t) => {
  const clock = new StandingClock()
  const turns = new Turns(clock)
  const order: string[] = []
  const outcomes: (() => void)[] = []
  const rpc = new JsonRpc({
    clock,
    run: (_, connection, settle) =>
      outcomes.push(() =>
        connection.calls?.result(() => {
          clock.time += 5
          order.push(connection.remote)
          settle({ result: 'null' })
          return 4
        }),
      ),
    batchMax: 1000,
    frameBytesMax: 1_000_000,
    bytesMax: () => 1_000_000,
  })
  const exchanges = new Exchanges(rpc, turns)
  const call = '{"jsonrpc":"2.0","id":1,"method":"it.is"}'
  const answers = [exchanges.answer(`[${Array<string>(500).fill(call).join(',')}]`, { remote: 'many' })]
  while (clock.look());
  t.equal(outcomes.length, 500)
  for (const outcome of outcomes.splice(0)) outcome()
  while (order.length < 20) clock.look()
  answers.push(exchanges.answer(call, { remote: 'one' }))
  while (outcomes.length === 0) clock.look()
  for (const outcome of outcomes) outcome()
  while (clock.look());
  const [all, one] = await Promise.all(answers)
  t.equal(all?.split('result').length, 501)
  t.match(one, /"result":null/)
  t.ok(order.indexOf('one') < 100, `${order.indexOf('one')} went before it`)
})

t.test(
  'commands set in motion what comes later: fewer of them are run at once than of other calls',
  async (t) => {
    const ran = (areCommands: boolean): number => {
      const { order, channelOf } = scene(runs, areCommands)
      const channel = channelOf('one')
      for (let n = 0; n < 1000; n++) channel.message('{"jsonrpc":"2.0","id":1,"method":"it.is"}')
      return order.length
    }
    t.equal(ran(true), 128)
    t.equal(ran(false), 512)
  },
)

t.test('connections share the commands that may be under way', async (t) => {
  const settled = new Map<string, (() => void)[]>()
  const { clock, channelOf } = scene(({ remote }, settle) => {
    const outcomes = settled.get(remote) ?? []
    settled.set(remote, outcomes)
    outcomes.push(() => settle({ result: 'null' }))
  })
  const call = '{"jsonrpc":"2.0","id":1,"method":"it.is"}'
  const underWay = (remote: string): number => settled.get(remote)?.length ?? 0
  const bring = (remote: string): void => {
    const channel = channelOf(remote)
    for (let n = 0; n < 3000; n++) channel.message(call)
    while (clock.look());
  }
  bring('first')
  t.equal(underWay('first'), 1024)
  bring('second')
  t.equal(underWay('second'), 512)
  for (const outcome of settled.get('first')?.splice(0, 600) ?? []) outcome()
  while (clock.look());
  t.equal(underWay('first'), 512, 'the first has what the second has')
  for (const outcome of settled.get('second')?.splice(0) ?? []) outcome()
  while (clock.look());
  t.equal(underWay('second'), 512, 'and both go on')
})

t.test(
  'calls of a batch that came by HTTP take no more commands than the share of a connection',
  async (t) => {
    const settled = new Map<string, (() => void)[]>()
    const { clock, exchanges, channelOf } = scene(({ remote }, settle) => {
      const outcomes = settled.get(remote) ?? []
      settled.set(remote, outcomes)
      outcomes.push(() => settle({ result: 'null' }))
    })
    const call = '{"jsonrpc":"2.0","id":1,"method":"it.is"}'
    const underWay = (remote: string): number => settled.get(remote)?.length ?? 0
    const lines = channelOf('lines')
    for (let n = 0; n < 3000; n++) lines.message(call)
    while (clock.look());
    t.equal(underWay('lines'), 1024)
    const batch = exchanges.answer(`[${Array<string>(1000).fill(call).join(',')}]`, { remote: 'http' })
    while (clock.look());
    t.equal(underWay('http'), 512)
    for (const outcome of settled.get('http')?.splice(0, 100) ?? []) outcome()
    while (clock.look());
    t.equal(underWay('http'), 512, 'it goes on as they end')
    while (underWay('http') > 0) {
      for (const outcome of settled.get('http')?.splice(0) ?? []) outcome()
      while (clock.look());
    }
    t.equal((await batch)?.split('result').length, 1001)
  },
)

t.test(
  'a connection that ends while results of its commands wait leaves its share to the others',
  async (t) => {
    const settled = new Map<string, (() => void)[]>()
    const { clock, channelOf } = scene((connection, settle) => {
      const outcomes = settled.get(connection.remote) ?? []
      settled.set(connection.remote, outcomes)
      const write = (): number => {
        clock.time += 5
        settle({ result: 'null' })
        return 4
      }
      outcomes.push(() => connection.calls?.result(write))
    })
    const call = '{"jsonrpc":"2.0","id":1,"method":"it.is"}'
    const first = channelOf('first')
    for (let n = 0; n < 10; n++) first.message(call)
    while (clock.look());
    for (const outcome of settled.get('first')?.splice(0, 5) ?? []) outcome()
    first.closed()
    for (const outcome of settled.get('first') ?? []) outcome()
    const second = channelOf('second')
    for (let n = 0; n < 3000; n++) second.message(call)
    while (clock.look());
    t.equal(settled.get('second')?.length, 1024)
  },
)
