/** A leader that a client can't reach, while the other members can. */
import t from 'tap'
import { Directory } from '../../../lib/client/directory.js'
import type { MemberView } from '../../../lib/client/views.js'
import { uri, type Uri } from '../../../lib/rpc/uri.js'
import { systemRandom } from '../../../lib/system/random.js'
import { ManualClock } from '../../harness/manual-clock.js'

const MEMBERS = ['n1@localhost:1', 'n2@localhost:2', 'n3@localhost:3']
const [LEADER = '', SECOND = ''] = MEMBERS

function view(member: string): MemberView {
  const summary = (each: string) => ({ id: each.slice(0, 2), uri: each, voter: true })
  return {
    ...summary(member),
    ...{ reachable: true, cluster: 'rollcall', clusterId: null, term: 3, leader: summary(LEADER) },
    role: member === LEADER ? 'leader' : 'follower',
    ...{ commitIndex: 3, lastApplied: 3, lastIndex: 3, snapshotIndex: 0, members: MEMBERS.map(summary) },
  }
}

function scene() {
  const clock = new ManualClock()
  const silent = new Set<string>()
  const directory = new Directory({
    ...{ cluster: 'rollcall', nameservers: [], areGiven: true, seeds: MEMBERS.map(uri) },
    ...{ clock, random: systemRandom },
    probes: {
      refusalAt: () => undefined,
      call: async (_, method) => (method === 'daemon.objects' ? ['kv'] : null),
      status: async (member: Uri) =>
        silent.has(member)
          ? { id: member.slice(0, 2), uri: member, reachable: false, reason: 'silent' }
          : view(member),
    },
  })
  return { clock, silent, directory }
}

t.test('calls go through a member that follows it, and ask to be passed on', async (t) => {
  const { silent, directory } = scene()
  t.equal(await directory.resolve('kv'), 'kv@localhost:1')
  t.equal(directory.greeting('kv')?.isVia, undefined)
  silent.add(LEADER)
  directory.forget('kv', uri('kv@localhost:1'))
  await new Promise(setImmediate)
  t.equal(await directory.resolve('kv'), 'kv@localhost:2')
  t.equal(directory.greeting('kv')?.isVia, true)
  t.equal(directory.greeting('another')?.isVia, undefined)
  t.same(await directory.places('kv'), ['kv@localhost:1'], 'it is where it was')
})

t.test('when that one can’t be reached either, another one is found', async (t) => {
  const { silent, directory } = scene()
  silent.add(LEADER)
  t.equal(await directory.resolve('kv'), 'kv@localhost:2')
  silent.add(SECOND)
  directory.forget('kv', uri('kv@localhost:2'))
  await new Promise(setImmediate)
  t.equal(await directory.resolve('kv'), 'kv@localhost:3')
})

t.test('once the leader can be reached, calls go there', async (t) => {
  const { clock, silent, directory } = scene()
  silent.add(LEADER)
  t.equal(await directory.resolve('kv'), 'kv@localhost:2')
  silent.delete(LEADER)
  t.equal(directory.known('kv'), 'kv@localhost:2', 'nobody looks at each call')
  clock.advance(2_000)
  t.equal(directory.known('kv'), 'kv@localhost:2', 'nor waits for the look')
  await new Promise(setImmediate)
  t.equal(directory.known('kv'), undefined)
  t.equal(await directory.resolve('kv'), 'kv@localhost:1')
  t.equal(directory.greeting('kv')?.isVia, undefined)
})
