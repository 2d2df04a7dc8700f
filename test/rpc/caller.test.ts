import t from 'tap'
import {
  InternalError,
  NameNotFoundError,
  NotLeaderError,
  NoQuorumError,
  OutcomeUnknownError,
  UnreachableError,
} from '../../lib/rpc/errors.js'
import type { Handler, MethodKind } from '../../lib/rpc/exposed.js'
import { formatUri, uri } from '../../lib/rpc/uri.js'
import type { Uri } from '../../lib/rpc/uri.js'
import { callerOf } from './callers.js'
import { HastyClock, objectOf, startDaemon } from './rig.js'

type Test = { teardown(end: () => unknown): void }

async function member(t: Test, handler: Handler, kind: MethodKind = 'command'): Promise<Uri> {
  const { daemon, address } = await startDaemon({ kv: objectOf({ set: handler }, kind) })
  t.teardown(() => daemon.close())
  return formatUri('kv', address)
}

const notLeader = (leader: Uri | null, members: readonly Uri[] = []): NotLeaderError =>
  new NotLeaderError({ leader, term: 1, members })

const asMember = (kv: Uri): Uri => uri(kv.replace('kv@', 'node@'))

t.test("what one member's own object refuses goes to the leader's own object", async (t) => {
  const leading = await startDaemon({ node2: objectOf({ addMember: () => 'added' }, 'plain') })
  const led = formatUri('node2', leading.address)
  const here: Uri[] = []
  const refuse = () => {
    throw notLeader(led, [...here, led])
  }
  const following = await startDaemon({ node1: objectOf({ addMember: refuse }, 'plain') })
  here.push(formatUri('node1', following.address))
  t.teardown(() => Promise.all([leading.daemon.close(), following.daemon.close()]))
  const caller = callerOf(t, async () => led)
  const [asked = led] = here
  t.equal(await caller.call({ uri: asked }, 'addMember', []), 'added')
})

t.test('follows the leader that a member names', async (t) => {
  const leader = await member(t, () => 'led')
  const follower = await member(t, () => {
    throw notLeader(asMember(leader))
  })
  const forgotten: string[] = []
  const caller = callerOf(
    t,
    async () => follower,
    (_, stale) => forgotten.push(stale),
  )
  t.equal(await caller.call({ name: 'kv' }, 'set', []), 'led')
  t.same(forgotten, [follower])
})

t.test(
  'an object that has moved is found at its new place, also while its old process lives on',
  async (t) => {
    for (const kind of ['plain', 'query', 'command'] as const) {
      const before = await startDaemon({ kv: objectOf({ get: () => 'before' }, kind) })
      const after = await startDaemon({ kv: objectOf({ get: () => 'after' }, kind) })
      t.teardown(() => Promise.all([before.daemon.close(), after.daemon.close()]))
      let place = formatUri('kv', before.address)
      const caller = callerOf(
        t,
        async () => place,
        () => (place = formatUri('kv', after.address)),
      )
      t.equal(await caller.call({ name: 'kv' }, 'get', []), 'before', kind)
      before.daemon.host.unregister('kv')
      t.equal(await caller.call({ name: 'kv' }, 'get', []), 'after', kind)
    }
  },
)

t.test('an object that is nowhere is looked for once more, and no longer', async (t) => {
  const { daemon, address } = await startDaemon({})
  t.teardown(() => daemon.close())
  const looked: string[] = []
  const resolve = async (name: string): Promise<Uri> => {
    looked.push(name)
    return formatUri('kv', address)
  }
  const message = 'kv.get: there is no object "kv" here'
  await t.rejects(callerOf(t, resolve).call({ name: 'kv' }, 'get', []), {
    label: 'METHOD_NOT_FOUND',
    message,
  })
  t.same(looked, ['kv', 'kv'])
})

t.test('tries the members in turn while no leader is known', async (t) => {
  let elected = false
  const second = await member(t, () => {
    if (elected) return 'led'
    elected = true
    throw notLeader(null)
  })
  const first: Uri = await member(t, () => {
    throw notLeader(null, [asMember(first), asMember(second)])
  })
  const waited: string[] = []
  const caller = callerOf(t, async () => first)
  t.equal(await caller.call({ name: 'kv' }, 'set', [], { onWaiting: (why) => waited.push(why) }), 'led')
  t.ok(waited.length > 0 && waited.every((why) => why.includes('no leader is known')))
})

t.test('goes on when a member is gone and another has taken over', async (t) => {
  const gone = await startDaemon({})
  await gone.daemon.close()
  const there = await member(t, () => 'there')
  const places = [formatUri('kv', gone.address), there]
  const caller = callerOf(t, async () => places.shift() ?? there)
  t.equal(await caller.call({ name: 'kv' }, 'set', []), 'there')
})

t.test('asks again while one that may know the name does not answer', async (t) => {
  const there = await member(t, () => 'there')
  let asked = 0
  const caller = callerOf(t, async () => {
    if (++asked < 3)
      throw new NameNotFoundError('no member knows kv', { cause: new UnreachableError('no name server') })
    return there
  })
  t.equal(await caller.call({ name: 'kv' }, 'set', []), 'there')
})

