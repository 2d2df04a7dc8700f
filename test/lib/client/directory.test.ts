/** Whom a client asks where things are. */
import t from 'tap'
import type { Json } from '../../../lib/json.js'
import { Directory } from '../../../lib/client/directory.js'
import type { MemberView } from '../../../lib/client/views.js'
import {
  MethodNotFoundError,
  NameNotFoundError,
  OutcomeUnknownError,
  UnreachableError,
} from '../../../lib/rpc/errors.js'
import { parseUri, uri, type Uri } from '../../../lib/rpc/uri.js'
import { systemClock } from '../../../lib/system/clock.js'
import { systemRandom } from '../../../lib/system/random.js'

/** What a member answers that is of that term and configuration, and knows that leader or none. */
function view(place: string, term: number, leader: string | null, members: readonly string[]) {
  const summary = (each: string) => ({ id: each.slice(0, 2), uri: each, voter: true })
  return {
    ...summary(place),
    reachable: true,
    cluster: 'rollcall',
    clusterId: null,
    role: 'follower',
    term,
    leader: leader === null ? null : summary(leader),
    commitIndex: term,
    lastApplied: term,
    lastIndex: term,
    snapshotIndex: 0,
    members: members.map(summary),
  } as const
}

/** `record`: what the name server has for the leader. */
function directoryOf(seeds: readonly string[], answering: readonly MemberView[], record: string | undefined) {
  let lookups = 0
  const directory = new Directory({
    cluster: 'rollcall',
    nameservers: [{ kind: 'tcp', host: 'localhost', port: 9090 }],
    clock: systemClock,
    random: systemRandom,
    areGiven: true,
    seeds: seeds.map(uri),
    probes: {
      refusalAt: () => undefined,
      call: async () => {
        lookups++
        if (record === undefined) throw new NameNotFoundError('nobody leads')
        return record
      },
      status: async (member: Uri) => {
        const found = answering.find((each) => each.uri === member)
        return found ?? { id: member.slice(0, 2), uri: member, reachable: false, reason: 'dead' }
      },
    },
  })
  return { directory, lookups: () => lookups }
}

const urisOf = (views: readonly MemberView[]): readonly string[] => views.map((each) => each.uri)

t.test(
  'a removed member that has not heard of it does not keep a client from those who have moved',
  async (t) => {
    const [removed, old, moved] = ['n1@localhost:1', 'n2@localhost:2', 'n2@localhost:5']
    const answering = [view(removed, 1, null, [removed, old]), view(moved, 7, moved, [moved])]
    const { directory } = directoryOf([removed, old], answering, moved)
    t.same(await directory.leader(), { id: 'n2', uri: moved, term: 7 })
    t.same(urisOf(await directory.views(1000)), [moved], 'from now on only they are asked')
  },
)

t.test('those whom a member without a leader names are asked, though no name server answers', async (t) => {
  const members = ['n1@localhost:1', 'n2@localhost:2', 'n3@localhost:3']
  const [cutOff = '', leader = ''] = members
  const answering = [view(cutOff, 2, null, members), view(leader, 3, leader, members)]
  const { directory, lookups } = directoryOf([cutOff], answering, undefined)
  t.same(await directory.leader(), { id: 'n2', uri: leader, term: 3 })
  t.equal(lookups(), 1, 'they know; it is only asked whether it speaks of the same cluster')
  t.same(urisOf(await directory.views(1000)), members)
})

t.test('all members are shown when a quorum is lost and the record names the dead leader', async (t) => {
  const members = ['n1@localhost:1', 'n2@localhost:2', 'n3@localhost:3']
  const [dead = '', left = ''] = members
  const { directory } = directoryOf([dead, left], [view(left, 3, null, members)], dead)
  t.same(urisOf(await directory.views(1000)), members)
})

t.test(
  'the name server is asked once whether it means the same cluster, while the members know a leader',
  async (t) => {
    const members = ['n1@localhost:1', 'n2@localhost:2']
    const answering = members.map((each) => view(each, 3, 'n1@localhost:1', members))
    const { directory, lookups } = directoryOf(members, answering, undefined)
    t.same(urisOf(await directory.views(1000)), members)
    t.same(urisOf(await directory.views(1000)), members)
    t.equal(lookups(), 1)
  },
)

