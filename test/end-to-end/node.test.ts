/** One node's command line at work: objects of the user's own, log lines for machines, a disk that refuses. */
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { connect } from '../../api.js'
import { Operator } from '../harness/operator.js'
import { cli, freePorts, Running, temporaryFolder } from '../harness/processes.js'

const project = join(import.meta.dirname, '../../..')

t.test(
  '--objects serves the classes of a module beside the shipped ones, and they survive a kill',
  async (t) => {
    const flags = ['--objects', join(project, 'examples/visits/visits.js')]
    const { cluster, client } = await Operator.start(t, 3, flags)
    await client.call('visits', 'visit', ['/home'])
    t.equal(await client.call('visits', 'visit', ['/home']), 2)
    await cluster.kill(await cluster.leader(client))
    t.equal(await client.call('visits', 'of', ['/home']), 2)
  },
)

t.test('a module that exports no classes is refused with what it should export', async (t) => {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'wrong.mjs'), 'export default 7\n')
  const { status, stderr } = await new Running(['node', 'node1', '--objects', 'wrong.mjs'], folder).ended
  t.equal(status, 1)
  t.match(stderr, /^error: INVALID_OBJECTS: .*wrong\.mjs.*export default/m)
})

t.test('--log-format json gives one JSON object a line', async (t) => {
  const [port = 0] = await freePorts(1)
  const node = new Running(
    ['node', 'a', '--members', `a@localhost:${port}`, '--log-format', 'json'],
    temporaryFolder(t),
  )
  t.teardown(() => node.kill())
  await node.says(/elected leader/)
  node.signal('SIGTERM')
  const { status, stderr } = await node.ended
  t.equal(status, 0)
  for (const line of stderr.trim().split('\n'))
    t.match(JSON.parse(line), { name: 'a', msg: String, time: String })
})

t.test(
  'a node whose disk refuses a write, and not for want of room, says so and ends, and what it has acknowledged is there',
  async (t) => {
    const folder = temporaryFolder(t)
    const [port = 0] = await freePorts(1)
    const members = `a@localhost:${port}`
    // A limit on the size of files, in KiB: the next segment's write fails.
    const limited = `ulimit -f 1500; NODE_OPTIONS= exec '${process.execPath}' '${cli}' node a --members ${members}`
    const node = spawn('bash', ['-c', limited], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
    const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
      node.once('close', (status, signal) => resolve(status ?? signal))
    })
    let stderr = ''
    node.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    const client = await connect({
      nameserver: members.replace('a@', ''),
      members: [members],
      timeoutMs: 20_000,
    })
    t.teardown(() => client.close())

    let acknowledged = 0
    const value = 'x'.repeat(90_000)
    // Before it is up and after it has ended, nothing is.
    while (node.exitCode === null && acknowledged < 100) {
      const append = client.call('log', 'append', [value], { timeoutMs: 3000 })
      await append.then(
        () => acknowledged++,
        () => undefined,
      )
    }
    const status = await ended
    t.equal(status, 1)
    t.match(stderr, /^error: STORAGE_FAILED: .*EFBIG.*Free or repair the disk, then start this member again/m)
    t.ok(acknowledged > 0 && acknowledged < 100, `${acknowledged} commands were acknowledged`)

    // Without the limit, as it was told to do.
    const again = new Running(['node', 'a', '--members', members], folder)
    t.teardown(() => again.kill())
    await again.says(/elected leader/)
    const length = Number(await client.call('log', 'length', []))
    t.ok(length >= acknowledged, `${length} are there`)
  },
)
