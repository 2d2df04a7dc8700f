/** The caller sends a command until it knows what became of it, and the command runs once. */
import t from 'tap'
import type { Clock } from '../../lib/ports.js'
import { Caller } from '../../lib/rpc/calling/caller.js'
import type { Target } from '../../lib/rpc/calling/caller.js'
import {
  NoQuorumError,
  OutcomeUnknownError,
  OverloadedError,
  RemoteError,
  TooLargeError,
} from '../../lib/rpc/errors.js'
import { formatUri, objectIdOf, parseUri } from '../../lib/rpc/uri.js'
import type { Uri } from '../../lib/rpc/uri.js'
import { systemClock } from '../../lib/system/clock.js'
import { systemRandom } from '../../lib/system/random.js'
import { createTransport } from '../../lib/system/transport.js'
import { HastyClock, silentLogger } from './rig.js'
import { Cluster, Member } from './session-member.js'
import type { Fate } from './session-member.js'

type Test = { teardown(end: () => unknown): void }

/** `places`: where the name is found, each forgotten when nobody is there; the last one stays. */
function callerOf(t: Test, ...places: Uri[]): Caller {
  return callerWith(t, systemClock, places)
}

function callerWith(t: Test, clock: Clock, places: Uri[]): Caller {
  const caller = new Caller({
    transport: createTransport(),
    clock,
    random: systemRandom,
    logger: silentLogger,
    resolve: async () => places[0] ?? ('' as Uri),
    forget: () => {
      if (places.length > 1) places.shift()
    },
  })
  t.teardown(() => caller.close())
  return caller
}

const kv: Target = { name: 'kv' }

const lost: Fate = (run) => {
  run()
  throw new OutcomeUnknownError('leadership was lost')
}
const notRun: Fate = () => {
  throw new NoQuorumError('two of four')
}

t.test(
  'a command whose answer was lost is sent again, and answers with the result of its one run',
  async (t) => {
    const cluster = new Cluster()
    const member = await Member.start(t, cluster)
    member.fates.push(lost, notRun, lost)
    t.equal(await callerOf(t, member.kv).call(kv, 'set', ['a']), '"a" was run 1.')
    t.same(cluster.runs, ['a'])
    const identities = member.metas.map(({ session, seq }) => ({ session, seq }))
    t.equal(identities.length, 4)
    t.same(new Set(identities.map((each) => JSON.stringify(each))).size, 1)
  },
)

t.test('a command goes on at another member when the one that ran it is gone', async (t) => {
  const cluster = new Cluster()
  const [first, second] = [await Member.start(t, cluster), await Member.start(t, cluster)]
  first.fates.push((run) => {
    run()
    void first.daemon.close()
    return new Promise(() => undefined)
  })
  t.equal(await callerOf(t, first.kv, second.kv).call(kv, 'set', ['a']), '"a" was run 1.')
  t.same(cluster.runs, ['a'])
})

t.test(
  'when the session is over and no attempt can have run, the command goes into another one',
  async (t) => {
    const cluster = new Cluster()
    const member = await Member.start(t, cluster)
    const caller = callerOf(t, member.kv)
    await caller.call(kv, 'set', ['a'])
    cluster.table.close(member.metas[0]?.session ?? '', 0)
    t.equal(await caller.call(kv, 'set', ['b']), '"b" was run 2.')
    t.equal(cluster.opened, 2)
  },
)

t.test('when the session is over and an attempt may have run, the outcome is unknown', async (t) => {
  const cluster = new Cluster()
  const member = await Member.start(t, cluster)
  member.fates.push((run) => {
    run()
    cluster.table.close(member.metas[0]?.session ?? '', 0)
    throw new OutcomeUnknownError('leadership was lost')
  })
  const caller = callerOf(t, member.kv)
  await t.rejects(caller.call(kv, 'set', ['a']), {
    name: 'OutcomeUnknownError',
    message: /leadership was lost.*is unknown or has ended/,
  })
  t.same(cluster.runs, ['a'])
  t.equal(await caller.call(kv, 'set', ['b']), '"b" was run 2.', 'the next command has a new session')
})

