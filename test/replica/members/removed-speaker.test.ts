/** A connection that outlives its member's time in the cluster, or what it has shown. Time is virtual. */
import t, { type Test } from 'tap'
import { membersOf, type Json } from '../../../lib/json.js'
import type { Replica } from '../../../lib/replica/replica.js'
import { UnauthorizedError } from '../../../lib/rpc/errors.js'
import { LoneMember, uris } from '../lone-member.js'

const IDS = ['n1', 'n2', 'n3']
const n3Connection = { kind: 'lines', remote: 'n3' } as const

const hello = (id: string): Json => ({
  version: 1,
  cluster: 'test',
  clusterId: null,
  id,
  incarnation: `${id}-first`,
})

const identity: Json = [1, 1, 'identity', 'c', IDS.map((id) => [id, `${id}-first`])]
const JOINT: Json = { voters: ['n1', 'n2'], outgoing: IDS, learners: [], uris }
const WITHOUT_N3: Json = { voters: ['n1', 'n2'], learners: [], uris }

/** What n2, the leader of term 1, appends behind `prevLogIndex`. */
const append = (prevLogIndex: number, entries: readonly Json[], leaderCommit: number): Json => ({
  version: 1,
  term: 1,
  leaderId: 'n2',
  prevLogIndex,
  prevLogTerm: Math.min(prevLogIndex, 1),
  entries,
  leaderCommit,
  round: 1,
})

const vote = (candidateId: string): Json => ({
  version: 1,
  term: 7,
  candidateId,
  lastLogIndex: 1000,
  lastLogTerm: 6,
  transfer: true,
})

/** n1, which follows n2, and to which n3 has said hello. */
async function greetedByBoth(t: Test): Promise<{ member: LoneMember; replica: Replica }> {
  const member = new LoneMember()
  member.hears = false
  const replica = await member.start()
  t.teardown(() => replica.stop())
  await member.say(replica, 'hello', hello('n2'))
  await member.say(replica, 'hello', hello('n3'), n3Connection)
  return { member, replica }
}

async function answered(member: LoneMember, answer: Promise<unknown>): Promise<unknown> {
  await member.pass(1)
  return answer
}

t.test('a member whose removal is committed speaks no more, on whatever connection', async (t) => {
  const { member, replica } = await greetedByBoth(t)
  const entries = [identity, [2, 1, 'configuration', JOINT], [3, 1, 'configuration', WITHOUT_N3]]
  t.match(await answered(member, member.say(replica, 'appendEntries', append(0, entries, 3))), {
    success: true,
  })
  for (const [method, message] of [
    ['requestVote', vote('n3')],
    ['preVote', vote('n3')],
    ['address', 'n3@localhost:1'],
    ['digest', 1],
  ] as const) {
    const answer = await answered(member, member.say(replica, method, message, n3Connection))
    t.ok(answer instanceof UnauthorizedError, `${method}: ${String(answer)}`)
  }
  t.match(replica.status(), { term: 1, leader: { id: 'n2' } })
})

t.test('and is favoured no more, whatever it calls', async (t) => {
  const member = new LoneMember()
  member.hears = false
  const replica = await member.start()
  t.teardown(() => replica.stop())
  let isStill: (() => boolean) | undefined
  const favour = (still: () => boolean): unknown => (isStill = still)
  await member.say(replica, 'hello', hello('n2'))
  await member.say(replica, 'hello', hello('n3'), { ...n3Connection, favour })
  t.equal(isStill?.(), true)
  await answered(member, member.say(replica, 'appendEntries', append(0, [identity], 1)))
  t.equal(isStill?.(), true)
  const removal = [
    [2, 1, 'configuration', JOINT],
    [3, 1, 'configuration', WITHOUT_N3],
  ]
  await answered(member, member.say(replica, 'appendEntries', append(1, removal, 2)))
  t.equal(isStill?.(), true, 'not committed')
  await answered(member, member.say(replica, 'appendEntries', append(3, [], 3)))
  t.equal(isStill?.(), false)
})

t.test(
  'a member whose certificate counts no more speaks no more, until it greets with another',
  async (t) => {
    const member = new LoneMember()
    member.hears = false
    let table = { n2: true, n3: true }
    const isMember = ({ remote }: { readonly remote: string }): boolean => remote !== 'n3' || table.n3
    member.door = { proof: undefined, isMember, asOf: () => table }
    const replica = await member.start()
    t.teardown(() => replica.stop())
    let isStill: (() => boolean) | undefined
    const favour = (still: () => boolean): unknown => (isStill = still)
    const connection = { ...n3Connection, favour }
    await member.say(replica, 'hello', hello('n3'), connection)
    await answered(member, member.say(replica, 'preVote', vote('n3'), connection))
    table = { ...table }
    t.equal(isStill?.(), true, 'the table is another one, and names it still')
    table = { ...table, n3: false }
    t.equal(isStill?.(), false)
    const refused = await answered(member, member.say(replica, 'requestVote', vote('n3'), connection))
    t.match(refused, {
      label: 'UNAUTHORIZED',
      message: /by which n3 had shown .* counts no more here; say hello again$/,
    })
    t.match(replica.status(), { term: 0 })
    table = { ...table, n3: true }
    t.match(await answered(member, member.say(replica, 'hello', hello('n3'), connection)), { id: 'n1' })
  },
)

t.test('one whose removal is not committed, or was taken back, is a member', async (t) => {
  const { member, replica } = await greetedByBoth(t)
  const entries = [identity, [2, 1, 'configuration', JOINT], [3, 1, 'configuration', WITHOUT_N3]]
  await answered(member, member.say(replica, 'appendEntries', append(0, entries, 2)))
  const answer = await answered(member, member.say(replica, 'preVote', vote('n3'), n3Connection))
  t.match(answer, { voteGranted: false })
})

t.test('bug: a leader whose removal was not committed was a stranger to who had restarted', async (t) => {
  const member = new LoneMember()
  member.hears = false
  const replica = await member.start()
  t.teardown(() => replica.stop())
  await member.say(replica, 'hello', hello('n2'))
  const entries = [identity, [2, 1, 'configuration', JOINT], [3, 1, 'configuration', WITHOUT_N3]]
  await answered(member, member.say(replica, 'appendEntries', append(0, entries, 2)))
  const greeting = (incarnation: string) =>
    answered(member, member.say(replica, 'hello', { ...membersOf(hello('n3')), incarnation }, n3Connection))
  t.match(await greeting('n3-second'), { message: /knows no member n3/ }, 'with another folder')
  t.match(await greeting('n3-first'), { id: 'n1' })
  await answered(member, member.say(replica, 'appendEntries', append(3, [], 3)))
  t.match(await greeting('n3-first'), { message: /knows no member n3/ }, 'once it is committed')
})

t.test('a leader that is being removed is followed until another one leads', async (t) => {
  const { member, replica } = await greetedByBoth(t)
  const entries = [
    identity,
    [2, 1, 'configuration', { voters: ['n1', 'n3'], outgoing: IDS, learners: [], uris }],
    [3, 1, 'configuration', { voters: ['n1', 'n3'], learners: [], uris }],
  ]
  await answered(member, member.say(replica, 'appendEntries', append(0, entries, 3)))
  t.match(await answered(member, member.say(replica, 'appendEntries', append(3, [], 3))), { success: true })
})
