/** The wall clock of one member is ten years ahead of the others', or behind, from its start or all of a sudden. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Operator } from '../../harness/operator.js'
import { Running, temporaryFolder } from '../../harness/processes.js'
import { until } from '../../harness/until.js'
import { fakeTimeLibrary, sweepAfter, WallClock } from '../chaos/wall-clock.js'

const YEAR_SECONDS = 365 * 86_400
const YEARS = 10
const AHEAD = YEARS * YEAR_SECONDS
/** Milliseconds: no test lasts so long, and no jump is so short. */
const HOUR = 3_600_000
const library = fakeTimeLibrary()
const skip = library === undefined && 'faketime is not installed'

t.setTimeout(300_000)

/** Its command tells the time that commands see. */
const TIMEPIECE = `
import { commandContext } from 'rollcall'
class Timepiece {
  static commands = ['tell']
  tell() { return commandContext().now }
}
export default { timepiece: Timepiece }
`

class Scene {
  private constructor(
    readonly operator: Operator,
    readonly clock: WallClock,
    readonly t: Test,
  ) {}

  static async start(t: Test): Promise<Scene> {
    const folder = temporaryFolder(t)
    const file = join(folder, 'timepiece.mjs')
    writeFileSync(file, TIMEPIECE.replace("'rollcall'", JSON.stringify(import.meta.resolve('rollcall'))))
    const operator = await Operator.start(t, 3, ['--objects', file])
    return new Scene(operator, new WallClock(folder, library ?? ''), t)
  }

  /** node1 with that clock, which leads. */
  async startWrong(): Promise<void> {
    const { cluster } = this.operator
    const running = cluster.startNode('node1', this.clock.env, ['--priority', '1'])
    this.t.teardown(() => sweepAfter(running.pid))
    await this.leads()
  }

  async leads(): Promise<void> {
    await this.operator.until(
      (all) => all.length === 3 && all.some(({ id, role }) => id === 'node1' && role === 'leader'),
    )
  }

  /** By what the doctor sees; names follow a new leader a little later. */
  async isHealthy(): Promise<void> {
    await until('the doctor to be content', async () => (await this.operator.run('doctor')).status === 0)
  }

  async tell(): Promise<number> {
    return Number(await this.operator.client.call('timepiece', 'tell', []))
  }
}

for (const [name, seconds] of [
  ['ahead', AHEAD],
  ['behind', -AHEAD],
] as const)
  t.test(`a leader whose clock is ten years ${name} changes nothing for others`, { skip }, async (t) => {
    const scene = await Scene.start(t)
    const { operator } = scene
    const { cluster, client } = operator
    t.equal(await client.call('counter', 'increment', []), 1, 'in a session that goes on')
    await client.nameserver.register('printer', 'printer@localhost:1')
    const before = await scene.tell()
    await cluster.kill('node1')
    scene.clock.set(seconds)
    await scene.startWrong()

    t.equal(await client.call('counter', 'increment', []), 2, 'the session lasts')
    const now = await scene.tell()
    t.ok(now >= before && now < before + HOUR, `the time of the log goes on as before: ${now - before} ms`)
    await scene.isHealthy()
    // A member that was slow for a moment has handed over, and leads again.
    await until('the name to be that of node1', async () =>
      (await operator.run('lookup', 'rollcall.leader')).stdout.includes(String(cluster.members[0])),
    )

    scene.clock.set(0)
    t.equal(await client.call('counter', 'increment', []), 3)
    scene.clock.set(-seconds)
    t.equal(await client.call('counter', 'increment', []), 4, 'whichever way it jumps')
    const later = await scene.tell()
    t.ok(later >= now && later < before + HOUR, `${later - now} ms`)
    t.equal((await operator.run('lookup', 'printer')).status, 0, 'names stay')
    await scene.isHealthy()
  })

t.test(
  'where all members were down, and the first to lead is ten years ahead, so is the log from then on; no session ends',
  { skip },
  async (t) => {
    const scene = await Scene.start(t)
    const { operator } = scene
    const { cluster, client } = operator
    t.equal(await client.call('counter', 'increment', []), 1)
    const before = await scene.tell()
    await cluster.kill(...cluster.ids)
    scene.clock.set(AHEAD)
    for (const id of ['node2', 'node3']) cluster.startNode(id, { ...scene.clock.env })
    await scene.startWrong()
    t.equal(await client.call('counter', 'increment', []), 2, 'in the same session')
    const ahead = await scene.tell()
    t.ok(ahead > before + AHEAD * 1000 - HOUR, `${ahead - before} ms`)

    await cluster.kill(...cluster.ids)
    for (const id of cluster.ids) cluster.startNode(id)
    await cluster.everyone(client)
    t.equal(
      await client.call('counter', 'increment', []),
      3,
      'and in the same session once the clocks are right',
    )
    const after = await scene.tell()
    t.ok(after >= ahead && after < ahead + HOUR, `the time of the log never goes back: ${after - ahead} ms`)
    await scene.isHealthy()
  },
)

t.test(
  'a name server whose clock jumps by ten years keeps all names that are renewed',
  { skip },
  async (t) => {
    const scene = await Scene.start(t)
    const { operator, clock } = scene
    const { cluster } = operator
    await cluster.kill('nameserver')
    const port = cluster.nameserver.slice('localhost:'.length)
    const running = new Running(['nameserver', '--port', port], cluster.folder, clock.env)
    t.teardown(async () => {
      await running.kill()
      sweepAfter(running.pid)
    })
    const names = async () => (await operator.run('names')).stdout
    const isHeld = async () => /node1/.test(await names()) && /node3/.test(await names())
    await until('all to have registered again', isHeld)
    for (const seconds of [AHEAD, -AHEAD, 0]) {
      clock.set(seconds)
      for (let look = 0; look < 4; look++) t.ok(await isHeld(), `${seconds} s`)
    }
    await scene.isHealthy()
  },
)
