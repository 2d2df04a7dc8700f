/** `rollcall up` with a script on stdin: the complete run of the README. */
import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import type { Teardown } from '../harness/cluster.js'
import { freePorts, Running, temporaryFolder } from '../harness/processes.js'
import { until } from '../harness/until.js'

async function up(t: Teardown, count: number): Promise<Running> {
  const [nameserver, ...nodes] = await freePorts(count + 1)
  const members = nodes.map((port, i) => `node${i + 1}@localhost:${port}`).join(',')
  const folder = temporaryFolder(t)
  const running = new Running(['up', '--nameserver', `localhost:${nameserver}`, '--members', members], folder)
  t.teardown(() => running.kill())
  return running
}

/** The processes of this machine whose parent was `pid`, or that name its ports; gone ones are gone. */
function childrenOf(pid: number): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((candidate) => parentOf(candidate) === pid)
}

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return undefined
  }
}

t.test('a script on stdin gives one result a line, and exit code 0', async (t) => {
  const running = await up(t, 4)
  running.endInput('append hello\nset x 1\nget x\nincr\nstatus\n')
  const { status, stdout, stderr } = await running.ended
  t.equal(status, 0, stderr)
  const lines = stdout.split('\n')
  t.match(JSON.parse(lines[0] ?? ''), { index: 1 })
  t.same(lines.slice(1, 4), ['null', '1', '1'])
  t.match(stdout, /node1.*\n.*node2/s)
  t.notMatch(stderr, /handing leadership over/, 'at the end nobody is left to take over')
})

t.test('a command that fails is an error line on stderr, and exit code 1 at the end', async (t) => {
  const running = await up(t, 1)
  running.endInput('call kv.set x null\nincr\n')
  const { status, stdout, stderr } = await running.ended
  t.equal(status, 1)
  t.match(stderr, /^error: INVALID_PARAMS: /m)
  t.match(stdout, /^1$/m, 'the commands after it still run')
})

t.test('the processes that it started end by themselves when it is killed', async (t) => {
  const running = await up(t, 4)
  running.write('incr\n')
  await running.says(/^1$/m)
  const children = childrenOf(running.pid)
  t.equal(children.length, 5)
  await running.kill()
  await until('its children to end', () => children.every((pid) => parentOf(pid) === undefined))
  t.pass('none is left')
})