t.test(
  "the method's own error is the answer of the one run, also after attempts that were lost",
  async (t) => {
    const member = await Member.start(t, new Cluster())
    member.fates.push(lost, () => {
      throw new RemoteError({ name: 'RangeError', message: 'too far' })
    })
    await t.rejects(callerOf(t, member.kv).call(kv, 'set', []), { name: 'RemoteError', message: 'too far' })
  },
)

t.test('a refusal after an attempt that was lost leaves the outcome unknown', async (t) => {
  const member = await Member.start(t, new Cluster())
  member.fates.push(lost, () => {
    throw new TooLargeError('too large')
  })
  await t.rejects(callerOf(t, member.kv).call(kv, 'set', []), {
    name: 'OutcomeUnknownError',
    message: /leadership was lost.*too large/,
  })
})

t.test('when time is over, the outcome is unknown if any attempt was lost', async (t) => {
  const clock = new HastyClock()
  const member = await Member.start(t, new Cluster())
  member.fates.push(lost, () => {
    clock.putForward(60_000)
    throw new NoQuorumError('two of four')
  })
  await t.rejects(callerWith(t, clock, [member.kv]).call(kv, 'set', []), {
    name: 'OutcomeUnknownError',
    message: /leadership was lost.*two of four/,
  })
})

t.test('a caller that is closed says so of a command that was lost', async (t) => {
  const member = await Member.start(t, new Cluster())
  const caller = callerOf(t, member.kv)
  member.fates.push(lost, () => new Promise(() => caller.close()))
  await t.rejects(caller.call(kv, 'set', []), { name: 'OutcomeUnknownError' })
})

t.test('calls at the same time share one session, each with a number of its own', async (t) => {
  const cluster = new Cluster()
  const member = await Member.start(t, cluster)
  const caller = callerOf(t, member.kv)
  await Promise.all(Array.from({ length: 50 }, (_, i) => caller.call(kv, 'set', [i])))
  t.equal(cluster.opened, 1)
  t.same(
    member.metas.map(({ seq = 0 }) => seq).sort((a, b) => a - b),
    Array.from({ length: 50 }, (_, i) => i + 1),
  )
})

t.test('results that nobody waits for any more are let go', async (t) => {
  const member = await Member.start(t, new Cluster())
  const caller = callerOf(t, member.kv)
  let answer: () => void = () => undefined
  member.fates.push(async (run) => {
    await new Promise<void>((resolve) => (answer = resolve))
    return run()
  })
  const slow = caller.call(kv, 'set', ['slow'])
  for (const name of ['a', 'b']) await caller.call(kv, 'set', [name])
  answer()
  await slow
  await caller.call(kv, 'set', ['c'])
  t.same(
    member.metas.map(({ seq, firstOutstanding }) => [seq, firstOutstanding]),
    [
      [1, 1],
      [2, 1],
      [3, 1],
      [4, 4],
    ],
  )
})

t.test('each cluster has a session of its own', async (t) => {
  const [one, other] = [new Cluster(), new Cluster()]
  const here = await Member.start(t, one)
  const there = await Member.start(t, other, () => 'other')
  const caller = callerOf(t)
  for (const uri of [here.kv, there.kv, here.kv, there.kv]) await caller.call({ uri }, 'set', ['x'])
  t.same([one.opened, other.opened], [1, 1])
  t.same([one.runs.length, other.runs.length], [2, 2])
})

