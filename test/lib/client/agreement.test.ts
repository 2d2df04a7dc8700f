/** Two clusters of one name, and a client that was given places of both. */
import t from 'tap'
import { Agreement } from '../../../lib/client/agreement.js'
import type { Identity } from '../../../lib/client/identity.js'
import { ms, type Clock } from '../../../lib/ports.js'
import { uri, type Uri } from '../../../lib/rpc/uri.js'
import { systemClock } from '../../../lib/system/clock.js'

const NAMESERVER = { kind: 'tcp', host: 'localhost', port: 9090 } as const
const [FIRST, SECOND, THIRD] = [uri('n1@localhost:1'), uri('n1@localhost:2'), uri('n2@localhost:3')]

function member(place: Uri, clusterIdInLog: string | null): Identity {
  return {
    kind: 'member',
    id: place.slice(0, 2),
    cluster: 'rollcall',
    clusterId: null,
    clusterIdInLog,
    members: [],
  }
}

/** `ids`: of the cluster that each member is of; who is not there does not answer, and `silent` ones never do. */
function agreementOf(
  seeds: readonly Uri[],
  leader: Uri | undefined,
  ids: ReadonlyMap<Uri, string | null>,
  silent: readonly Uri[] = [],
  areGiven = true,
) {
  const asked: Uri[] = []
  const world: { now: number; known: string | undefined; lookups: number } = {
    now: 0,
    known: undefined,
    lookups: 0,
  }
  const timers = new Map<() => void, number>()
  const clock: Clock = {
    ...systemClock,
    now: () => ms(world.now),
    after: (delay, task) => {
      timers.set(task, world.now + delay)
      return { cancel: () => timers.delete(task) }
    },
  }
  const agreement = new Agreement({
    cluster: 'rollcall',
    seeds,
    areGiven,
    clock,
    known: () => world.known,
    learn: (id) => (world.known ??= id),
    recorded: async () => {
      world.lookups++
      return leader && { leader, nameserver: NAMESERVER }
    },
    identity: async (place) => {
      asked.push(place)
      if (silent.includes(place)) return new Promise(() => undefined)
      const id = ids.get(place)
      return id === undefined ? undefined : member(place, id)
    },
  })
  const pass = (by: number): void => {
    world.now += by
    for (const [task, at] of timers) if (at <= world.now) task()
  }
  return { agreement, asked, world, pass }
}

t.test('bug: status went to the cluster of the members, call to that of the name server', async (t) => {
  const ids = new Map([
    [FIRST, 'A'],
    [SECOND, 'B'],
  ])
  const { agreement } = agreementOf([SECOND], FIRST, ids)
  const sentence =
    /two clusters "rollcall": the name server at localhost:9090 gives n1@localhost:1, of the cluster with the id A, and the member n1@localhost:2 is of the one with the id B/
  await t.rejects(agreement.demand(1000), { name: 'InvalidParamsError', message: sentence })
  await t.rejects(
    agreement.demandAt(uri('kv@localhost:1')),
    { message: sentence },
    'an object of the other one',
  )
  await agreement.demandAt(uri('printer@localhost:7'))
  await agreement.demandAt(uri('kv@localhost:2'))
  ids.set(FIRST, 'B')
  await agreement.demand(1000)
})

t.test(
  'bug: of members that had moved, but for one that had lost its folder, a client that knew them was refused',
  async (t) => {
    const ids = new Map<Uri, string | null>([
      [FIRST, 'A'],
      [SECOND, null],
    ])
    const { agreement } = agreementOf([SECOND, THIRD], FIRST, ids)
    const moved = { kind: 'tcp', host: 'localhost', port: 1 } as const
    await t.rejects(agreement.confirm('A', moved), {
      message: /n1@localhost:2 is of one that is not founded yet/,
    })
    agreement.heard(uri('n9@localhost:9'), 'A')
    await t.rejects(agreement.confirm('A', moved), { name: 'UnreachableError' }, 'the word of a stranger')
    agreement.heard(THIRD, 'A')
    await agreement.confirm('A', moved)
    await t.rejects(agreement.confirm('B', moved), { name: 'UnreachableError' })
    const last = agreementOf([SECOND], FIRST, ids).agreement
    last.heard(SECOND, 'A')
    await last.confirm('A', moved)
    await last.confirm('A', moved)
  },
)

t.test('who is asked when the name server gives one of the members: nobody', async (t) => {
  const { agreement, asked } = agreementOf([FIRST, SECOND], SECOND, new Map([[FIRST, 'A']]))
  await agreement.demand(1000)
  t.same(asked, [])
})

t.test('one member of the same cluster settles it, whatever others are left of', async () => {
  const ids = new Map([
    [FIRST, 'A'],
    [SECOND, 'old'],
    [THIRD, 'A'],
  ])
  await agreementOf([SECOND, THIRD], FIRST, ids).agreement.demand(1000)
})

