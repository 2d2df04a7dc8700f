/** To which name server a client turns when a call at one of them has failed. */
import t from 'tap'
import type { Json } from '../../../lib/json.js'
import { NamesLeader } from '../../../lib/client/names-leader.js'
import type { MemberView } from '../../../lib/client/views.js'
import { NameServerGroup } from '../../../lib/publishing/name-server-group.js'
import { UnreachableError } from '../../../lib/rpc/errors.js'
import { formatAddress, parseUri, uri, type Uri } from '../../../lib/rpc/uri.js'
import { ManualClock } from '../../harness/manual-clock.js'

const FIRST = uri('ns1@a:1')
const SECOND = uri('ns2@b:1')
const THIRD = uri('ns3@c:1')
const TERM = 3

function follows(place: Uri, leader: Uri | null): MemberView {
  const summary = (each: Uri) => ({ id: parseUri(each).objectId, uri: each })
  return {
    ...summary(place),
    reachable: true,
    cluster: 'rollcall.nameserver',
    clusterId: 'g',
    role: place === leader ? 'leader' : 'follower',
    term: TERM,
    leader: leader && summary(leader),
    commitIndex: 1,
    lastApplied: 1,
    lastIndex: 1,
    snapshotIndex: 0,
    members: [],
  }
}

/** A client that has met the first of three. `next`: what each tells of the next leader. Default: there is none. */
async function scene(views: readonly MemberView[], next: (id: string) => Promise<Json> = async () => null) {
  const clock = new ManualClock()
  const { address } = parseUri(FIRST)
  const group = new NameServerGroup({ given: [address], clock })
  const hello = { version: 1, cluster: 'rollcall.nameserver', clusterId: 'g', member: 'ns1' }
  await group.greet(async () => ({ ...hello, members: [FIRST, SECOND, THIRD] }), address)
  const asked: string[] = []
  const leader = new NamesLeader({
    group,
    probes: {
      call: (place, method, [term = null]) => {
        asked.push(`${method}(${Number(term)}) at ${formatAddress(place)}`)
        return next(method.slice(0, method.indexOf('.')))
      },
      status: async (member) => {
        asked.push(member)
        const gone = { id: parseUri(member).objectId, uri: member, reachable: false, reason: 'gone' } as const
        return views.find((view) => view.uri === member) ?? gone
      },
    },
  })
  const find = async (): Promise<string | undefined> => {
    const place = await leader.find()
    return place && formatAddress(place)
  }
  return { leader, find, asked, failed: () => leader.failed(address) }
}

t.test('nobody is asked while no call has failed', async (t) => {
  const { find, asked } = await scene([follows(FIRST, FIRST)])
  t.equal(await find(), undefined)
  t.same(asked, [])
})

t.test(
  'while the others follow one that is gone, the first that hears of the next leader tells',
  async (t) => {
    const told: ((leader: Json) => void)[] = []
    const heard = (): Promise<Json> => new Promise((resolve) => told.push(resolve))
    const { find, asked, failed } = await scene([follows(SECOND, FIRST), follows(THIRD, FIRST)], heard)
    failed()
    const found = Promise.all([find(), find()])
    await new Promise(setImmediate)
    t.same(asked.slice(3), [`ns2.nextLeader(${TERM}) at b:1`, `ns3.nextLeader(${TERM}) at c:1`])
    told[1]?.({ id: 'ns2', uri: SECOND, term: TERM + 1 })
    t.same(await found, ['b:1', 'b:1'], 'each was asked once for both')
    t.equal(await find(), undefined, 'and is not asked again')
  },
)

t.test('another leader than the one that failed is called at once', async (t) => {
  const { find, failed } = await scene([follows(SECOND, THIRD)], () => new Promise(() => undefined))
  failed()
  t.equal(await find(), 'c:1')
})

t.test('one that leads although a call there has failed is called again', async (t) => {
  const views = [FIRST, SECOND, THIRD].map((each) => follows(each, FIRST))
  const { find, failed } = await scene(views, () => new Promise(() => undefined))
  failed()
  t.equal(await find(), 'a:1')
})

t.test('one that no other follows any more is not believed that it leads', async (t) => {
  const former = { ...follows(FIRST, FIRST), term: TERM - 1 }
  const views = [former, follows(SECOND, null), follows(THIRD, null)]
  const elected = { id: 'ns3', uri: THIRD, term: TERM }
  const next = (): Promise<Json> => new Promise((resolve) => setImmediate(() => resolve(elected)))
  const { find, asked, failed } = await scene(views, next)
  failed()
  t.equal(await find(), 'c:1')
  t.ok(asked.includes(`ns2.nextLeader(${TERM - 1}) at b:1`), 'its term may have a leader yet')
})

t.test('where nobody hears of a leader they are asked again for the next call', async (t) => {
  let isElected = false
  const next = async (): Promise<Json> => {
    if (!isElected) throw new UnreachableError('gone')
    return { id: 'ns2', uri: SECOND, term: TERM + 1 }
  }
  const { find, failed } = await scene([follows(SECOND, FIRST)], next)
  failed()
  t.equal(await find(), undefined)
  isElected = true
  t.equal(await find(), 'b:1')
})

t.test('of one that is alone nobody is asked', async (t) => {
  const { leader, find, asked } = await scene([])
  leader.failed(parseUri(THIRD).address)
  t.equal(await find(), undefined)
  t.same(asked, [])
})
