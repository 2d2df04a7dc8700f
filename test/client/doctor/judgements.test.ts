import t from 'tap'
import { judgeCluster } from '../../../client/doctor/cluster.js'
import { renderFindings, type Finding } from '../../../client/doctor/finding.js'
import { judgeFolder, type FolderSeen } from '../../../client/doctor/folders.js'
import type { Presence } from '../../../client/doctor/presence.js'
import { judgeMember } from '../../../client/doctor/members.js'
import { judgeNameServer } from '../../../client/doctor/name-servers.js'
import type { MemberStatus } from '../../../lib/member.js'
import { UnauthorizedError } from '../../../lib/rpc/errors.js'
import { uri } from '../../../lib/rpc/uri.js'

const IDS = ['a', 'b', 'c']
const place = (id: string) => ({ id, uri: `${id}@localhost:1` })

/** `id` follows a in term 2 of a cluster of three, unless `change` says otherwise. */
function status(id: string, change: Partial<MemberStatus> = {}): MemberStatus {
  return {
    ...place(id),
    cluster: 'test',
    clusterId: 'id1',
    role: id === 'a' ? 'leader' : 'follower',
    term: 2,
    leader: place('a'),
    commitIndex: 9,
    lastApplied: 9,
    lastIndex: 9,
    snapshotIndex: 0,
    members: IDS.map((member) => ({ ...place(member), voter: true })),
    ...change,
  }
}

const problems = (findings: readonly Finding[]) => findings.filter(({ level }) => level === 'problem')
const answer: Presence = { kind: 'answer', result: null }
const server = {
  address: { kind: 'tcp', host: 'h', port: 1 },
  ...{ place: 'h:1', ping: answer, leader: undefined, clusterId: null },
} as const
const known = { cluster: 'test', clusterId: 'id1', leader: null, isShort: false }
const absences: readonly Presence[] = [
  { kind: 'nobody', why: 'nobody listens there', cause: 'refused' },
  { kind: 'silent' },
  { kind: 'stranger' },
  { kind: 'other-objects', objects: ['daemon', 'kv'] },
  { kind: 'refused', error: new UnauthorizedError('show a token') },
]

t.test('a member that listens elsewhere than others are told is not one that is not there', (t) => {
  const seen = { uri: uri('a@far.example:9101'), status: undefined, listensAt: 'localhost:9101' }
  const nobody: Presence = { kind: 'nobody', why: 'nobody listens there', cause: 'refused' }
  t.match(judgeMember({ ...seen, presence: nobody }, 'test', null), {
    level: 'problem',
    what: 'listens at localhost:9101, but others are told that it is at a@far.example:9101: there nobody listens there',
    advice: /--advertise/,
  })
  t.match(judgeMember({ ...seen, presence: { kind: 'stranger' } }, 'test', null), { what: /another program/ })
  t.end()
})

t.test('nor is a name server', (t) => {
  const ping: Presence = { kind: 'nobody', why: 'nobody listens there', cause: 'refused' }
  const [found, ...more] = judgeNameServer({ ...server, ping, listensAt: '10.0.0.5:9090' }, known)
  t.match(found, {
    level: 'problem',
    what: 'listens at 10.0.0.5:9090, but was looked for at h:1: there nobody listens there',
    advice: /^give --nameserver 10\.0\.0\.5:9090, or /,
  })
  t.same(more, [])
  t.end()
})

t.test('a cluster whose members all follow one leader is healthy', async (t) => {
  t.same(
    problems(
      judgeCluster(
        IDS.map((id) => status(id)),
        'test',
      ),
    ),
    [],
  )
})

t.test('a member that nobody has an understanding with does not hide the leader of the others', (t) => {
  const why = 'c was restored from a backup'
  const apart = status('c', { term: 7, leader: null, clusterId: null, refusals: { a: why } })
  const found = problems(judgeCluster([status('a'), status('b'), apart], 'test'))
  t.match(found, [
    { what: 'a leads term 2, but c did not follow it', advice: /see below/ },
    { what: /c has|a/ },
  ])
  t.notOk(found.some(({ what }) => what.includes('nobody leads')))
  const alone = status('a', { leader: null, role: 'follower' })
  t.match(problems(judgeCluster([alone, status('b', { leader: null }), apart], 'test'))[0], {
    what: /nobody leads/,
  })
  t.end()
})

