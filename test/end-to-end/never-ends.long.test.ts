/**
 * A method that never ends: every member that comes to it stops and says so, until an operator has all of them skip it.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { OutcomeUnknownError, RemoteError, RollcallError } from '../../api.js'
import { Cluster } from '../harness/cluster.js'
import { Running, temporaryFolder } from '../harness/processes.js'

// Endless methods keep a processor busy: members that are late for it must not be taken for dead.
const FLAGS = [
  '--method-limit',
  '1000',
  '--election-timeout',
  '1000-2000',
  '--heartbeat',
  '200',
  '--log-level',
  'warn',
]

const ENDLESS = `
class Endless {
  static commands = ['step', 'spin']
  static queries = ['steps', 'search']
  count = 0
  step() { return (this.count += 1) }
  spin() { for (;;) this.count += 1 }
  steps() { return this.count }
  search() { for (;;); }
}
export default { endless: Endless }
`

const file = join(temporaryFolder(t), 'endless.mjs')
writeFileSync(file, ENDLESS)
// The one test ends with a cluster that serves again, and the other one goes on with it.
const three = await Cluster.start(t, 3, ['--objects', file, ...FLAGS])
const client = await three.connect(60_000)

/**
 * Starts a member again when it ends and a majority is missing, as an operator would, until each has said that it
 * stops. Returns what they said.
 */
async function stopsOf(ids: readonly string[]): Promise<readonly string[]> {
  const said = new Map<string, string>()
  while (said.size < ids.length) {
    const running = ids.filter((id) => three.process(id).isRunning || !said.has(id))
    const ended = await Promise.race(
      running.map(async (id) => ({ id, output: await three.process(id).ended })),
    )
    const [line] = ended.output.stderr.split('\n').filter((each) => each.startsWith('error: '))
    said.set(ended.id, `${ended.output.status} ${line}`)
    const left = ids.filter((id) => three.process(id).isRunning)
    if (said.size < ids.length && left.length * 2 < ids.length) three.startNode(ended.id)
  }
  return [...said.values()]
}

async function skip(id: string, entry: string) {
  return new Running(['skip', entry, '--data', join('.rollcall', id)], three.folder).ended
}

async function refusesToSkip(t: Test): Promise<void> {
  const refusals: readonly (readonly [string, number, RegExp])[] = [
    ['1', 1, /^error: NOT_SKIPPABLE: entry 1 is no command/],
    ['1000', 1, /^error: NOT_SKIPPABLE: the log of .* ends at entry \d+/],
    ['0', 2, /^error: USAGE: ENTRY/],
  ]
  for (const [entry, status, stderr] of refusals) {
    const output = await skip('node1', entry)
    t.equal(output.status, status)
    t.match(output.stderr, stderr)
  }
  const { stdout } = await new Running(['inspect', '.rollcall/node1', '--json'], three.folder).ended
  t.notOk('skips' in (JSON.parse(stdout) as object), 'nothing was written')
}

t.test(
  'a command that never ends stops every member, and with it skipped on each the cluster serves again',
  async (t) => {
    t.equal(await client.call('endless', 'step', []), 1)
    const spinning = client.call('endless', 'spin', []).then(
      () => undefined,
      (error: unknown) => error,
    )
    const said = await stopsOf(three.ids)
    const entry = /entry (\d+)/.exec(said[0] ?? '')?.[1] ?? 'none'
    for (const line of said)
      t.match(
        line,
        new RegExp(
          `^1 error: METHOD_NEVER_ENDS: endless\\.spin, entry ${entry} of the log, .* rollcall skip ${entry} `,
        ),
      )

    await three.kill(...three.ids)
    await refusesToSkip(t)
    for (const id of three.ids) {
      const { status, stdout, stderr } = await skip(id, entry)
      t.same([status, stderr], [0, ''])
      t.match(stdout, new RegExp(`^entry ${entry}, endless\\.spin, will be passed over`))
    }
    for (const id of three.ids) three.startNode(id)
    t.equal(await client.call('endless', 'step', []), 2, 'the command has changed nothing')
    const result = await spinning
    t.ok(result instanceof RemoteError || result instanceof OutcomeUnknownError, String(result))
    if (result instanceof RemoteError) t.equal(result.remote.name, 'EntrySkipped')
    await three.everyone(client)
  },
)

t.test('a query that never ends stops the member that runs it, and the others go on', async (t) => {
  const begun = Number(await client.call('endless', 'step', []))
  const leader = await three.leader(client)
  // Not by its name, which would lead to the next leader too.
  const place = three.members.find((uri) => uri.startsWith(leader))?.slice(leader.length) ?? ''
  const searching = client
    .call(`endless${place}`, 'search', [], { timeoutMs: 3000 })
    .catch((error: unknown) => error)
  const { status, stderr } = await three.process(leader).ended
  t.equal(status, 1)
  t.match(stderr, /^error: METHOD_NEVER_ENDS: the query endless\.search has run for 1 s/m)
  t.ok((await searching) instanceof RollcallError)
  for (const id of three.ids) t.equal(three.process(id).isRunning, id !== leader, id)
  t.equal(await client.call('endless', 'step', []), begun + 1)
})
