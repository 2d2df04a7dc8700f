/** The supervisor with a tiny program in the place of a node. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import t from 'tap'
import type { Ending } from '../../client/up/child.js'
import { Supervisor } from '../../client/up/supervisor.js'

/** Says what it does; ends tidily on SIGTERM and when the pipe to its parent does. */
const program = (start: string): readonly string[] => [
  '--input-type=module',
  '--eval',
  `import { endWithParent } from ${JSON.stringify(join(import.meta.dirname, '../../lib/system/parent.js'))}
   const end = (why) => { console.log(why); clearInterval(alive); parent.release() }
   const parent = endWithParent(() => end('with all'))
   const alive = setInterval(() => {}, 1000)
   process.once('SIGTERM', () => end('tidy'))
   ${start}`,
]
const READY = `parent.ready(); console.log('up')`

interface Watched {
  readonly supervisor: Supervisor
  readonly lines: string[]
  /** Resolves when `line` has come. */
  readonly says: (line: string) => Promise<void>
  readonly died: Promise<{ id: string; ending: Ending; first: boolean }>
}

function watched(
  t: { teardown(task: () => unknown): void },
  plans: Record<string, readonly [number, string]>,
): Watched {
  const lines: string[] = []
  const listeners = new Set<() => void>()
  const children = Object.entries(plans).map(([id, [rank, start]]) => ({
    id,
    rank,
    args: program(start),
    env: process.env,
  }))
  let tell: (death: Awaited<Watched['died']>) => void = () => undefined
  const died = new Promise<Awaited<Watched['died']>>((resolve) => (tell = resolve))
  const supervisor = new Supervisor(children, {
    line(id, line) {
      lines.push(`${id} ${line}`)
      for (const listener of listeners) listener()
    },
    died: (id, ending, first) => tell({ id, ending, first }),
  })
  t.teardown(() => supervisor.stopAll())
  const says = async (line: string): Promise<void> => {
    if (lines.includes(line)) return
    await new Promise<void>((resolve) => listeners.add(() => lines.includes(line) && resolve()))
  }
  return { supervisor, lines, says, died }
}

t.test('everything is stopped tidily, the lower ranks first', async (t) => {
  const { supervisor, lines, says } = watched(t, {
    nameserver: [1, READY],
    node1: [0, READY],
    node2: [0, READY],
  })
  supervisor.startAll()
  await Promise.all(['nameserver up', 'node1 up', 'node2 up'].map(says))
  await supervisor.stopAll()
  t.same(lines.slice(3).sort(), ['nameserver with all', 'node1 with all', 'node2 with all'])
  t.equal(lines.at(-1), 'nameserver with all')
  await t.rejects(supervisor.start('node1'), { message: /being stopped/ })
})

t.test('one that still starts is ended at once, with all', async (t) => {
  const { supervisor, lines, says } = watched(t, { node1: [0, `console.log('starting')`] })
  supervisor.startAll()
  await says('node1 starting')
  await supervisor.stopAll()
  t.same(lines, ['node1 starting', 'node1 tidy'])
})

t.test('one that is stopped alone is told so, and may hand over to those that go on', async (t) => {
  const { supervisor, lines, says } = watched(t, { node1: [0, READY], node2: [0, READY] })
  supervisor.startAll()
  await Promise.all(['node1 up', 'node2 up'].map(says))
  await supervisor.stop('node1')
  t.same(lines.slice(2), ['node1 tidy'])
})

t.test('kill ends at once, start starts again, and mistakes are told', async (t) => {
  const { supervisor, lines, says } = watched(t, { node1: [0, READY] })
  supervisor.startAll()
  await says('node1 up')
  await t.rejects(supervisor.start('node1'), { message: 'node1 is running' })
  await t.rejects(supervisor.kill('node9'), { message: /no process node9 here; there are node1/ })
  await supervisor.kill('node1')
  await t.rejects(supervisor.stop('node1'), { message: /node1 is not running; start it with: start node1$/ })
  t.same(lines, ['node1 up'])
  lines.length = 0
  await supervisor.start('node1')
  await says('node1 up')
})

t.test('a death that nobody asked for is reported, with whether the work had begun', async (t) => {
  const failed = watched(t, { node1: [0, `console.error('error: EACCES: no'); process.exit(1)`] })
  failed.supervisor.startAll()
  const expected = {
    how: 'exit code 1',
    isBySignal: false,
    wasReady: false,
    asked: false,
    lastLine: 'error: EACCES: no',
  }
  t.match(await failed.died, { id: 'node1', first: true, ending: expected })
  const crashed = watched(t, { node1: [0, `${READY}; setTimeout(() => process.exit(3), 50)`] })
  crashed.supervisor.startAll()
  t.match(await crashed.died, { ending: { how: 'exit code 3', wasReady: true } })
})

t.test('a child ends tidily when the process that started it is killed', async (t) => {
  const module = JSON.stringify(join(import.meta.dirname, '../../client/up/supervisor.js'))
  const args = JSON.stringify(
    program(READY).with(-1, `${program(READY).at(-1) ?? ''}\nconsole.log(process.pid)`),
  )
  const parent = spawn(process.execPath, [
    '--input-type=module',
    '--eval',
    `import { Supervisor } from ${module}
     const supervisor = new Supervisor([{ id: 'node1', rank: 0, args: ${args}, env: process.env }],
       { line: (id, line) => console.log(line), died() {} })
     supervisor.startAll()`,
  ])
  let pid = NaN
  for await (const chunk of parent.stdout) {
    pid = Number(/^(\d+)$/m.exec(String(chunk))?.[1] ?? pid)
    if (!Number.isNaN(pid)) break
  }
  parent.kill('SIGKILL')
  await once(parent, 'exit')
  while (isAlive(pid)) await new Promise((next) => setTimeout(next, 10))
  t.pass('it has ended')
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
