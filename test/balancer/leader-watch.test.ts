import t from 'tap'
import { LeaderWatch, type SeenLeader } from '../../balancer/leader-watch.js'
import type { MemberView } from '../../lib/client/views.js'
import type { Address } from '../../lib/ports.js'
import { ms } from '../../lib/ports.js'
import { UnreachableError } from '../../lib/rpc/errors.js'
import { formatAddress, type Uri } from '../../lib/rpc/uri.js'
import { ManualClock } from '../harness/manual-clock.js'
import { silent } from '../harness/ports.js'

interface Member {
  leads: boolean
  term: number
  clusterId: string | null
  isThere: boolean
}

class Scene {
  readonly clock = new ManualClock()
  readonly members = new Map<string, Member>()
  readonly changes: SeenLeader[] = []
  readonly watch: LeaderWatch

  constructor(...uris: readonly string[]) {
    for (const uri of uris) this.add(uri)
    this.watch = new LeaderWatch({
      cluster: 'test',
      clock: this.clock,
      logger: silent,
      onChange: (leader) => this.changes.push(leader),
      directory: { views: async () => [...this.members.keys()].map((uri) => this.#view(uri)) },
      probes: {
        call: async (address: Address) => this.#at(address).leads,
        status: async (uri: Uri) => this.#view(uri),
      },
    })
  }

  add(uri: string): void {
    this.members.set(uri, { leads: false, term: 1, clusterId: 'c', isThere: true })
  }

  set(uri: string, change: Partial<Member>): void {
    const member = this.members.get(uri)
    if (member === undefined) throw new Error(`no ${uri}`)
    Object.assign(member, change)
  }

  /** Lets the clock and all that follows from it run. */
  async pass(milliseconds: number): Promise<void> {
    for (let passed = 0; passed <= milliseconds; passed += 50) {
      this.clock.advance(passed === 0 ? 0 : 50)
      for (let i = 0; i < 5; i += 1) {
        await new Promise((resolve) => setImmediate(resolve))
        this.clock.advance(0)
      }
    }
  }

  #at(address: Address): Member {
    for (const [uri, member] of this.members)
      if (uri.endsWith(`@${formatAddress(address)}`) && member.isThere) return member
    throw new UnreachableError('nobody there')
  }

  #view(uri: string): MemberView {
    const id = uri.slice(0, uri.indexOf('@'))
    const member = this.members.get(uri)
    if (member?.isThere !== true) return { id, uri, reachable: false, reason: 'gone' }
    const { leads, term, clusterId } = member
    const role = leads ? 'leader' : 'follower'
    const counts = { commitIndex: 0, lastApplied: 0, lastIndex: 0, snapshotIndex: 0 }
    const own = { id, uri, cluster: 'test', clusterId, role, term, leader: null, members: [] } as const
    return { ...own, ...counts, reachable: true }
  }
}

const A = 'a@localhost:1'
const B = 'b@localhost:2'
const C = 'c@localhost:3'

t.test('the member that says it leads is found, and followed when it changes', async (t) => {
  const scene = new Scene(A, B)
  scene.set(B, { leads: true })
  await scene.pass(0)
  t.equal(scene.watch.leader?.uri, B)
  scene.set(B, { isThere: false })
  scene.set(A, { leads: true, term: 2 })
  await scene.pass(300)
  t.equal(scene.watch.leader?.uri, A)
  t.same(
    scene.changes.map(({ uri }) => uri),
    [B, A],
  )
})

t.test('one that was cut off and still believes that it leads is not believed', async (t) => {
  const scene = new Scene(A, B)
  scene.set(A, { leads: true, term: 3 })
  await scene.pass(0)
  scene.set(B, { leads: true, term: 4 })
  await scene.pass(1000)
  t.equal(scene.watch.leader?.uri, B)
  scene.set(B, { isThere: false })
  await scene.pass(1000)
  t.equal(scene.watch.leader, undefined, 'rather nobody than the one of an older term')
})

t.test('a restored cluster begins with low terms under another id, and is followed', async (t) => {
  const scene = new Scene(A)
  scene.set(A, { leads: true, term: 90 })
  await scene.pass(0)
  scene.set(A, { isThere: false })
  await scene.pass(500)
  scene.set(A, { isThere: true, term: 2, clusterId: 'restored' })
  await scene.pass(500)
  t.equal(scene.watch.leader?.term, 2)
})

t.test('who waits for a leader gets the one that comes, or nothing at its deadline', async (t) => {
  const scene = new Scene(A)
  const patient = scene.watch.known(ms(10_000))
  const hasty = scene.watch.known(ms(100))
  await scene.pass(200)
  t.equal(await hasty, undefined)
  t.equal(scene.watch.waiting, 1)
  scene.set(A, { leads: true })
  await scene.pass(300)
  t.equal((await patient)?.uri, A)
  t.equal(scene.watch.waiting, 0)
})

t.test('a leader that a call has refuted is gone until it says again that it leads', async (t) => {
  const scene = new Scene(A, B)
  scene.set(A, { leads: true })
  await scene.pass(0)
  const first = scene.watch.leader
  if (first === undefined) throw new Error('no leader')
  scene.set(A, { leads: false, term: 2 })
  scene.set(B, { leads: true, term: 2 })
  scene.watch.refute(first)
  t.equal(scene.watch.leader, undefined)
  await scene.pass(0)
  t.equal(scene.watch.leader?.uri, B, 'all are asked at once')
  scene.watch.refute(first)
  t.equal(scene.watch.leader?.uri, B, 'news of a leader before is old news')
})

t.test('members that are added are asked, members that are removed are not believed', async (t) => {
  const scene = new Scene(A)
  scene.set(A, { leads: true })
  await scene.pass(0)
  scene.add(C)
  scene.set(C, { leads: true, term: 2 })
  await scene.pass(3000)
  t.equal(scene.watch.leader?.uri, C)
  scene.members.delete(C)
  scene.set(A, { term: 3 })
  await scene.pass(3000)
  t.same(scene.watch.members, [A])
  t.equal(scene.watch.leader?.uri, A)
  scene.watch.stop()
  t.equal(scene.clock.armed, 0, 'and nothing is left behind at the end')
})
