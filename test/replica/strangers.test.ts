/** Who is no member of the cluster, and what it can not do to the cluster, whatever it says. */
import t, { type Test } from 'tap'
import type { Json } from '../../lib/json.js'
import { systemClock } from '../../lib/system/clock.js'
import { systemRandom } from '../../lib/system/random.js'
import { createTransport } from '../../lib/system/transport.js'
import { Connection } from '../../lib/rpc/channels/connection.js'
import { InvalidParamsError, SessionExpiredError, UnauthorizedError } from '../../lib/rpc/errors.js'
import { NESTING_MAX } from '../../lib/replica/machine/command-text.js'
import { KeyValue } from '../../lib/shipped/kv.js'
import { leaderOf, silent, startMembers, stopMembers } from './members.js'

const members = await startMembers(3, new Map([['kv', KeyValue]]))
t.teardown(() => stopMembers(members))
const leader = await leaderOf(members)

/** It leads whatever happens: however long a command holds up this process, nobody else stands for election. */
const alone = await startMembers(1, new Map([['kv', KeyValue]]))
t.teardown(() => stopMembers(alone))
const only = await leaderOf(alone)

/** A connection of a stranger to a member, by default to the leader of the three. */
function stranger(t: Test, { port } = leader): Connection {
  const connection = new Connection({
    address: { kind: 'tcp', host: '127.0.0.1', port },
    transport: createTransport(),
    clock: systemClock,
    random: systemRandom,
    logger: silent,
  })
  t.teardown(() => connection.close())
  return connection
}

const own = leader.replica.status()
const other = own.members.find(({ id }) => id !== own.id)?.id ?? ''

const hello = (id: string, more: object = {}): Json => ({
  version: 1,
  cluster: 'test',
  clusterId: own.clusterId,
  id,
  incarnation: 'of a stranger',
  ...more,
})

const vote = (candidateId: string, term: number): Json => ({
  version: 1,
  term,
  candidateId,
  lastLogIndex: 1_000_000,
  lastLogTerm: term,
  transfer: true,
})

const heartbeat = (leaderId: string, term: number): Json => ({
  version: 1,
  term,
  leaderId,
  prevLogIndex: 0,
  prevLogTerm: 0,
  entries: [],
  leaderCommit: 0,
  round: 1,
})

/** A term that the members do not reach by themselves while a test runs, and that they would believe. */
const FAR = own.term + 1000

function untouched(t: Test): void {
  for (const { replica } of members)
    t.ok(replica.status().term < FAR, `${replica.status().id} keeps its term`)
}

const refusedHellos: [string, Json][] = [
  ['of a member that nobody has added', hello('evil')],
  ['of a name that every object inherits', hello('__proto__')],
  ['without the cluster’s id, of a member that nobody has added', hello('evil', { clusterId: null })],
  ['of another cluster', hello(other, { cluster: 'other' })],
  ['of another cluster with the same name', hello(other, { clusterId: 'other' })],
  ['of a member with another folder', hello(other)],
  ['of the very member that is asked', hello(own.id)],
  ['of another version', hello(other, { version: 2 })],
  ['of a version that is no number', hello(other, { version: { toString: 1 } })],
]

for (const [who, greeting] of refusedHellos) {
  void t.test(`a hello ${who} is refused, and so is what follows it`, async (t) => {
    const connection = stranger(t)
    await t.rejects(connection.call(`${own.id}.hello`, [greeting]), UnauthorizedError)
    const { id } = greeting as { id: string }
    const requests: [string, Json][] = [
      ['preVote', vote(id, FAR)],
      ['requestVote', vote(id, FAR)],
      ['appendEntries', heartbeat(id, FAR)],
    ]
    for (const [method, message] of requests)
      await t.rejects(connection.call(`${own.id}.${method}`, [message]), UnauthorizedError, method)
    untouched(t)
  })
}

/** Says hello again until it is refused for `reason`. */
async function refusedFor(
  connection: Connection,
  greeting: Json,
  reason: string,
): Promise<UnauthorizedError> {
  for (;;) {
    const error: unknown = await connection
      .call(`${own.id}.hello`, [greeting])
      .catch((thrown: unknown) => thrown)
    if (!(error instanceof UnauthorizedError)) throw new Error(`not refused: ${String(error)}`)
    if ((error.data as { reason?: string } | undefined)?.reason === reason) return error
  }
}

void t.test(
  'a member with another folder is in doubt first, and wiped once the others say so too',
  async (t) => {
    const connection = stranger(t)
    const greeting = hello(other, { incarnation: 'of a new folder' })
    await refusedFor(connection, greeting, 'doubted-member')
    const { message } = await refusedFor(connection, greeting, 'wiped-member')
    t.match(message, new RegExp(`^${other} has lost its data folder`))
  },
)

void t.test(
  'a stranger that the cluster was recovered without is told so by the clusters’ ids',
  async (t) => {
    const greeting = hello('m9', { clusterId: null, clusterIdInLog: 'before' })
    const { message } = await refusedFor(stranger(t), greeting, 'unknown-member')
    t.match(
      message,
      /^the data folder of m9 is of the cluster test with id before, and this is the one with id /,
    )
    t.match(message, /recovered or restored without m9\. Remove that folder, .* rollcall add m9 --port PORT$/)
  },
)

void t.test('an id of a cluster that is not committed is no reason to refuse a member', async (t) => {
  const greeting = hello(other, {
    clusterId: null,
    clusterIdInLog: 'of a lost leader',
    incarnation: `${other}-first`,
  })
  t.match(await stranger(t).call(`${own.id}.hello`, [greeting]), { id: own.id })
})

void t.test('a member speaks for itself alone, and in terms that can be', async (t) => {
  const connection = stranger(t)
  await connection.call(`${own.id}.hello`, [hello(other, { incarnation: `${other}-first` })])
  await t.rejects(connection.call(`${own.id}.requestVote`, [vote('evil', FAR)]), UnauthorizedError)
  for (const term of [-1, 1.5, 2 ** 53, '7', null])
    await t.rejects(
      connection.call(`${own.id}.requestVote`, [{ ...(vote(other, 1) as object), term }]),
      InvalidParamsError,
    )
  t.match(await connection.call(`${own.id}.requestVote`, [vote(other, 2 ** 53 - 1)]), { voteGranted: false })
  untouched(t)
})

void t.test('a command nested too deeply is refused, one below is kept as it is', async (t) => {
  const nested = (levels: number): Json => (levels === 0 ? [] : [nested(levels - 1)])
  const connection = stranger(t, only)
  const params = `["deep",${'['.repeat(50_000)}${']'.repeat(50_000)}]`
  await t.rejects(connection.call('kv.set', ['deep', nested(NESTING_MAX)]), InvalidParamsError)
  const response = await fetch(`http://127.0.0.1:${only.port}/`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: `{"jsonrpc":"2.0","id":1,"method":"kv.set","params":${params}}`,
  })
  t.match(await response.json(), { error: { code: -32602 } })
  const deep = nested(NESTING_MAX - 2)
  t.equal(await connection.call('kv.set', ['deep', deep]), null)
  t.same(await connection.call('kv.get', ['deep']), deep)
})

void t.test('a command of a session that nobody has opened is not run', async (t) => {
  const connection = stranger(t, only)
  const meta = { session: 'unheard of', seq: 1 }
  await t.rejects(connection.call('kv.set', ['once', 1], { meta }), SessionExpiredError)
  t.equal(await connection.call('kv.get', ['once']), null)
})
