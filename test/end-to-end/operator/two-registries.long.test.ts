/** Two name servers that know nothing of each other, both given to all: one of them comes back empty. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { connect } from '../../../api.js'
import { freePorts, Running, temporaryFolder } from '../../harness/processes.js'
import { until } from '../../harness/until.js'

t.setTimeout(120_000)

const NAMES = ['counter', 'kv', 'log', 'node1', 'rollcall.leader']

t.test('bug: of two name servers the first stayed empty after its return', async (t) => {
  const folder = temporaryFolder(t)
  const [first = 0, second = 0, member = 0] = await freePorts(3)
  const running: Running[] = []
  t.teardown(() => Promise.all(running.filter(({ isRunning }) => isRunning).map((each) => each.kill())))
  const start = (...args: readonly string[]): Running => {
    const started = new Running(args, folder)
    running.push(started)
    return started
  }
  const data = join(folder, 'first')
  const startFirst = () => start('nameserver', '--port', String(first), '--data', data)
  const allAt = (port: number): Promise<boolean> =>
    until(`all names at ${port}`, async () => {
      const { stdout } = await start('names', '--nameserver', `localhost:${port}`).ended
      return NAMES.every((name) => stdout.includes(`${name} `))
    })
  const before = startFirst()
  start('nameserver', '--port', String(second), '--data', join(folder, 'second'))
  const both = `localhost:${first},localhost:${second}`
  start('node', 'node1', '--members', `node1@localhost:${member}`, '--nameserver', both)
  t.ok(await allAt(second))
  t.ok(await allAt(first))

  await before.kill()
  rmSync(data, { recursive: true })
  await startFirst().says(/ready/)
  t.ok(await allAt(first))
  const client = await connect({ nameserver: `localhost:${first}` })
  t.teardown(() => client.close())
  t.equal(await client.call('counter', 'increment', []), 1, 'by the first alone')
})