t.test('an older copy is told of: by a leader as what passes, without one as what to do', (t) => {
  const [a, b] = [status('a', { olderCopies: ['c'] }), status('b', { olderCopies: ['b'] })]
  const led = judgeCluster([a, b, status('c')], 'test').filter(({ about }) => about === 'c' || about === 'b')
  t.match(led, [{ level: 'note', about: 'c', what: /older copy.* until a has brought it up to date/ }])
  const follower = { role: 'follower', leader: null } as const
  const unled = [status('a', { ...follower, olderCopies: ['c'] }), status('c', follower)]
  t.match(problems(judgeCluster(unled, 'test')).at(-1), {
    about: 'c',
    advice: /start those that were up since.*of two voters `rollcall recover`/,
  })
  t.end()
})

t.test('a newcomer that does not count yet is told of: as what passes, or with whom to start', (t) => {
  const leader = status('a', { uncounted: ['c'] })
  t.match(judgeCluster([leader, status('b'), status('c')], 'test').at(-1), {
    level: 'note',
    about: 'c',
    what: /came for the first time, and counts for no majority before/,
  })
  t.match(problems(judgeCluster([leader, status('c', { uncounted: ['c'] })], 'test')), [
    {
      about: 'cluster test',
      what: /^c came for the first time.* no command until then$/,
      advice: 'start b again',
    },
  ])
  const followers = [status('b', { uncounted: ['b'] }), status('c', { uncounted: ['c'] })]
  t.notMatch(judgeCluster(followers, 'test'), [{ what: /first time/ }], 'nobody asks a follower who counts')
  t.end()
})

t.test('members that refuse each other are told of, once where both say the same', async (t) => {
  const why = 'b was restored from a backup (7f), and c was not: empty the data folder of c'
  const statuses = [status('a'), status('b', { refusals: { c: why } }), status('c', { refusals: { b: why } })]
  const found = problems(judgeCluster(statuses, 'test'))
  t.match(found, [{ about: 'b', what: 'has no understanding with c', advice: why }])
  t.equal(found.length, 1)
  const alone = problems(judgeCluster([status('b', { refusals: { c: why } })], 'test'))
  t.match(alone.at(-1), { about: 'b', advice: why }, 'also where there is no majority')
})

t.test('bug: members that refuse each other were said not to reach each other', async (t) => {
  const apart = { refusals: { c: 'c was not restored alike' } }
  const led = [status('a', apart), status('b'), status('c', { leader: null })]
  t.match(problems(judgeCluster(led, 'test')), [
    { what: /c did not follow it/, advice: /see below who has no understanding with whom/ },
    { what: /no understanding with c/ },
  ])
  const follower = { role: 'follower', leader: null } as const
  const unled = [status('a', { ...follower, ...apart }), status('b', follower), status('c', follower)]
  t.match(problems(judgeCluster(unled, 'test'))[0], { what: /nobody leads/, advice: /see below who has no/ })
})

t.test('bug: members of unequal settings were healthy, and could not follow each other', async (t) => {
  const settings = { 'election-timeout': '150-300', heartbeat: '50', 'read-lease': 'off', 'state-bytes': '0' }
  const same = IDS.map((id) => status(id, { settings }))
  t.same(
    judgeCluster(same, 'test'),
    judgeCluster(
      IDS.map((id) => status(id)),
      'test',
    ),
    'an older build does not say',
  )
  const unlike = [
    ...same.slice(1),
    status('a', { settings: { ...settings, 'election-timeout': '1000-2000' } }),
  ]
  const noted = judgeCluster(unlike, 'test').filter(({ level }) => level !== 'ok')
  t.match(noted, [
    { level: 'note', what: /^--election-timeout is 150-300 at b, c and 1000-2000 at a: give all/ },
  ])
  const slow = [...same.slice(1), status('a', { settings: { ...settings, heartbeat: '200' } })]
  t.match(problems(judgeCluster(slow, 'test')), [
    {
      what: /while a leads, b stands for election again and again: it waits 150 ms .* a sends one every 200 ms/,
    },
    { what: /while a leads, c stands/ },
  ])
})