t.test('members without a leader are what there is when the name server knows none either', async (t) => {
  const members = ['n1@localhost:1', 'n2@localhost:2']
  const answering = members.map((each) => view(each, 3, null, members))
  const { directory } = directoryOf(members, answering, undefined)
  t.same(urisOf(await directory.views(1000)), members)
  t.equal(await directory.leader(), null)
})

t.test('with two of four members gone, a name that led to the leader is said to lack a quorum', async (t) => {
  const members = ['n1@localhost:1', 'n2@localhost:2', 'n3@localhost:3', 'n4@localhost:4']
  const answering = members.slice(2).map((each) => view(each, 3, null, members))
  const { directory } = directoryOf(members, answering, 'kv@localhost:1')
  for (let round = 0; round < 2; round++) {
    t.equal(await directory.resolve('kv'), 'kv@localhost:1')
    directory.forget('kv', uri('kv@localhost:1'))
    await new Promise(setImmediate)
    await t.rejects(directory.resolve('kv'), {
      name: 'NoQuorumError',
      message: /the members have no leader now: 2 of 4 answer, and a leader needs 3$/,
    })
  }
})

t.test('who comes after a leader that is gone is heard of from the first member that knows', async (t) => {
  const members = ['n1@localhost:1', 'n2@localhost:2', 'n3@localhost:3']
  const [gone = '', ...left] = members
  const answering = left.map((each) => view(each, 3, gone, members))
  const asked: Json[] = []
  const directory = new Directory({
    cluster: 'rollcall',
    nameservers: [],
    clock: systemClock,
    random: systemRandom,
    areGiven: true,
    seeds: left.map(uri),
    probes: {
      refusalAt: () => undefined,
      call: async (_, method, params) => {
        if (method === 'daemon.objects') return ['kv']
        asked.push([method, ...params.slice(0, 1)])
        // One of an earlier build does not know the question.
        if (method.startsWith('n2')) throw new MethodNotFoundError(method)
        return { id: 'n2', uri: 'n2@localhost:2', term: 4 }
      },
      status: async (member: Uri) =>
        answering.find((each) => each.uri === member) ??
        ({ id: member.slice(0, 2), uri: member, reachable: false, reason: 'dead' } as const),
    },
  })
  t.equal(await directory.resolve('kv'), 'kv@localhost:2')
  t.same(asked, [
    ['n2.nextLeader', 3],
    ['n3.nextLeader', 3],
  ])
})

t.test('a call that has failed at one of several name servers goes to whoever leads next', async (t) => {
  const members = ['ns1@localhost:1', 'ns2@localhost:2', 'ns3@localhost:3']
  const [gone = ''] = members
  const hello = { version: 1, cluster: 'rollcall.nameserver', clusterId: 'g', member: 'ns1', members }
  const directory = new Directory({
    cluster: 'rollcall',
    nameservers: [parseUri(uri(gone)).address],
    clock: systemClock,
    random: systemRandom,
    areGiven: true,
    seeds: [],
    probes: {
      refusalAt: () => undefined,
      call: async (_, method) =>
        method === 'daemon.hello' ? hello : { id: 'ns3', uri: 'ns3@localhost:3', term: 4 },
      status: async (member: Uri) =>
        member === gone
          ? { id: 'ns1', uri: member, reachable: false, reason: 'dead' }
          : { ...view(member, 3, gone, members), leader: { id: 'ns1', uri: gone } },
    },
  })
  const first = await directory.resolve('nameserver')
  t.equal(first, 'nameserver@localhost:1')
  await directory.greeting('nameserver')?.(async () => hello, parseUri(first).address)
  directory.forget('nameserver', first)
  t.equal(await directory.resolve('nameserver'), 'nameserver@localhost:3')
  t.not(directory.anyNameServer(), 'nameserver@localhost:1')
})

