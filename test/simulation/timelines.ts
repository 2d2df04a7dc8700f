/**
 * Two clusters of the social network, with followers of each in the other, and between them carriers that die as well:
 * two for each direction, both at work, which is more than the election among them allows. Every follower has every
 * post once, in its author's order.
 */
import assert from 'node:assert/strict'
import { ms } from '../../lib/ports.js'
import { RemoteError, RollcallError } from '../../lib/rpc/errors.js'
import type { Remote } from '../../lib/rpc/proxies/proxy.js'
import { CheckedRun } from '../../testing/simulator/checked-run.js'
import { SimulatedCluster } from '../../testing/simulator/cluster.js'
import { drawFaults, drawSnapshotLimits, type FaultPlan } from '../../testing/simulator/fault-plan.js'
import { Faults } from '../../testing/simulator/faults.js'
import { PEACE } from '../../testing/simulator/paths.js'
import type { ProcessPorts, Program, SimulatedProcess } from '../../testing/simulator/process.js'
import { Starter } from '../../testing/simulator/starter.js'
import { World } from '../../testing/simulator/world.js'
import { Carrier, Timelines } from '../social/modules.js'
import { tell, type Story, type StoryOptions } from './story.js'

/** Who is down is started after so long. Virtual milliseconds. */
const START_MS = 200
const CHAOS_MS = 2_500
const CALL_MS = 2_500
/** Mean time between two calls in each cluster. */
const POST_MS = 40
const ALL = 1_000
/** How long a cluster is away, and how often somebody posts elsewhere meanwhile: more than one batch. */
const AWAY_MS = 3_600_000
const AWAY_POST_MS = 6_000

interface Neighbours {
  readonly name: string
  readonly beside?: Side | undefined
}

/** One of the two clusters: `fan` and `fickle` follow `author` of the other one, `fickle` now and then. */
class Side {
  readonly name: string
  readonly cluster: SimulatedCluster
  readonly run: CheckedRun
  readonly faults: Faults
  readonly starter: Starter
  /** Posts of its author that it was told are there. */
  acknowledged = 0
  #underWay = 0
  readonly #client
  readonly #carriers: SimulatedProcess[] = []

