import t from 'tap'
import type { MemberStatus } from '../../lib/member.js'
import { ms, type Ms } from '../../lib/ports.js'
import { serverId } from '../../lib/raft/types.js'
import { MemberPages } from '../../lib/replica/pages.js'
import type { Waiting } from '../../lib/replica/waiting-metrics.js'

const follower: MemberStatus = {
  id: 'node2',
  uri: 'node2@localhost:9102',
  cluster: 'a "b"',
  clusterId: 'c',
  role: 'follower',
  term: 3,
  leader: { id: 'node1', uri: 'node1@localhost:9101' },
  commitIndex: 7,
  lastApplied: 7,
  lastIndex: 8,
  snapshotIndex: 0,
  members: [],
}

class Watched {
  now: MemberStatus = follower
  isServing = false
  dataAge: Ms | null = ms(40)
  readonly waiting: Waiting = {
    commands: { calls: 3, bytes: 300 },
    queries: { calls: 2, bytes: 0 },
    watches: { calls: 1, bytes: 0 },
    peerRequests: { calls: 0, bytes: 0 },
    applyBacklog: 70,
    peers: new Map([[serverId('node3'), { calls: 4, bytes: 4000, held: 5 }]]),
  }
  #listener: (status: MemberStatus) => void = () => undefined

  status(): MemberStatus {
    return this.now
  }

  onChange(listener: (status: MemberStatus) => void): () => void {
    this.#listener = listener
    return () => undefined
  }

  becomes(change: Partial<MemberStatus>, isServing = false): void {
    this.now = { ...this.now, ...change }
    this.isServing = isServing
    this.#listener(this.now)
  }
}

function watching(): { pages: MemberPages; replica: Watched; ready: () => number | undefined } {
  const pages = new MemberPages(
    () => ms(12),
    () => ['process_open_fds 7'],
  )
  const replica = new Watched()
  pages.watch(replica)
  return { pages, replica, ready: () => pages.page('/readyz')?.status }
}

t.test('a process that still starts lives, and is not ready', async (t) => {
  const pages = new MemberPages(
    () => ms(12),
    () => ['process_open_fds 7'],
  )
  t.equal(pages.page('/livez')?.status, 200)
  t.equal(pages.page('/readyz')?.status, 503)
  t.match(pages.page('/metrics'), { status: 200, body: '' })
  t.equal(pages.page('/other'), undefined)
})

t.test('ready is who knows a leader and has applied what is committed', async (t) => {
  const { replica, ready } = watching()
  t.equal(ready(), 200)
  replica.becomes({ leader: null })
  t.equal(ready(), 503, 'no leader')
  replica.becomes({ leader: follower.leader, lastApplied: 6 })
  t.equal(ready(), 503, 'behind')
  replica.becomes({ commitIndex: 0, lastApplied: 0 })
  t.equal(ready(), 503, 'has not heard what is committed')
})

t.test(
  'bug: a member that lacked 54,515 of 60,003 entries was ready from its leader’s first word on',
  async (t) => {
    const { replica, ready, pages } = watching()
    replica.dataAge = null
    t.equal(ready(), 503, 'it has not come to where its leader was at its first word')
    t.match(pages.page('/readyz')?.body, /has not caught up with its leader yet/)
    replica.dataAge = ms(5_000)
    t.equal(ready(), 200)
    replica.dataAge = ms(5_001)
    t.equal(ready(), 503, 'it has fallen behind since')
  },
)

t.test('bug: a newcomer was ready while no other leader would have counted it', async (t) => {
  const { pages, replica, ready } = watching()
  replica.becomes({ uncounted: ['node2'] })
  t.equal(ready(), 503)
  t.match(pages.page('/readyz')?.body, /come for the first time/)
  replica.becomes({ uncounted: [] })
  t.equal(ready(), 200)
  replica.becomes({ role: 'leader', uncounted: ['node3'] }, true)
  t.equal(ready(), 200, 'whom a leader does not count is another one')
  t.match(pages.page('/metrics')?.body, /^rollcall_uncounted_voters\{.*\} 1$/m)
})

t.test('a learner is not ready', async (t) => {
  const { replica, ready } = watching()
  replica.becomes({ role: 'learner' })
  t.equal(ready(), 503)
})

t.test('a leader is ready once it serves', async (t) => {
  const { replica, ready } = watching()
  replica.becomes({ role: 'leader' })
  t.equal(ready(), 503)
  replica.becomes({}, true)
  t.equal(ready(), 200)
})

t.test('metrics tell what waits, and for whom', async (t) => {
  const { pages } = watching()
  const body = pages.page('/metrics')?.body ?? ''
  const labels = 'cluster="a \\"b\\"",member="node2"'
  for (const line of [
    `rollcall_pending_commands{${labels}} 3`,
    `rollcall_pending_commands_bytes{${labels}} 300`,
    `rollcall_pending_queries{${labels}} 2`,
    `rollcall_pending_watches{${labels}} 1`,
    `rollcall_apply_backlog_bytes{${labels}} 70`,
    `rollcall_peer_requests_in_flight{${labels},peer="node3"} 4`,
    `rollcall_peer_bytes_in_flight{${labels},peer="node3"} 4000`,
    `rollcall_peer_requests_held_total{${labels},peer="node3"} 5`,
    'process_open_fds 7',
  ])
    t.ok(body.includes(`\n${line}\n`), line)
})

t.test('metrics tell of the term, the role, the log and the elections', async (t) => {
  const { pages, replica } = watching()
  replica.becomes({ role: 'leader', term: 4, leader: { id: 'node2', uri: follower.uri } })
  replica.becomes({}, true)
  replica.becomes({ role: 'follower', term: 5, leader: follower.leader })
  const body = pages.page('/metrics')?.body ?? ''
  const own = 'cluster="a \\"b\\"",member="node2"'
  for (const line of [
    `rollcall_term{${own}} 5`,
    `rollcall_role{${own},role="leader"} 0`,
    `rollcall_role{${own},role="follower"} 1`,
    `rollcall_leader_known{${own}} 1`,
    `rollcall_commit_index{${own}} 7`,
    `rollcall_last_applied{${own}} 7`,
    `rollcall_elections_won_total{${own}} 1`,
    `rollcall_leader_changes_total{${own}} 2`,
    `rollcall_event_loop_delay_max_seconds{${own}} 0.012`,
  ])
    t.ok(body.includes(`\n${line}\n`), line)
  for (const line of body.trimEnd().split('\n'))
    t.match(line, /^(# (HELP|TYPE) rollcall_[a-z_]+ .+|rollcall_[a-z_]+\{.+\} [\d.]+|process_open_fds 7)$/)
})
