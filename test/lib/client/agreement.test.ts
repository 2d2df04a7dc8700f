/** Two clusters of one name, and a client that was given places of both. */
import t from 'tap'
import { Agreement } from '../../../lib/client/agreement.js'
import type { MemberView } from '../../../lib/client/views.js'
import { uri, type Uri } from '../../../lib/rpc/uri.js'

const NAMESERVER = { kind: 'tcp', host: 'localhost', port: 9090 } as const
const [FIRST, SECOND, THIRD] = [uri('n1@localhost:1'), uri('n1@localhost:2'), uri('n2@localhost:3')]

function view(place: Uri, clusterId: string | null): MemberView {
  const about = { id: place.slice(0, 2), uri: place, cluster: 'rollcall', clusterId, term: 1, leader: null }
  const indexes = { commitIndex: 1, lastApplied: 1, lastIndex: 1, snapshotIndex: 0 }
  return { ...about, ...indexes, role: 'follower', reachable: true, members: [] }
}

/** `ids`: of the cluster that each member is of; who is not there does not answer. */
function agreementOf(seeds: readonly Uri[], leader: Uri | undefined, ids: ReadonlyMap<Uri, string | null>) {
  const asked: Uri[] = []
  const agreement = new Agreement({
    cluster: 'rollcall',
    seeds,
    recorded: async () => leader && { leader, nameserver: NAMESERVER },
    status: async (member) => {
      asked.push(member)
      const id = ids.get(member)
      return id === undefined ? { id: 'n', uri: member, reachable: false, reason: 'dead' } : view(member, id)
    },
  })
  return { agreement, asked }
}

t.test('bug: status went to the cluster of the members, call to that of the name server', async (t) => {
  const ids = new Map([
    [FIRST, 'A'],
    [SECOND, 'B'],
  ])
  const { agreement } = agreementOf([SECOND], FIRST, ids)
  const sentence =
    /two clusters "rollcall": the name server at localhost:9090 gives n1@localhost:1, of the cluster with the id A, and the member n1@localhost:2 is of the one with the id B/
  await t.rejects(agreement.demand(), { name: 'InvalidParamsError', message: sentence })
  await t.rejects(
    agreement.demand(uri('kv@localhost:1')),
    { message: sentence },
    'an object of the other one',
  )
  await agreement.demand(uri('printer@localhost:7'))
  await agreement.demand(uri('kv@localhost:2'))
  ids.set(FIRST, 'B')
  await agreement.demand()
})

t.test('who is asked when the name server gives one of the members: nobody', async (t) => {
  const { agreement, asked } = agreementOf([FIRST, SECOND], SECOND, new Map([[FIRST, 'A']]))
  await agreement.demand()
  t.same(asked, [])
})

t.test('one member of the same cluster settles it, whatever others are left of', async () => {
  const ids = new Map([
    [FIRST, 'A'],
    [SECOND, 'old'],
    [THIRD, 'A'],
  ])
  await agreementOf([SECOND, THIRD], FIRST, ids).agreement.demand()
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
  t.test(`${what}: nothing is contradicted`, () => agreementOf([SECOND], FIRST, ids).agreement.demand())

t.test('without a record, or without members, there is nothing to compare', async (t) => {
  const { agreement, asked } = agreementOf([FIRST], undefined, new Map())
  await agreement.demand()
  await agreementOf([], FIRST, new Map([[FIRST, 'A']])).agreement.demand()
  t.same(asked, [])
})