t.test('a leader that does not say in time which objects it has leaves nothing done', async (t) => {
  const place = 'n1@localhost:1'
  const directory = new Directory({
    cluster: 'rollcall',
    nameservers: [],
    clock: systemClock,
    random: systemRandom,
    areGiven: true,
    seeds: [uri(place)],
    probes: {
      refusalAt: () => undefined,
      call: () => Promise.reject(new OutcomeUnknownError('no answer in time')),
      status: async () => view(place, 3, place, [place]),
    },
  })
  await t.rejects(directory.resolve('kv'), { name: 'UnreachableError', message: 'no answer in time' })
})

t.test(
  'members given that are another cluster’s do not lead to the one that the name server knows',
  async (t) => {
    const given = 'nameserver1@localhost:9090'
    const leader = 'n1@localhost:1'
    const directory = new Directory({
      cluster: 'rollcall',
      nameservers: [{ kind: 'tcp', host: 'localhost', port: 9090 }],
      clock: systemClock,
      random: systemRandom,
      areGiven: true,
      seeds: [uri(given)],
      probes: {
        refusalAt: () => undefined,
        call: () => Promise.resolve(leader),
        status: (member: Uri) =>
          Promise.resolve(
            member === given
              ? {
                  id: 'nameserver1',
                  uri: given,
                  reachable: false,
                  reason: 'other',
                  cluster: 'rollcall.nameserver',
                }
              : view(leader, 1, leader, [leader]),
          ),
      },
    })
    t.match(await directory.views(1000), [{ uri: given, reachable: false, cluster: 'rollcall.nameserver' }])
  },
)

t.test('bug: members of another cluster that answered were said not to', async (t) => {
  const given = uri('node1@localhost:9101')
  const silent = uri('node4@localhost:9104')
  const absent = { id: 'x', reachable: false, reason: 'x' } as const
  const directory = new Directory({
    cluster: 'staging',
    nameservers: [],
    clock: systemClock,
    random: systemRandom,
    areGiven: true,
    seeds: [given, silent],
    probes: {
      refusalAt: () => undefined,
      call: () => Promise.reject(new Error('nobody is asked for a name')),
      status: async (member) => ({
        ...absent,
        uri: member,
        ...(member === given && { cluster: 'production' }),
      }),
    },
  })
  await t.rejects(directory.resolve('kv'), {
    message: `"kv" can't be found: no name server was given, and no member answers at ${silent}; ${given} belongs to the cluster "production"`,
  })
})

t.test('a name that another machine gives out for its own localhost is said to be that', async (t) => {
  const directory = new Directory({
    cluster: 'rollcall',
    nameservers: [{ kind: 'tcp', host: 'far.example', port: 9090 }],
    clock: systemClock,
    random: systemRandom,
    areGiven: true,
    seeds: [],
    probes: {
      refusalAt: () => undefined,
      call: (_, __, [name]) =>
        Promise.resolve(name === 'kv' ? 'kv@localhost:1' : name === undefined ? null : 'n1@localhost:1'),
      status: (member: Uri) =>
        Promise.resolve({ id: 'n1', uri: member, reachable: false, reason: 'nobody listens there' }),
    },
  })
  t.equal(await directory.resolve('kv'), 'kv@localhost:1')
  directory.forget('kv', uri('kv@localhost:1'))
  await new Promise(setImmediate)
  await t.rejects(directory.resolve('kv'), {
    name: 'UnreachableError',
    message:
      /n1@localhost:1 is an address of each machine for itself, and came from far\.example:9090.*--advertise/,
  })
})

t.test('where members alone were given nobody is registered at a name server of this machine', async (t) => {
  const asked: string[] = []
  const directory = new Directory({
    cluster: 'rollcall',
    nameservers: [],
    clock: systemClock,
    random: systemRandom,
    areGiven: true,
    seeds: [uri('n1@far.example:1')],
    probes: {
      refusalAt: () => undefined,
      call: async (_, method) => asked.push(method),
      status: async (member: Uri) => ({ id: 'n1', uri: member, reachable: false, reason: 'dead' }),
    },
  })
  await t.rejects(directory.resolve('nameserver'), {
    label: 'INVALID_PARAMS',
    message: /no name server was given/,
  })
  await t.rejects(directory.resolve('kv'), { label: 'UNREACHABLE', message: /no name server was given/ })
  t.same(asked, [])
})

