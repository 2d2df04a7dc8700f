/**
 * The table of docs/operations.md: what each command says, and how long it takes, when something is wrong. It prints
 * the table. Who hangs is stopped (SIGSTOP); who is cut off still hears the operator.
 */
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import t from 'tap'
import { pause, type Teardown } from '../../harness/cluster.js'
import { RELAYED, Relays } from '../../harness/cut-off.js'
import { freePort, Operator } from '../../harness/operator.js'
import type { Output } from '../../harness/processes.js'

t.setTimeout(600_000)

interface Row {
  readonly situation: string
  readonly cells: string[]
}

type Command = (operator: Operator, other: string) => Promise<readonly string[]>

const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['status', async () => ['status']],
  ['doctor', async () => ['doctor']],
  ['backup', async () => ['backup', 'monday.backup']],
  ['transfer', async (_, other) => ['transfer', other, '--timeout', '5000']],
  ['add', async () => ['add', 'node9', '--port', await freePort(), '--timeout', '20000']],
  ['remove-node', async () => ['remove-node', 'node9', '--timeout', '5000']],
])

const rows: Row[] = []

/** `prepare` is done before each command, and what it returns after it. */
function situation(
  name: string,
  judge: (command: string, output: Output) => boolean,
  prepare: (operator: Operator, leader: string, command: string) => Promise<() => Promise<void>>,
  start: (t: Teardown) => Promise<Operator> = (t) => Operator.start(t, 3),
): void {
  t.test(name, async (t) => {
    const operator = await start(t)
    const cells: string[] = []
    for (const [command, line] of COMMANDS) {
      const leader = await operator.cluster.leader(operator.client)
      const other = operator.cluster.ids.find((id) => id !== leader) ?? ''
      const args = await line(operator, other)
      const restore = await prepare(operator, leader, command)
      const began = performance.now()
      const output = await run(operator, args)
      cells.push(cellOf(output, performance.now() - began))
      t.ok(judge(command, output), `${command}: ${output.stderr}`)
      await restore()
      rmSync(join(operator.cluster.folder, 'monday.backup'), { force: true })
    }
    rows.push({ situation: name, cells })
  })
}

/** Without the times. */
const words = (text: string): string => text.replace(/, \d+\.\d s/g, '').replace(/ +/g, ' ')

const run = (operator: Operator, [command = '', ...args]: readonly string[]): Promise<Output> =>
  command === 'add' ? operator.add(args[0] ?? '', ...args.slice(1)) : operator.run(command, ...args)

function cellOf({ status, stderr }: Output, tookMs: number): string {
  const seconds = `${(tookMs / 1000).toFixed(1)} s`
  const [, error] = /error: (\w+): /.exec(stderr) ?? []
  return `${status === 0 ? 'done' : (error ?? `exit ${status}`)}, ${seconds}`
}

/** Whoever looks at a cluster that lacks a member tells of it. */
const isDone = (command: string, { status }: Output): boolean => command === 'doctor' || status === 0

situation('all is well', isDone, async () => async () => undefined)

situation('leader killed', isDone, async ({ cluster, client }, leader) => {
  await cluster.kill(leader)
  return async () => {
    cluster.startNode(leader)
    await cluster.leader(client)
    while (!(await cluster.statuses(client)).some(({ id }) => id === leader)) await pause(20)
  }
})

situation('leader hangs', isDone, async ({ cluster, client }, leader) => {
  cluster.process(leader).signal('SIGSTOP')
  return async () => {
    cluster.process(leader).signal('SIGCONT')
    await cluster.leader(client)
    while (!(await cluster.statuses(client)).some(({ id }) => id === leader)) await pause(20)
  }
})

let relays: Relays | undefined

situation(
  'leader cut off from the others',
  isDone,
  async ({ cluster, client }, leader, command) => {
    relays?.cutOff(leader)
    // It tells what the members have noticed by then.
    const isNoticed = async (): Promise<boolean> =>
      (await cluster.statuses(client)).some(({ id, role }) => id !== leader && role === 'leader')
    while (command === 'doctor' && !(await isNoticed())) await pause(20)
    return async () => {
      relays?.heal(leader)
      await cluster.leader(client)
      while (!(await cluster.statuses(client)).some(({ id }) => id === leader)) await pause(20)
    }
  },
  (t) => Operator.start(t, 3, RELAYED, async (cluster) => void (relays = await Relays.open(t, cluster))),
)

situation('name server gone', isDone, async ({ cluster }) => {
  await cluster.kill('nameserver')
  return () => cluster.startNameServer().says(/ready/)
})

t.test('no majority, and broken off', async (t) => {
  const operator = await Operator.start(t, 3)
  const { cluster, client } = operator
  const leader = await cluster.leader(client)
  const [left = ''] = cluster.ids.filter((id) => id !== leader)
  const lines = await Promise.all([...COMMANDS.values()].map((line) => line(operator, left)))
  await cluster.kill(...cluster.ids.filter((id) => id !== left))
  const [refused, broken]: [string[], string[]] = [[], []]
  for (const line of lines) {
    const began = performance.now()
    const output = await run(operator, line)
    refused.push(cellOf(output, performance.now() - began))
    t.ok(line[0] === 'status' || output.status === 1, `${line[0]}: ${output.stderr}`)
  }
  for (const [command = '', ...args] of lines) {
    if (command === 'status' || command === 'doctor') {
      broken.push('–')
      continue
    }
    const running = cluster.run(command, ...args)
    await running.says(/waiting: /)
    const began = performance.now()
    running.signal('SIGINT')
    const output = await running.ended
    broken.push(cellOf(output, performance.now() - began))
    t.match(output.stderr, /error: INTERRUPTED: /)
  }
  rows.push({ situation: 'no majority', cells: refused }, { situation: 'broken off then', cells: broken })
})

t.test('the table', async (t) => {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const head = ['', ...COMMANDS.keys()]
  const table = [line(head), line(head.map(() => '---'))]
  for (const { situation: name, cells } of rows) table.push(line([name, ...cells]))
  for (const text of table) t.comment(text)
  t.equal(rows.length, 7)
  const page = readFileSync(join(import.meta.dirname, '../../../../docs/operations.md'), 'utf8')
  const written = page.split('\n').filter((text) => text.startsWith('| '))
  t.same(
    written.map(words),
    table.filter((text) => !text.startsWith('| ---')).map(words),
    'as the page has it',
  )
})
