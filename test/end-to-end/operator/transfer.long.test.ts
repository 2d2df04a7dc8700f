/** Leadership goes where an operator wants it, and away from a member that stops. */
import t from 'tap'
import type { Rollcall } from '../../../api.js'
import { RollcallError } from '../../../lib/rpc/errors.js'
import { CALM } from '../../harness/calm.js'
import { pause } from '../../harness/cluster.js'
import { freePorts } from '../../harness/processes.js'
import { Operator } from '../../harness/operator.js'

// One after another finds it whole, and leaves it whole. No election because the machine is busy: who leads is told
// here.
const operator = await Operator.start(t, 3, CALM)
const { cluster, client } = operator

t.test('to a voter, to itself, to one that is dead, to one that nobody knows', async (t) => {
  const old = await cluster.leader(client)
  const [next = '', other = ''] = cluster.ids.filter((id) => id !== old)

  const handed = await operator.run('transfer', next)
  t.equal(handed.status, 0, handed.stderr)
  t.match(handed.stdout, new RegExp(`^"${next}@localhost:\\d+"\n$`))
  t.equal(await cluster.leader(client), next)

  const again = await operator.run('transfer', next)
  t.same([again.status, again.stdout], [0, handed.stdout], 'it leads already')

  const nobody = await operator.run('transfer', 'node9')
  t.same([nobody.status, nobody.stdout], [1, ''])
  t.match(
    nobody.stderr,
    /^error: INVALID_PARAMS: leadership can't go to node9: it is no voter of this cluster\n$/,
  )

  await cluster.kill(other)
  const dead = await operator.run('transfer', other, '--timeout', '4000')
  t.same([dead.status, dead.stdout], [1, ''])
  t.match(dead.stderr, new RegExp(`^(?:waiting: [^\n]*\n)+error: NO_QUORUM: .*${other}[^\n]*\n$`))
  t.equal(await cluster.leader(client), next, 'nothing has changed')
  t.type(await client.call('counter', 'increment', []), 'number')
  cluster.startNode(other)
  await cluster.everyone(client)
})

t.test('not to a learner', async (t) => {
  const [port = 0] = await freePorts(1)
  // It is added, and never gets so far as to vote: its process is stopped.
  const learner = operator.startAgain('node9', '--port', String(port), '--join', cluster.members.join(','))
  await learner.says(/ready/)
  learner.signal('SIGSTOP')
  t.teardown(() => learner.kill())
  const leader = await cluster.leader(client)
  const place = `node9@localhost:${port}`
  const adding = client
    .callLeader('addMember', ['node9', place], { timeoutMs: 5000 })
    .catch((error: unknown) => (error instanceof RollcallError ? error.label : error))
  await operator.until((all) => all.some(({ members }) => members.some(({ id }) => id === 'node9')))
  const refused = await operator.run('transfer', 'node9')
  t.same([refused.status, refused.stdout], [1, ''])
  t.match(
    refused.stderr,
    /^error: INVALID_PARAMS: leadership can't go to node9: it is no voter of this cluster\n$/,
  )
  t.equal(await cluster.leader(client), leader)
  t.equal(await adding, 'OUTCOME_UNKNOWN')
  t.equal((await operator.run('remove-node', 'node9')).status, 0, 'and a learner can be removed')
})

t.test('a leader that is told to stop hands over, and no acknowledged command is lost', async (t) => {
  const begun = Number(await client.call('counter', 'value', []))
  const writers = startWriting(client)
  let handedOver = 0
  for (let round = 0; round < 3; round++) {
    const leader = await cluster.leader(client)
    await writers.progress(50)
    cluster.process(leader).signal('SIGTERM')
    const { status, stderr } = await cluster.process(leader).ended
    t.equal(status, 0)
    if (/handing leadership over to node\d/.test(stderr)) handedOver++
    await operator.startAgain(leader, ...CALM).says(/ready/)
    await operator.until((all) => all.length === 3)
  }
  t.ok(handedOver > 0, 'unless it has just lost office')
  const acknowledged = await writers.stop()
  t.equal(await client.call('counter', 'value', []), begun + acknowledged)
})

/** Increments with several calls in flight. Every call is acknowledged, or fails the test. */
function startWriting(client: Rollcall) {
  let stopped = false
  let done = 0
  const write = async (): Promise<void> => {
    while (!stopped) {
      await client.call('counter', 'increment', [], { timeoutMs: 30_000 })
      done++
    }
  }
  const writers = Promise.all(Array.from({ length: 8 }, write))
  writers.catch(() => undefined)
  return {
    progress: async (count: number) => {
      const aim = done + count
      while (done < aim) await Promise.race([pause(20), writers])
    },
    stop: async () => {
      stopped = true
      await writers
      return done
    },
  }
}

t.test('a member of a higher priority leads whenever it can', async (t) => {
  const chosen = cluster.ids.find((id) => id !== 'node1') ?? ''
  const leads = (id: string) =>
    operator.until((all) => all.some((member) => member.id === id && member.role === 'leader'))
  await cluster.kill(chosen)
  cluster.startNode(chosen, {}, ['--priority', '1'])
  await leads(chosen)
  const begun = Number(await client.call('counter', 'increment', []))

  await cluster.kill(chosen)
  await operator.until((all) => all.some(({ id, role }) => id !== chosen && role === 'leader'))
  t.equal(await client.call('counter', 'increment', []), begun + 1, 'without it another one leads')
  cluster.startNode(chosen, {}, ['--priority', '1'])
  await leads(chosen)
  t.equal(await client.call('counter', 'increment', []), begun + 2, 'and it leads again when it is back')
})
