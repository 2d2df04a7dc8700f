/** Members that were started with other settings than the others: the cluster works, and it is told. */
import t from 'tap'
import { Operator } from '../../harness/operator.js'

const operator = await Operator.start(t, 3)
const { cluster, client } = operator

async function restartWith(id: string, ...flags: readonly string[]): Promise<void> {
  const running = cluster.process(id)
  running.signal('SIGTERM')
  await running.ended
  await cluster.startNode(id, {}, flags).says(/ready/)
  await operator.until((all) => all.length === 3)
}

t.test('bug: a member with another --election-timeout was told of nowhere', async (t) => {
  const leader = await cluster.leader(client)
  const [id = '', other = ''] = cluster.ids.filter((each) => each !== leader)
  await restartWith(id, '--election-timeout', '1000-2000')
  await operator.until((all) => all.every((member) => member.leader !== null))
  const sentence =
    /unequal settings: --election-timeout is (\S+) at node\d and (\S+) at node\d; give all members the same/
  await cluster.process(leader).says(sentence)
  const seen = await operator.run('doctor')
  t.match(
    seen.stdout,
    new RegExp(
      `^note .* cluster rollcall .*--election-timeout is .*1000-2000 at ${id}.*: give all members the same$`,
      'm',
    ),
  )
  t.equal(seen.status, 0, 'that harms nothing')
  await client.call('counter', 'increment', [])
  await cluster.kill(other)
  cluster.startNode(other)
  await operator.until((all) => all.length === 3 && all.every((member) => member.leader !== null))
  const lines = cluster
    .process(leader)
    .stderr.split('\n')
    .filter((line) => sentence.test(line))
  t.equal(lines.length, 1, 'one line is enough')
})

t.test('a --heartbeat that is longer than another --election-timeout is a problem', async (t) => {
  const [id = ''] = cluster.ids
  await restartWith(id, '--heartbeat', '400', '--election-timeout', '500-1000')
  const seen = await operator.run('doctor')
  t.equal(seen.status, 1)
  t.match(
    seen.stdout,
    new RegExp(`^PROBLEM .*while ${id} leads, node\\d stands for election again and again`, 'm'),
  )
})
