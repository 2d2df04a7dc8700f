/** Where queries go that any member may answer. */
import t from 'tap'
import { ReadPlaces } from '../../../lib/client/read-places.js'
import type { MemberView } from '../../../lib/client/views.js'
import { formatUri, parseUri, uri, type Uri } from '../../../lib/rpc/uri.js'
import { systemRandom } from '../../../lib/system/random.js'
import { ManualClock } from '../../harness/manual-clock.js'

const LEADER = { id: 'n1', uri: 'n1@localhost:1' }

function member(at: number, leader: typeof LEADER | null = LEADER): MemberView {
  const own = { id: `n${at}`, uri: `n${at}@localhost:${at}` }
  const indexes = { term: 1, commitIndex: 1, lastApplied: 1, lastIndex: 1, snapshotIndex: 0 }
  const about = { cluster: 'rollcall', clusterId: 'c', members: [], role: 'follower' } as const
  return { ...own, ...indexes, ...about, leader, reachable: true }
}

function gone(at: number): MemberView {
  return { id: `n${at}`, uri: `n${at}@localhost:${at}`, reachable: false, reason: 'dead' }
}

function placesAmong(...views: readonly MemberView[]) {
  const forgotten: string[] = []
  const places = new ReadPlaces({
    directory: {
      views: async () => views,
      resolve: async (name) => uri(`${name}@localhost:99`),
      anyNameServer: () => uri('nameserver@localhost:9090'),
      forget: (name) => void forgotten.push(name),
    },
    probes: { call: async () => ['kv'] },
    clock: new ManualClock(),
    random: systemRandom,
  })
  return { places, forgotten }
}

async function ports(places: ReadPlaces, name: string, times: number): Promise<readonly string[]> {
  const found: Uri[] = []
  for (let n = 0; n < times; n++) found.push(await places.resolve(name))
  return found.map((each) => portOf(each)).sort()
}

function portOf(place: Uri): string {
  const { address } = parseUri(place)
  return address.kind === 'tcp' ? String(address.port) : ''
}

t.test('at one member after another, of those that answer', async (t) => {
  const { places } = placesAmong(member(1), gone(2), member(3), member(4))
  t.same(await ports(places, 'kv', 6), ['1', '1', '3', '3', '4', '4'])
  t.not(places.known('kv'), undefined, 'nobody need be asked any more')
})

t.test('members that hear from no leader are asked only where all are so', async (t) => {
  t.same(await ports(placesAmong(member(1), member(2, null)).places, 'kv', 2), ['1', '1'])
  t.same(await ports(placesAmong(member(1, null), member(2, null)).places, 'kv', 2), ['1', '2'])
})

t.test('one that failed is left out', async (t) => {
  const { places } = placesAmong(member(1), member(2))
  await places.resolve('kv')
  places.forget('kv', formatUri('kv', { kind: 'tcp', host: 'localhost', port: 2 }))
  t.same(await ports(places, 'kv', 3), ['1', '1', '1'])
})

t.test('what no member has is where it is registered', async (t) => {
  const { places, forgotten } = placesAmong(member(1), member(2))
  t.equal(await places.resolve('greeter'), 'greeter@localhost:99')
  t.equal(await places.resolve('nameserver'), 'nameserver@localhost:9090', 'whoever leads')
  t.equal(places.known('greeter'), undefined)
  places.forget('greeter', uri('greeter@localhost:99'))
  t.same(forgotten, ['greeter'])
})