  constructor(
    readonly world: World,
    plan: FaultPlan,
    { name, beside }: Neighbours,
  ) {
    this.name = name
    this.cluster = new SimulatedCluster(world, {
      nodes: 3,
      cluster: name,
      faults: plan.network,
      driftPpmMax: plan.driftPpmMax,
      objects: { timelines: Timelines },
      snapshotLimits: drawSnapshotLimits(world.dice),
      beside: beside?.cluster,
    })
    this.run = new CheckedRun(world, this.cluster, beside?.run.check)
    this.starter = new Starter(world, this.cluster, plan)
    this.#client = this.cluster.client(`client of ${name}`, CALL_MS)
    this.faults = new Faults(world, this.cluster, this.starter, plan, new Set([this.#client]))
  }

  get author(): string {
    return `author-${this.name}`
  }

  get timelines(): Remote<Timelines> {
    const { running } = this.#client
    assert.ok(running, 'a client that is spared runs')
    return running.rollcall.object<Timelines>('timelines')
  }

  /** Two that carry from here to there, and are started again whenever they have died. */
  carryTo(there: Side): void {
    for (const which of ['one', 'other'])
      this.#carriers.push(
        this.cluster.process('carriers', `${which} from ${this.name}`, (ports) =>
          this.#carrier(ports, there),
        ),
      )
  }

  async #carrier(ports: ProcessPorts, there: Side): Promise<Program> {
    const rollcall = await this.cluster.connect(ports, CALL_MS)
    const other = await there.cluster.connect(ports, CALL_MS)
    const ending = new AbortController()
    const carrier = new Carrier({
      rollcall,
      deliver: (_cluster, part) => other.object<Timelines>('timelines').receive(this.name, part),
      pause: (forMs) => new Promise((resolve) => void ports.clock.after(ms(forMs), resolve)),
      tell: () => this.world.count('troubles that carriers told of'),
    })
    this.world.spawn(() => carrier.run(ending.signal))
    return {
      stop: async () => {
        ending.abort()
        rollcall.close()
        other.close()
      },
    }
  }

  async settle({ author, name }: Side): Promise<void> {
    for (const user of [this.author, 'fan', 'fickle']) await this.#surely(() => this.timelines.join(user))
    await this.#surely(() => this.timelines.follow('fan', author, name))
  }

  /** All its members lose power, and those who carry from here die. */
  goAway(): void {
    for (const { process } of this.cluster.nodes) process.losePower()
    for (const carrier of this.#carriers) carrier.crash()
  }

  /** Posts, and changes of mind, for as long as the faults last. */
  begin(there: Side): void {
    this.world.repeat(() => this.#does(() => this.post()), POST_MS)
    const { author, name } = there
    this.world.repeat(() => this.#does(() => this.timelines.follow('fickle', author, name)), 8 * POST_MS)
    this.world.repeat(() => this.#does(() => this.timelines.unfollow('fickle', author)), 12 * POST_MS)
  }

  async post(): Promise<void> {
    await this.timelines.post(this.author, 'hello')
    this.acknowledged++
    this.world.count('posts acknowledged')
  }

  /** Until it is done, or has been: then the object itself refuses it another time. */
  async #surely(task: () => Promise<unknown>): Promise<void> {
    for (;;) {
      try {
        await task()
        return
      } catch (error) {
        if (!(error instanceof RollcallError)) throw error
        if (error instanceof RemoteError) return
      }
    }
  }

  #does(task: () => Promise<unknown>): void {
    this.world.spawn(async () => {
      this.#underWay++
      try {
        await task()
      } catch (error) {
        if (!(error instanceof RollcallError)) throw error
      } finally {
        this.#underWay--
      }
    })
  }

  get isIdle(): boolean {
    return this.#underWay === 0
  }

  /** What users here have of the other side's author, who has `posts`. */
  async verify({ author }: Side, posts: number): Promise<void> {
    const numbers = async (user: string): Promise<readonly number[]> => {
      const page = await this.timelines.timeline(user, 0, ALL)
      return page.posts.map((post) => (assert.equal(post.author, author), post.number))
    }
    const all = Array.from({ length: posts }, (_, at) => at + 1)
    assert.deepEqual(
      await numbers('fan'),
      all,
      `in ${this.name} each post of ${author} is there once, in order`,
    )
    const some = await numbers('fickle')
    assert.ok(
      some.every((number, at) => at === 0 || number > (some[at - 1] ?? 0)),
      `in ${this.name} no post of ${author} is there twice, or before an earlier one: ${some.join()}`,
    )
  }
}

/** @throws SimulationFailure */
export async function timelines(seed: number, options: StoryOptions = {}): Promise<Story> {
  const world = new World(seed)
  const plan = drawFaults(world.dice)
  const north = new Side(world, plan, { name: 'north' })
  const south = new Side(world, plan, { name: 'south', beside: north })
  const ways = [
    [north, south],
    [south, north],
  ] as const
  return tell(seed, world, options, async () => {
    const { run } = south
    const { paths } = north.cluster.network
    paths.faults = PEACE
    for (const [here, there] of ways) here.carryTo(there)
    let isAtPeace = true
    const startAgain = (): void => {
      if (isAtPeace) for (const { starter } of [north, south]) starter.startDown()
    }
    startAgain()
    // Disks have their faults from the beginning, and who meets one before the others do is started by nobody yet.
    world.repeat(startAgain, START_MS)
    await run.until('both clusters serve', () => ways.every(([{ cluster }]) => cluster.serving !== undefined))
    for (const [here, there] of ways) await run.done('users come', () => here.settle(there))
    for (const [here, { author }] of ways)
      await run.achieve('the other cluster hears of it', () => here.timelines.isHeard(author))
    isAtPeace = false
    paths.faults = plan.network
    for (const [here, there] of ways) {
      here.faults.begin()
      here.begin(there)
    }
    await run.run(CHAOS_MS)
    for (const { faults } of [north, south]) faults.end(undefined)
    for (const [here, there] of ways) {
      await run.until('every call has an outcome', () => here.isIdle)
      let posts = 0
      await run.done('one more post', async () => {
        posts = await here.timelines.post(here.author, 'the last')
      })
      assert.ok(posts > here.acknowledged, 'nothing that was acknowledged is gone')
      await run.achieve('nothing waits', async () => (await here.timelines.destinations()).length === 0)
      await run.done('what followers have', () => there.verify(here, posts))
    }
    return north.acknowledged + south.acknowledged
  })
}

/** One of the clusters is away for an hour, in which users of the other one post. @throws SimulationFailure */
export async function hourAway(seed: number, options: StoryOptions = {}): Promise<Story> {
  const world = new World(seed)
  world.isChaotic = false
  const plan = drawFaults(world.dice)
  const north = new Side(world, plan, { name: 'north' })
  const south = new Side(world, plan, { name: 'south', beside: north })
  return tell(seed, world, options, async () => {
    const { run } = south
    north.cluster.network.paths.faults = PEACE
    north.carryTo(south)
    south.carryTo(north)
    for (const { starter } of [north, south]) starter.startDown()
    await run.until('both clusters serve', () =>
      [north, south].every(({ cluster }) => cluster.serving !== undefined),
    )
    await run.done('users come', () => north.settle(south))
    await run.done('users come', () => south.settle(north))
    for (const [here, { author }] of [
      [north, south],
      [south, north],
    ] as const)
      await run.achieve('the other cluster hears of it', () => here.timelines.isHeard(author))
    for (const here of [north, south]) await run.done('a post', () => here.post())
    north.goAway()
    for (const end = world.now + AWAY_MS; world.now < end;) {
      await run.run(AWAY_POST_MS)
      await run.done('a post', () => south.post())
    }
    await run.done('what waits', async () => {
      assert.deepEqual(await south.timelines.destinations(), ['north'], 'nobody is there to have it')
    })
    north.starter.startDown()
    await run.until('it is back', () => north.cluster.serving !== undefined)
    await run.done('another post', () => north.post())
    for (const [here, there] of [
      [north, south],
      [south, north],
    ] as const) {
      await run.achieve('nothing waits', async () => (await here.timelines.destinations()).length === 0)
      await run.done('what followers have', () => there.verify(here, here.acknowledged))
    }
    return north.acknowledged + south.acknowledged
  })
}
