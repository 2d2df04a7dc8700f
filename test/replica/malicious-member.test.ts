/**
 * A member that the others believe to be one, and that says what no member says: each message is refused or answered,
 * and changes nothing. Time is virtual.
 */
import t, { type Test } from 'tap'
import type { Json } from '../../lib/json.js'
import type { Replica } from '../../lib/replica/replica.js'
import { checksumOf } from '../../lib/replica/snapshots/piece-checksum.js'
import { InvalidParamsError, UnauthorizedError } from '../../lib/rpc/errors.js'
import { LoneMember, uris } from './lone-member.js'

const END = Number.MAX_SAFE_INTEGER
const IDS = ['n1', 'n2', 'n3']
const MEMBERS = { voters: IDS, learners: [], uris }

type Fields = { readonly [name: string]: Json }

const identity: Json = [1, 1, 'identity', 'c', IDS.map((id) => [id, `${id}-first`])]

/** What n2, the leader of term 1, says. */
const append = (more: Fields = {}): Json => ({
  version: 1,
  term: 1,
  leaderId: 'n2',
  prevLogIndex: 0,
  prevLogTerm: 0,
  entries: [],
  leaderCommit: 0,
  round: 1,
  ...more,
})

const head = (index: number, snapshotTerm = 1): string =>
  JSON.stringify(['head', { format: 1, index, term: snapshotTerm, time: 0, digest: [0, 0], objects: [] }])

function piece(data: string, offset: number, position: Fields = {}, more: Fields = {}): Json {
  const incarnations = IDS.map((id) => [id, `${id}-first`])
  const snapshot = { index: 9, term: 1, configuration: MEMBERS, clusterId: 'c', incarnations, ...position }
  const common = { version: 1, term: 1, leaderId: 'n2', checksum: checksumOf(data), done: false }
  return { ...common, snapshot, offset, data, ...more }
}

/** n1 follows n2, which has greeted it and committed the cluster's identity. */
async function follower(t: Test): Promise<{ member: LoneMember; replica: Replica }> {
  const member = new LoneMember()
  member.hears = false
  const replica = await member.start()
  t.teardown(() => replica.stop())
  const hello = { version: 1, cluster: 'test', clusterId: null, id: 'n2', incarnation: 'n2-first' }
  await member.say(replica, 'hello', hello)
  const told = member.say(replica, 'appendEntries', append({ entries: [identity], leaderCommit: 1 }))
  await member.pass(1)
  t.match(await told, { success: true, matchIndex: 1 })
  return { member, replica }
}

/** Says it in a scene of its own; what is answered. Afterwards nothing has changed and nothing waits. */
async function answerTo(t: Test, method: string, ...messages: readonly Json[]): Promise<unknown> {
  const { member, replica } = await follower(t)
  const before = replica.status()
  let answer: unknown
  for (const message of messages) {
    const told = member.say(replica, method, message)
    await member.pass(1)
    answer = await told
  }
  t.same(replica.status(), before, 'nothing has changed')
  t.same(replica.waiting.peerRequests, { calls: 0, bytes: 0 }, 'nothing waits')
  t.equal(member.store.snapshot, undefined, 'no snapshot is in force')
  const still = member.say(replica, 'appendEntries', append({ prevLogIndex: 1, prevLogTerm: 1 }))
  await member.pass(1)
  t.match(await still, { success: true }, 'and its leader is still heard')
  return answer
}

const command = (index: number, entered = 1): Json => [index, entered, 'command', '[]']
const configuration = (more: Fields): Json => [2, 1, 'configuration', { ...MEMBERS, ...more }]
const behind = { prevLogIndex: 1, prevLogTerm: 1 }

const unreadable: readonly [string, string, Json][] = [
  ['entries with a gap', 'appendEntries', append({ ...behind, entries: [command(3)] })],
  [
    'an entry beyond the last number',
    'appendEntries',
    append({ prevLogIndex: END, entries: [command(END)] }),
  ],
  ['an index that is no number', 'appendEntries', append({ prevLogIndex: '7' })],
  ['a negative commit index', 'appendEntries', append({ leaderCommit: -1 })],
  [
    'a configuration without voters',
    'appendEntries',
    append({ ...behind, entries: [configuration({ voters: [] })] }),
  ],
  [
    'a joint configuration whose old half has no voters',
    'appendEntries',
    append({ ...behind, entries: [configuration({ outgoing: [] })] }),
  ],
  [
    'a member that votes and learns',
    'appendEntries',
    append({ ...behind, entries: [configuration({ learners: ['n3'] })] }),
  ],
  [
    'a voter that is nowhere',
    'appendEntries',
    append({ ...behind, entries: [configuration({ voters: [...IDS, 'n9'] })] }),
  ],
  [
    'a member at what is no URI',
    'appendEntries',
    append({ ...behind, entries: [configuration({ uris: { ...uris, n3: 'n3' } })] }),
  ],
  [
    'an entry of a kind that is no text',
    'appendEntries',
    append({ ...behind, entries: [[2, 1, { toString: 1 }]] }),
  ],
  ['a snapshot at entry 0', 'installSnapshot', piece(head(0), 0, { index: 0 })],
  ['a snapshot at the end of all numbers', 'installSnapshot', piece(head(END), 0, { index: END })],
  [
    'a snapshot without voters',
    'installSnapshot',
    piece(head(9), 0, { configuration: { ...MEMBERS, voters: [] } }),
  ],
  ['a piece at a negative offset', 'installSnapshot', piece(head(9), -1)],
  ['a piece without data', 'installSnapshot', piece('', 0)],
  [
    'a read index with a number that is none',
    'readIndex',
    { version: 1, term: 1, serverId: 'n2', number: 1e99 },
  ],
  ['a request of another version', 'timeoutNow', { version: 2, term: 1, leaderId: 'n2' }],
]