t.test('bug: a member that waits for room on its disk was healthy', (t) => {
  const reason = 'ENOSPC: no space left on device, write'
  const lacking = (of: 'room' | 'descriptors'): Finding =>
    judgeMember(
      { uri: uri(place('a').uri), presence: answer, status: status('a', { shortage: { of, reason } }) },
      'test',
      'id1',
    )
  t.match(lacking('room'), {
    level: 'problem',
    what: /its disk has no room for more of the log \(ENOSPC: /,
    advice: 'make room there: it goes on by itself',
  })
  t.match(lacking('descriptors'), { what: /no file descriptor left/, advice: /ulimit -n.*by itself/ })
  t.end()
})

t.test('a member that runs on another folder than the one that is here is told of', async (t) => {
  const here: FolderSeen = {
    id: 'a',
    path: '.rollcall/a',
    inUse: false,
    owner: { id: 'a', cluster: 'test' },
    damage: undefined,
  }
  t.match(judgeFolder(here, 'test', true), [
    { level: 'note', what: /runs on another data folder than .rollcall.a/ },
  ])
  t.same(judgeFolder({ ...here, inUse: true }, 'test', true), [])
})

t.test('one voter of three that is away is no problem of the cluster, two are, and are named', async (t) => {
  t.same(problems(judgeCluster([status('a'), status('b')], 'test')), [])
  const [found] = problems(judgeCluster([status('c', { role: 'candidate', leader: null, term: 7 })], 'test'))
  t.match(found, { what: /1 of 3 voters answer, a majority is 2/, advice: /start a or b/ })
})

t.test('learners do not count for a majority', async (t) => {
  const members = [...IDS, 'l'].map((id) => ({ ...place(id), voter: id !== 'l' }))
  const [found] = problems(
    judgeCluster([status('b', { members }), status('l', { members, role: 'learner' })], 'test'),
  )
  t.match(found, { what: /1 of 3 voters/ })
})

t.test('a majority without a leader, and members that follow nobody or another, are told', async (t) => {
  const nobody = IDS.map((id) => status(id, { role: 'candidate', leader: null, term: 8 }))
  t.match(problems(judgeCluster(nobody, 'test')), [{ what: /nobody leads though a majority answers/ }])
  const astray = [status('a'), status('b'), status('c', { leader: null })]
  t.match(problems(judgeCluster(astray, 'test')), [{ what: /a leads term 2, but c did not follow/ }])
  t.match(problems(judgeCluster([], 'test')), [{ what: /no member of it answers/ }])
})

t.test('nobody is told to start what can not be reached, or is known by a wrong name', async (t) => {
  for (const cause of ['unknown-host', 'no-way', 'no-answer', 'other'] as const) {
    const presence: Presence = { kind: 'nobody', why: 'seen', cause }
    const { what, advice } = judgeMember({ uri: uri('a@h:1'), presence, status: undefined }, 'test', null)
    t.match(what, /seen/)
    t.notMatch(advice, /start/)
  }
})

t.test('a member elsewhere that is known as localhost is told to be published otherwise', async (t) => {
  const presence: Presence = { kind: 'nobody', why: 'nobody listens there', cause: 'refused' }
  const seen = { uri: uri('a@localhost:1'), presence, status: undefined, saidAt: '10.9.0.1:1' }
  const found = judgeMember(seen, 'test', null)
  t.match(found, {
    what: /the one at 10\.9\.0\.1:1 says/,
    advice: /^start a on its machine with --advertise and the name or address under which others reach it$/,
  })
})

t.test('each way of not being there is told apart, with what to do', async (t) => {
  const said = absences.map((presence) =>
    judgeMember({ uri: uri('a@h:1'), presence, status: undefined }, 'test', null),
  )
  const odd = judgeMember({ uri: uri('a@h:1'), presence: answer, status: undefined }, 'test', null)
  t.equal(new Set([...said, odd].map(({ what }) => what)).size, 6)
  t.same(problems([...said, odd]).length, 6)
  t.equal(said.at(-1)?.advice, 'see docs/errors.md', 'for its code stands there')
  const servers = absences.map((ping) =>
    judgeNameServer({ ...server, ping, leader: undefined }, { ...known, leader: null }),
  )
  t.equal(new Set(servers.flat().map(({ what }) => what)).size, 5)
  t.match(servers[1]?.[0]?.advice, 'it is stopped or another program: look at it')
})

t.test('bug: a name server of another port was told to be started on the usual one', async (t) => {
  const ping: Presence = { kind: 'nobody', why: 'nobody listens there', cause: 'refused' }
  const advice = (place: string) => judgeNameServer({ ...server, place, ping }, known)[0]?.advice
  t.match(advice('h:9090'), /`rollcall nameserver`/)
  t.match(advice('[::1]:9091'), /`rollcall nameserver --port 9091`/)
})

t.test('members of other clusters are found out, by name and by id', async (t) => {
  const seen = (own: MemberStatus) => ({ uri: uri('a@h:1'), presence: answer, status: own })
  t.equal(judgeMember(seen(status('a')), 'test', 'id1').level, 'ok')
  t.match(judgeMember(seen(status('a', { cluster: 'other' })), 'test', 'id1'), {
    what: /the cluster "other"/,
  })
  t.match(judgeMember(seen(status('a', { clusterId: 'id2' })), 'test', 'id1'), {
    what: /another cluster of the same name/,
  })
  t.equal(judgeMember(seen(status('a', { clusterId: null })), 'test', 'id1').level, 'ok')
})

t.test("a leader's record that is not so is a problem; without a leader it is news", async (t) => {
  const leader = { ...place('a'), term: 2 }
  const judged = (recorded: string | undefined, who: typeof leader | null) =>
    judgeNameServer({ ...server, leader: recorded }, { ...known, leader: who }).at(-1)
  t.equal(judged('a@localhost:1', leader)?.level, 'ok')
  t.match(judged('b@localhost:1', leader), {
    level: 'problem',
    what: /test\.leader is b@localhost:1, but a@/,
  })
  t.match(judged(undefined, leader), {
    level: 'problem',
    what: /no record test\.leader/,
    advice: /^a leader registers itself within a second.* ask again; if it stays so, check that a runs/,
  })
  const short = { ...known, leader, isShort: true }
  t.match(judgeNameServer({ ...server, leader: 'b@localhost:1' }, short).at(-1), {
    level: 'note',
    what: 'test.leader is not a@localhost:1 yet, which registers itself once it takes commands',
  })
  t.equal(judged('a@localhost:1', null)?.level, 'note')
  t.equal(judged(undefined, null)?.level, 'note')
})

t.test('a member that has all that it knows of is told to lag when the leader knows of more', async (t) => {
  const seen = { uri: uri('b@h:1'), presence: answer, status: status('b') }
  t.match(judgeMember(seen, 'test', 'id1', 5009), { level: 'note', what: /5000 entries not applied yet/ })
  t.equal(judgeMember(seen, 'test', 'id1', 1009).level, 'ok')
})

t.test('a record of another cluster of the same name is no leader that is late', async (t) => {
  const seen = { ...server, leader: 'a@h:9', clusterId: 'id2' }
  t.match(problems(judgeNameServer(seen, { ...known, leader: { ...place('a'), term: 2 } })), [
    {
      what: /test\.leader is a@h:9, of another cluster "test": its id is id2, that of the members id1/,
      advice: /^give the two clusters different names, or name servers of their own/,
    },
  ])
  t.same(problems(judgeNameServer(seen, { ...known, clusterId: null, leader: null })), [])
})

t.test('a data folder is spoken of when it is not as it should be', async (t) => {
  const folder: FolderSeen = {
    id: 'a',
    path: 'data/a',
    inUse: true,
    owner: { id: 'a', cluster: 'test' },
    damage: undefined,
  }
  t.same(judgeFolder(folder, 'test', true), [])
  t.match(judgeFolder(folder, 'test', false), [{ level: 'problem', what: /a process has its data folder/ }])
  t.match(judgeFolder({ ...folder, inUse: false }, 'test', false), [{ level: 'note', what: /free/ }])
  t.match(judgeFolder({ ...folder, owner: { id: 'b', cluster: 'test' } }, 'test', true), [
    { what: /of b of/, advice: /move it to where b has its own, and that of a here/ },
  ])
  t.match(judgeFolder(folder, 'other', true), [{ level: 'problem', advice: /give --cluster/ }])
  t.match(judgeFolder({ ...folder, damage: 'member.json is torn' }, 'test', true), [
    { advice: /verify data\/a/ },
  ])
})

t.test('findings stand in lines of their own, with what to do behind them', async (t) => {
  const text = renderFindings([
    { level: 'ok', about: 'a', what: 'leads' },
    { level: 'problem', about: 'node b', what: 'is away', advice: 'start it' },
  ])
  t.equal(text, 'ok       a       leads\nPROBLEM  node b  is away → start it')
})

t.test('where no member answers, it is asked where there are any', (t) => {
  t.match(problems(judgeCluster([], 'test')), [
    { what: 'no member of it answers', advice: /^give the places of members with --members, or see/ },
  ])
  t.end()
})
