/** Members are taken out of a running cluster: their processes end and say why, and the cluster goes on. */
import t from 'tap'
import { CALM } from '../../harness/calm.js'
import { freePort, Operator } from '../../harness/operator.js'

interface Summary {
  readonly id: string
  readonly voter: boolean
}

const idsIn = (stdout: string) => (JSON.parse(stdout) as readonly Summary[]).map(({ id }) => id).sort()

// From four members to one: each test goes on with those whom the one before has left. No election
// because the machine is busy: who leads, and in which term, is told here.
const operator = await Operator.start(t, 4, CALM)
const { cluster, client } = operator

t.test(
  'a follower is removed: its process says so and ends, and is refused when it is started again',
  async (t) => {
    const begun = Number(await client.call('counter', 'increment', []))
    const leader = await cluster.leader(client)
    const [gone = '', ...others] = cluster.ids.filter((id) => id !== leader)
    const stays = [leader, ...others].sort()

    const { status, stdout, stderr } = await operator.run('remove-node', gone)
    t.equal(status, 0, stderr)
    t.same(idsIn(stdout), stays)
    const repeated = await operator.run('remove-node', gone)
    t.same([repeated.status, repeated.stderr], [0, ''], 'whoever was broken off may ask again')
    t.same(idsIn(repeated.stdout), stays)
    const end = await cluster.process(gone).ended
    t.equal(end.status, 1)
    t.match(
      end.stderr,
      new RegExp(`^error: REMOVED_MEMBER: ${gone} was removed from the cluster and ends`, 'm'),
    )
    t.same(await operator.voters(), stays)
    t.equal(await client.call('counter', 'increment', []), begun + 1)

    const again = await operator.startAgain(gone).ended
    t.equal(again.status, 1)
    t.match(
      again.stderr,
      new RegExp(`^error: REMOVED_MEMBER: ${gone} was removed .*rollcall add ${gone} --port PORT`),
    )

    const back = await operator.add(gone, '--port', await freePort(), ...CALM)
    t.equal(back.status, 0, back.stderr)
    t.same(await operator.voters(), [...cluster.ids], 'it can be brought back, with the folder that it had')
    await operator.endBackground(gone)
    await operator.startAgain(gone, ...CALM).says(/ready/)
  },
)

t.test(
  'one that was down while it was removed is told when it comes back, and disturbs nobody',
  async (t) => {
    const begun = Number(await client.call('counter', 'value', []))
    const leader = await cluster.leader(client)
    const [gone = ''] = cluster.ids.filter((id) => id !== leader)
    await cluster.kill(gone)
    t.equal((await operator.run('remove-node', gone)).status, 0)
    const { term } = (await client.call(leader, 'status', [])) as { term: number }
    const back = operator.startAgain(gone)
    await back.says(new RegExp(`no understanding with \\w+: \\w+ knows no member ${gone}: it was removed`))
    t.equal(await client.call('counter', 'increment', []), begun + 1)
    t.match(await client.call(leader, 'status', []), { term, role: 'leader' })
    await back.kill()
  },
)

t.test('the leader removes itself: another leads, and it ends', async (t) => {
  const gone = await cluster.leader(client)
  const before = await operator.voters()
  const begun = Number(await client.call('counter', 'increment', []))
  const { status, stdout, stderr } = await operator.run('remove-node', gone)
  t.equal(status, 0, stderr)
  const stays = before.filter((id) => id !== gone)
  t.same(idsIn(stdout), stays)
  const end = await cluster.process(gone).ended
  t.equal(end.status, 1)
  t.match(end.stderr, /^error: REMOVED_MEMBER: /m)
  t.equal(await client.call('counter', 'increment', []), begun + 1)
  t.same(await operator.voters(), stays)
})

t.test('who is no member, and the last voter, can not be removed', async (t) => {
  const [last = '', ...others] = await operator.voters()
  for (const id of others) t.equal((await operator.run('remove-node', id)).status, 0)
  const begun = Number(await client.call('counter', 'increment', []))
  const unknown = await operator.run('remove-node', 'node9')
  t.same([unknown.status, unknown.stdout], [1, ''])
  t.match(unknown.stderr, /^error: INVALID_PARAMS: there is no member node9 to remove\n$/)
  const refused = await operator.run('remove-node', last)
  t.same([refused.status, refused.stdout], [1, ''])
  t.match(refused.stderr, new RegExp(`^error: INVALID_PARAMS: ${last} is the only voter[^\n]*\n$`))
  t.equal(await client.call('counter', 'increment', []), begun + 1, 'nothing has changed')
  t.same(await operator.voters(), [last])
})