t.test(
  'a name that has moved to another cluster takes a lost attempt there under no circumstances',
  async (t) => {
    const [one, other] = [new Cluster(), new Cluster()]
    const here = await Member.start(t, one)
    const there = await Member.start(t, other, () => 'other')
    here.fates.push((run) => {
      run()
      void here.daemon.close()
      return new Promise(() => undefined)
    })
    const caller = callerOf(t, here.kv, there.kv)
    const waits: string[] = []
    const onWaiting = (why: string): void => void waits.push(why)
    await t.rejects(caller.call(kv, 'set', ['a'], { onWaiting }), { name: 'OutcomeUnknownError' })
    t.same([one.runs, other.runs], [['a'], []])
    t.equal(waits.length, 1, 'said as soon as the name is found elsewhere')
  },
)

t.test('queries and objects that are not replicated need no session', async (t) => {
  const cluster = new Cluster()
  const member = await Member.start(t, cluster)
  const caller = callerOf(t, member.kv)
  await caller.call(kv, 'get', ['a'])
  await caller.call({ uri: formatUri(objectIdOf('plain'), parseUri(member.kv).address) }, 'set', ['b'])
  t.same([cluster.opened, cluster.runs], [0, ['a', 'b']])
})

t.test('a command waits while its cluster has not come into being', async (t) => {
  let id: string | null = null
  const cluster = new Cluster()
  const member = await Member.start(t, cluster, () => id)
  const caller = callerOf(t, member.kv)
  const waited: string[] = []
  const onWaiting = (why: string): void => {
    waited.push(why)
    id = 'one'
  }
  t.equal(await caller.call(kv, 'set', ['a'], { onWaiting }), '"a" was run 1.')
  t.match(waited, [/no leader is known/])
  t.equal(cluster.opened, 1)
})

t.test('a command that no session could be opened for has not been sent, and waits', async (t) => {
  const clock = new HastyClock()
  const cluster = new Cluster()
  const member = await Member.start(t, cluster)
  const caller = callerWith(t, clock, [member.kv])
  member.opening = () => {
    clock.putForward(60_000)
    throw new OutcomeUnknownError('leadership was lost')
  }
  await t.rejects(caller.call(kv, 'set', ['a']), {
    name: 'UnreachableError',
    message: /leadership was lost; no session could be opened, so the command was not sent/,
  })
  const waited: string[] = []
  member.opening = () => {
    member.opening = undefined
    throw new OverloadedError('too many sessions')
  }
  await caller.call(kv, 'set', ['b'], { onWaiting: (why) => waited.push(why) })
  t.same(waited, ['too many sessions'])
  t.same(cluster.runs, ['b'])
})

t.test('an opening that is never answered holds no command beyond its time', async (t) => {
  const member = await Member.start(t, new Cluster())
  member.opening = () => new Promise(() => undefined) as never
  await t.rejects(callerOf(t, member.kv).call(kv, 'set', ['a'], { timeoutMs: 40 }), {
    name: 'UnreachableError',
  })
})

t.test("a session of the user's own is used as it is", async (t) => {
  const cluster = new Cluster()
  const member = await Member.start(t, cluster)
  const caller = callerOf(t, member.kv)
  const { session } = cluster.open() as { session: string }
  member.fates.push(lost)
  for (let times = 0; times < 2; times += 1)
    t.equal(await caller.call(kv, 'set', ['a'], { meta: { session, seq: 7 } }), '"a" was run 1.')
  t.equal(cluster.opened, 1)
  cluster.table.close(session, 0)
  await t.rejects(caller.call(kv, 'set', ['b'], { meta: { session, seq: 8 } }), {
    name: 'SessionExpiredError',
  })
})

t.test('a caller that is closed closes its session', async (t) => {
  const cluster = new Cluster()
  const member = await Member.start(t, cluster)
  const closed = new Promise<void>((resolve) => (cluster.whenClosed = resolve))
  const caller = callerOf(t, member.kv)
  await caller.call(kv, 'set', ['a'])
  caller.close()
  await closed
  t.same(cluster.closed, [member.metas[0]?.session])
  t.equal(cluster.table.count, 0)
})
