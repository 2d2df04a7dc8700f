/** Two clusters of one name, and a command that was given places of both. */
import t from 'tap'
import { Cluster } from '../../harness/cluster.js'
import { freePort, Operator } from '../../harness/operator.js'
import { Running } from '../../harness/processes.js'

t.setTimeout(120_000)

const first = await Operator.start(t, 1)
const second = await Cluster.start(t, 1)
const client = await second.connect()
await second.leader(client)

t.test('bug: status, add and backup went to the one, call to the other', async (t) => {
  // The record comes with the first leader's own word.
  for await (const { data } of first.client.watch('nameserver', { topic: 'rollcall.leader', from: 0 }))
    if (data !== null) break
  const places = ['--nameserver', first.cluster.nameserver, '--members', second.members.join(',')]
  const commands = [
    ['status'],
    ['call', 'counter.increment'],
    ['backup', 'monday.backup'],
    ['transfer', 'node1'],
    ['add', 'node9', '--port', await freePort()],
  ]
  for (const command of commands) {
    const run = new Running([...command, ...places], second.folder)
    const { status, stdout, stderr } = await run.ended
    t.same([status, stdout], [1, ''], command[0] ?? '')
    t.match(
      stderr,
      new RegExp(
        `error: INVALID_PARAMS: there are two clusters "rollcall": the name server at ${first.cluster.nameserver} gives ${first.cluster.members[0]}, of the cluster with the id \\S+, and the member ${second.members[0]} is of the one with the id `,
      ),
    )
  }
  const doctor = await new Running(['doctor', ...places], second.folder).ended
  t.equal(doctor.status, 1)
  t.match(doctor.stdout, /PROBLEM +name server .*another cluster "rollcall"/)
  t.equal(await first.client.call('counter', 'value', []), 0)
  t.equal(await client.call('counter', 'value', []), 0)
})