for (const [what, ids] of [
  ['whom the record names is dead', new Map([[SECOND, 'B']])],
  ['no member answers', new Map([[FIRST, 'A']])],
  [
    'whom the record names does not know its cluster yet',
    new Map<Uri, string | null>([
      [FIRST, null],
      [SECOND, 'B'],
    ]),
  ],
] as const)
  t.test(`${what}: nothing is contradicted`, () => agreementOf([SECOND], FIRST, ids).agreement.demand(1000))

t.test('without a record, or without members, there is nothing to compare', async (t) => {
  const { agreement, asked } = agreementOf([FIRST], undefined, new Map())
  await agreement.demand(1000)
  await agreementOf([], FIRST, new Map([[FIRST, 'A']])).agreement.demand(1000)
  t.same(asked, [])
})

t.test('bug: that nobody could tell was kept as if they agreed', async (t) => {
  const ids = new Map<Uri, string | null>([[SECOND, 'B']])
  const { agreement, world } = agreementOf([SECOND], FIRST, ids)
  await agreement.demandAt(uri('kv@localhost:1'))
  await agreement.demand(1000)
  ids.set(FIRST, 'A')
  await t.rejects(agreement.demandAt(uri('kv@localhost:1')), { name: 'InvalidParamsError' })
  ids.delete(FIRST)
  await agreement.demand(1000)
  ids.set(FIRST, 'A')
  const { lookups } = world
  await agreement.demand(1000)
  t.equal(world.lookups, lookups, 'a command asks members over and over: not everything with each')
  world.now += 5_000
  await t.rejects(agreement.demand(1000), { name: 'InvalidParamsError' })
})

t.test('what was agreed upon holds as long as the client goes by that cluster', async (t) => {
  const ids = new Map([
    [FIRST, 'A'],
    [SECOND, 'A'],
  ])
  const { agreement, world } = agreementOf([SECOND], FIRST, ids)
  await agreement.demand(1000)
  t.equal(world.known, 'A')
  ids.set(FIRST, 'B')
  await agreement.demand(1000)
  t.equal(world.lookups, 1)
  world.known = undefined
  await t.rejects(agreement.demand(1000), { name: 'InvalidParamsError' })
})

t.test('bug: status waited for the name server’s leader for longer than it was given', async (t) => {
  const { agreement, pass } = agreementOf([SECOND], FIRST, new Map([[SECOND, 'B']]), [FIRST])
  const demanded = agreement.demand(20)
  await new Promise(setImmediate)
  pass(20)
  const outcome = await Promise.race([demanded.then(() => 'goes on'), new Promise(setImmediate)])
  t.equal(outcome, 'goes on', 'with what the members say')
})

t.test(
  'the id of a cluster is not learnt from whoever is elsewhere than the members that say another',
  async (t) => {
    const elsewhere = { kind: 'tcp', host: 'localhost', port: 7 } as const
    const ids = new Map<Uri, string | null>([[SECOND, 'B']])
    const { agreement } = agreementOf([SECOND, THIRD], undefined, ids)
    await t.rejects(agreement.confirm('A', elsewhere), {
      name: 'UnreachableError',
      message: /two clusters "rollcall"/,
    })
    await agreement.confirm('B', elsewhere)
    await agreement.confirm('A', { kind: 'tcp', host: 'localhost', port: 3 })
    ids.set(THIRD, 'A')
    await agreement.confirm('A', elsewhere)
    const blank = new Map<Uri, string | null>([[SECOND, null]])
    const unfounded = agreementOf([SECOND], undefined, blank).agreement.confirm('A', elsewhere)
    await t.rejects(unfounded, { message: /is of one that is not founded yet/ })
    await agreementOf([], undefined, ids).agreement.confirm('A', elsewhere)
  },
)

t.test(
  'bug: while all members that were given started anew, another cluster was taken for theirs',
  async (t) => {
    const elsewhere = { kind: 'tcp', host: 'localhost', port: 7 } as const
    const ids = new Map<Uri, string | null>()
    const { agreement, asked, pass } = agreementOf([SECOND], undefined, ids)
    const refused = t.rejects(agreement.confirm('A', elsewhere), { message: /two clusters "rollcall"/ })
    await new Promise(setImmediate)
    ids.set(SECOND, 'B')
    pass(100)
    await refused
    ids.clear()
    await t.rejects(
      agreement.confirm('A', elsewhere),
      { message: /two clusters "rollcall"/ },
      'it has said so',
    )
    t.equal(asked.length, 3)

    const gone = agreementOf([SECOND], undefined, ids)
    const confirmed = gone.agreement.confirm('A', elsewhere)
    await new Promise(setImmediate)
    gone.pass(1_000)
    await confirmed
    await agreementOf([SECOND], undefined, ids, [], false).agreement.confirm('A', elsewhere)
  },
)