t.test('bug: a cluster that nobody knows was waited for until the time was over', async (t) => {
  const silent = uri('node4@localhost:9104')
  const clusters = async (names: readonly string[] | undefined, areGiven = false, cluster = 'staging') => {
    const directory = new Directory({
      cluster,
      nameservers: [{ kind: 'tcp', host: 'names.example', port: 9090 }],
      clock: systemClock,
      random: systemRandom,
      areGiven,
      seeds: [silent],
      probes: {
        refusalAt: () => undefined,
        call: async (_, method) => {
          if (names === undefined) throw new UnreachableError('nobody is there')
          if (method === 'nameserver.lookup') throw new NameNotFoundError('nobody is registered')
          return names.map((name) => ({ name, uri: silent, metadata: [] }))
        },
        status: async (member) => ({ id: 'x', uri: member, reachable: false, reason: 'x' }),
      },
    })
    return await directory.resolve('kv').catch((error: unknown) => error)
  }
  t.match(await clusters(['rollcall.leader', 'a.b.leader']), {
    label: 'INVALID_PARAMS',
    message:
      'the name server at names.example:9090 knows no cluster "staging", and no member of it answers: it knows "rollcall", "a.b"; nothing was done',
  })
  const many = await clusters(Array.from({ length: 7 }, (_, n) => `c${n}.leader`))
  t.match(many, { message: /"c4" and 2 more; nothing was done$/ })
  const waits = { label: 'UNREACHABLE', retry: 'elsewhere' }
  t.match(await clusters([]), waits, 'it may be the first to come')
  t.match(await clusters(['staging.leader', 'rollcall.leader']), waits, 'it was there a moment ago')
  t.match(await clusters(['rollcall.leader'], true), waits, 'whoever was given may be about to come')
  t.match(await clusters(undefined), waits, 'nobody says so')
})

const place = (port: number) => ({ kind: 'tcp', host: 'localhost', port }) as const

/** Of three members the first is gone, and the second leads, if anybody does. */
function afterAnEnd(isLed: boolean, seeds: readonly string[] = TRIO) {
  const [gone = '', second = '', third = ''] = TRIO
  const leader = isLed ? second : gone
  const one = view(second, 3, leader, TRIO)
  const answering = [isLed ? { ...one, role: 'leader' as const } : one, view(third, 3, leader, TRIO)]
  return directoryOf(seeds, answering, 'kv@localhost:1')
}
const TRIO = ['n1@localhost:1', 'n2@localhost:2', 'n3@localhost:3']

t.test('what the leader has is elsewhere once another member leads, and one more follows it', async (t) => {
  const before = afterAnEnd(false)
  await before.directory.resolve('kv')
  t.notOk(await before.directory.isReplaced(place(1)), 'the others follow it')
  await new Promise(setImmediate)
  t.ok(await before.directory.isReplaced(place(1)), 'and it answers them alone')
  const { directory } = afterAnEnd(true)
  t.notOk(await directory.isReplaced(place(1)), 'nobody has looked for anything there')
  await directory.resolve('kv')
  t.ok(await directory.isReplaced(place(1)))
  t.notOk(await directory.isReplaced(place(2)), 'not the leader’s own')
  t.notOk(await directory.isReplaced(place(9)), 'nor that of a process of no cluster')
})

t.test('who was given a name server alone knows all members once it has met one', async (t) => {
  const { directory } = afterAnEnd(true, [])
  t.notOk(await directory.isReplaced(place(1)))
  const hello = {
    version: 1,
    cluster: 'rollcall',
    clusterId: null,
    member: 'n1',
    members: [...TRIO, 'no URI'],
  }
  await directory.resolve('kv')
  await directory.ownGreeting(() => Promise.resolve(hello), place(1))
  t.ok(await directory.isReplaced(place(1)))
})