t.test('a misspelt name is refused at once when everybody has answered', async (t) => {
  let asked = 0
  const caller = callerOf(t, async () => {
    asked++
    throw new NameNotFoundError('nobody has registered kvv')
  })
  await t.rejects(caller.call({ name: 'kvv' }, 'set', []), { name: 'NameNotFoundError', message: /kvv/ })
  t.equal(asked, 1)
})

t.test('a command whose outcome is unknown is not sent again', async (t) => {
  let runs = 0
  const there = await member(t, () => {
    runs++
    throw new OutcomeUnknownError('leadership was lost')
  })
  const caller = callerOf(t, async () => there)
  await t.rejects(caller.call({ name: 'kv' }, 'set', []), { name: 'OutcomeUnknownError' })
  t.equal(runs, 1)
})

t.test('a query whose outcome is unknown is sent again', async (t) => {
  let runs = 0
  const handler = (): string => {
    if (++runs < 3) throw new InternalError('something broke')
    return 'read'
  }
  const there = await member(t, handler, 'query')
  const caller = callerOf(t, async () => there)
  t.equal(await caller.call({ name: 'kv' }, 'set', []), 'read')
})

t.test(
  'what may run more than once is sent again when its outcome is unknown, and not when it broke',
  async (t) => {
    const errors = [new OutcomeUnknownError('leadership was lost'), new InternalError('something broke')]
    let runs = 0
    const there = await member(t, () => {
      throw errors[runs++] ?? new Error('it was sent once more')
    })
    const caller = callerOf(t, async () => there)
    const call = caller.call({ name: 'kv' }, 'set', [], { isHarmless: true })
    await t.rejects(call, { name: 'InternalError' })
    t.equal(runs, 2)
  },
)

t.test('a process that can not say for the moment what its methods do is asked again', async (t) => {
  let refusals = 0
  const describe: Handler = () => {
    refusals++
    throw new NoQuorumError('nobody leads')
  }
  const { daemon, address } = await startDaemon(
    { kv: objectOf({ get: () => 'read' }, 'query') },
    {
      elsewhere: (method) =>
        method === 'daemon.describe' && refusals < 2 ? { kind: 'plain', handler: describe } : undefined,
    },
  )
  t.teardown(() => daemon.close())
  const caller = callerOf(t, async () => formatUri('kv', address))
  const waits: string[] = []
  t.equal(await caller.call({ name: 'kv' }, 'get', [], { onWaiting: (why) => waits.push(why) }), 'read')
  t.same(waits, ['nobody leads', 'nobody leads'])
})

t.test('bug: a call was said to have run perhaps, when a question before it had no answer', async (t) => {
  const clock = new HastyClock()
  const describe: Handler = () => {
    clock.putForward(60_000)
    throw new OutcomeUnknownError('daemon.describe there: time is over without an answer; it may have run')
  }
  const { daemon, address } = await startDaemon(
    { kv: objectOf({ set: () => 'run' }, 'command') },
    {
      elsewhere: (method) =>
        method === 'daemon.describe' ? { kind: 'plain', handler: describe } : undefined,
    },
  )
  t.teardown(() => daemon.close())
  const caller = callerOf(t, async () => formatUri('kv', address), undefined, clock)
  await t.rejects(caller.call({ name: 'kv' }, 'set', []), {
    name: 'UnreachableError',
    message: 'daemon.describe there: time is over without an answer; the call was not sent',
  })
})

t.test("the object's own error is final", async (t) => {
  let runs = 0
  const there = await member(t, () => {
    runs++
    throw new RangeError('too much')
  })
  const caller = callerOf(t, async () => there)
  await t.rejects(caller.call({ uri: there }, 'set', []), { name: 'RemoteError', message: 'too much' })
  t.equal(runs, 1)
})

t.test('when time is over: the last error, or unknown if any attempt was', async (t) => {
  const clock = new HastyClock()
  const refusing = await member(t, () => {
    clock.putForward(60_000)
    throw new NoQuorumError('two of four')
  })
  const caller = callerOf(t, async () => refusing, undefined, clock)
  await t.rejects(caller.call({ name: 'kv' }, 'set', []), { name: 'NoQuorumError' })

  let runs = 0
  const wavering = await member(
    t,
    () => {
      if (++runs === 1) throw new OutcomeUnknownError('lost')
      clock.putForward(60_000)
      throw new NoQuorumError('two of four')
    },
    'query',
  )
  const other = callerOf(t, async () => wavering, undefined, clock)
  await t.rejects(other.call({ name: 'kv' }, 'set', []), { name: 'OutcomeUnknownError' })
})

t.test('a resolver that never answers does not outlast the deadline', async (t) => {
  const caller = callerOf(t, () => new Promise(() => undefined))
  await t.rejects(caller.call({ name: 'kv' }, 'set', [], { timeoutMs: 20 }), { name: 'UnreachableError' })
})