for (const [what, method, message] of unreadable) {
  void t.test(`${what} is refused as unreadable`, async (t) => {
    const answer = await answerTo(t, method, message)
    t.ok(answer instanceof InvalidParamsError, String(answer))
  })
}

void t.test('a request in the name of another member is refused', async (t) => {
  const answer = await answerTo(t, 'timeoutNow', { version: 1, term: 1, leaderId: 'n3' })
  t.ok(answer instanceof UnauthorizedError, String(answer))
})

const refused: readonly [string, string, Json, Fields][] = [
  [
    'a log that begins nowhere',
    'appendEntries',
    append({ prevLogIndex: END, prevLogTerm: 1 }),
    { success: false },
  ],
  ['a term that no election can reach', 'appendEntries', append({ term: END }), { success: false, term: 1 }],
  ['a vote in such a term', 'requestVote', candidacy(END), { voteGranted: false, term: 1 }],
  ['a hand-over in such a term', 'timeoutNow', { version: 1, term: END, leaderId: 'n2' }, { term: 1 }],
  [
    'a read index asked of who does not lead',
    'readIndex',
    { version: 1, term: 1, serverId: 'n2', number: END },
    { readIndex: null },
  ],
  [
    'an entry of a later term than its leader',
    'appendEntries',
    append({ ...behind, entries: [command(2, 5)] }),
    { success: false },
  ],
  [
    'a snapshot of another cluster',
    'installSnapshot',
    piece(head(9), 0, { clusterId: 'd' }),
    { installed: false },
  ],
  ['a snapshot of a later term', 'installSnapshot', piece(head(9), 0, { term: 7 }), { installed: false }],
  ['a piece at an absurd offset', 'installSnapshot', piece(head(9), END), { installed: false, offset: 0 }],
  ['a piece that comes before the first', 'installSnapshot', piece('[]', 1), { installed: false, offset: 0 }],
  [
    'a corrupted piece',
    'installSnapshot',
    piece(head(9), 0, {}, { checksum: 1 }),
    { installed: false, offset: 0 },
  ],
  [
    'a snapshot of another entry than announced',
    'installSnapshot',
    piece(head(8), 0),
    { installed: false, offset: 0 },
  ],
  [
    'a snapshot that does not begin with its head',
    'installSnapshot',
    piece('["end"]', 0, {}, { done: true }),
    { installed: false, offset: 0 },
  ],
  ['a snapshot that is no JSON', 'installSnapshot', piece('{', 0), { installed: false, offset: 0 }],
]

function candidacy(entered: number): Json {
  return { version: 1, term: entered, candidateId: 'n2', lastLogIndex: END, lastLogTerm: END, transfer: true }
}

for (const [what, method, message, expected] of refused) {
  void t.test(`${what} is answered and changes nothing`, async (t) => {
    t.match(await answerTo(t, method, message), expected)
  })
}

void t.test('a corrupted second piece, or the third before it, does not undo the first', async (t) => {
  const first = piece(head(9), 0)
  const corrupted = piece('["end"]', 1, {}, { checksum: 1, done: true })
  const third = piece('["end"]', 2, {}, { done: true })
  t.match(await answerTo(t, 'installSnapshot', first, corrupted), { installed: false, offset: 1 })
  t.match(await answerTo(t, 'installSnapshot', first, third), { installed: false, offset: 1 })
  t.match(
    await answerTo(t, 'installSnapshot', first, first),
    { installed: false, offset: 1 },
    'nor a repeated one',
  )
})

void t.test('a commit index beyond all that was sent commits no more than that', async (t) => {
  const answer = await answerTo(t, 'appendEntries', append({ ...behind, leaderCommit: END }))
  t.match(answer, { success: true, matchIndex: 1 })
})
