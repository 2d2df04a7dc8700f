/** Members are taken out of a running cluster, and others, or the same with empty folders, come in their place. */
import { rmSync } from 'node:fs'
import t from 'tap'
import { CALM } from '../../harness/calm.js'
import { freePort, Operator } from '../../harness/operator.js'
import { until } from '../../harness/until.js'

const operator = await Operator.start(t, 2, CALM)
const { cluster, client } = operator

t.test('every member is replaced, one by one, and nothing is lost', async (t) => {
  const old = await operator.voters()
  await client.call('kv', 'set', ['greeting', 'hello'])
  const fresh = old.map((_, n) => `node${n + 7}`)
  for (const [n, id] of fresh.entries()) {
    const added = await operator.add(id, '--port', await freePort(), ...CALM)
    t.equal(added.status, 0, added.stderr)
    const gone = old[n] ?? ''
    const removed = await operator.run('remove-node', gone)
    t.equal(removed.status, 0, removed.stderr)
    t.match((await cluster.process(gone).ended).stderr, /REMOVED_MEMBER/)
  }
  t.same(await operator.voters(), fresh)
  t.equal(await client.call('kv', 'get', ['greeting']), 'hello')
  const newcomer = await cluster.connect()
  t.equal(await newcomer.call('kv', 'set', ['greeting', 'and on']), 'hello', 'the name server knows the way')
})

t.test(
  'one that comes back under its id, with entries on both sides of its removal, is a member again',
  async (t) => {
    const before = await operator.voters()
    const length = Number(await client.call('log', 'length', []))
    const write = async (): Promise<void> => {
      for (let n = 0; n < 50; n++) await client.call('log', 'append', ['line'])
    }
    const port = await freePort()
    t.equal((await operator.add('node20', '--port', port, ...CALM)).status, 0)
    await write()
    t.equal((await operator.run('remove-node', 'node20')).status, 0)
    await until('node20 to end', async () => !(await operator.isRunning('node20')))
    rmSync(`${cluster.folder}/.rollcall/node20`, { recursive: true })
    await write()
    const back = await operator.add('node20', '--port', port, ...CALM)
    t.equal(back.status, 0, back.stderr)
    t.same(await operator.voters(), [...before, 'node20'].sort())
    t.equal(await client.call('log', 'length', []), length + 100)
  },
)
