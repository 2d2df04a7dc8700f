/** One seed, one story: faults for a while, then none; the invariants after every event, and the clients' accounts at the end. */
import assert from 'node:assert/strict'
import { membersOf } from '../../lib/raft/quorum.js'
import { Calls, stale } from './calls.js'
import { Checks } from './checks.js'
import { Clients } from './clients.js'
import { Cluster } from './cluster.js'
import { Faults } from './faults.js'
import { Ledger } from './ledger.js'
import type { Command } from './ledger.js'
import type { Member } from './member.js'
import { Operator } from './operator.js'
import { drawPlan } from './plan.js'
import type { Plan } from './plan.js'
import { SessionClient } from './session-clients.js'
import { Watcher } from './watchers.js'
import { World } from './world.js'

/** How long the cluster has, at most, for each step of coming together: virtual milliseconds. */
const CALM_MS = 3000

export class SimulationFailure extends Error {
  constructor(seed: number, cause: unknown, trace: readonly string[]) {
    const rule = cause instanceof Error ? cause.message : String(cause)
    super(`seed ${seed}: ${rule}\nThe last events:\n${trace.slice(-60).join('\n')}`, { cause })
  }
}

export interface Story {
  readonly seed: number
  readonly trace: readonly string[]
  readonly acknowledged: number
  /** How often what happened. */
  readonly tally: ReadonlyMap<string, number>
}

export async function simulate(seed: number, plan?: Plan): Promise<Story> {
  const simulation = new Simulation(seed, plan)
  try {
    return { seed, ...(await simulation.run()) }
  } catch (error) {
    throw new SimulationFailure(seed, error, simulation.world.trace)
  }
}

class Simulation {
  readonly world: World
  readonly #plan: Plan
  readonly #cluster: Cluster
  readonly #ledger: Ledger
  readonly #clients: Clients
  readonly #operator: Operator
  readonly #faults: Faults
  readonly #checks: Checks
  readonly #sessions: readonly SessionClient[]
  readonly #watchers: readonly Watcher[]

  constructor(seed: number, plan?: Plan) {
    const world = (this.world = new World(seed))
    this.#plan = plan ?? drawPlan(world.dice)
    const calls = new Calls(world)
    const cluster = (this.#cluster = new Cluster(world, this.#plan, (life) => calls.crashed(life)))
    const ledger = (this.#ledger = new Ledger(world))
    this.#clients = new Clients(world, cluster, calls, ledger)
    this.#operator = new Operator(world, cluster, calls, this.#plan)
    this.#faults = new Faults(world, cluster)
    this.#checks = new Checks(world, cluster)
    this.#sessions = times(this.#plan.sessions, () => new SessionClient(world, cluster, calls, ledger))
    this.#watchers = times(this.#plan.watchers, () => new Watcher(world, cluster, calls))
  }

  async run(): Promise<Omit<Story, 'seed'>> {
    const { world } = this
    this.#begin()
    await world.run(this.#plan.chaosMs, () => this.#checks.check())
    const absent = this.#absent()
    this.#faults.end(absent)
    await this.#serveAgain()
    if (absent !== undefined) this.#cluster.startDown()
    await this.#repair()
    await this.#compare()
    return { trace: world.trace, tally: world.tally, acknowledged: this.#ledger.acknowledged }
  }

  #begin(): void {
    const { world } = this
    this.#cluster.startDown()
    world.repeat(() => this.#faults.strike(), this.#plan.faultMs)
    world.repeat(() => this.#clients.call(), this.#plan.callMs)
    for (const each of [...this.#sessions, ...this.#watchers]) world.spawn(() => each.run())
    this.#operator.start()
  }

  /** Of four one may stay away until the other three serve. */
  #absent(): Member | undefined {
    const { dice } = this.world
    const { members, changeMs, wipes } = this.#plan
    if (members !== 4 || changeMs !== undefined || wipes || dice.chance(500)) return undefined
    return dice.pick(this.#cluster.members)
  }

  /** Runs until `isSo`, which has CALM_MS to come true. */
  async #until(what: string, isSo: () => boolean): Promise<void> {
    const { world } = this
    for (const end = world.now + CALM_MS; !isSo();) {
      assert.ok(world.now < end, `${what}, within ${CALM_MS} ms without faults`)
      await world.run(world.now + 20, () => this.#checks.check())
    }
  }

  async #done(what: string, task: () => Promise<void>): Promise<void> {
    let isDone = false
    this.world.spawn(async () => {
      await task()
      isDone = true
    })
    await this.#until(what, () => isDone)
  }

  /** Asks again and again until the answer is yes. */
  async #achieve(what: string, ask: () => Promise<boolean>): Promise<void> {
    await this.#done(what, async () => {
      while (!(await ask())) await this.world.sleep(20)
    })
  }

  async #serveAgain(): Promise<void> {
    await this.#until('a leader serves', () => this.#cluster.serving !== undefined)
    let last: Command | undefined
    await this.#until('a command is acknowledged', () => {
      const { serving } = this.#cluster
      const isUnderWay = last !== undefined && last.outcome === undefined
      if (last?.outcome?.told === 'acknowledged') return true
      if (serving === undefined || isUnderWay) return false
      last = this.#ledger.begin('counter.increment', [1])
      this.#clients.command(serving, last)
      return false
    })
    await this.#until('clients with sessions get their answers', () =>
      this.#sessions.every(({ isIdle }) => isIdle),
    )
    for (const client of this.#sessions) await this.#done('repeats are answered', () => client.repeatAll())
  }

  /** Who was half added becomes a voter; who has lost its folder is removed. */
  async #repair(): Promise<void> {
    const { wiped } = this.#operator
    const isNamed = ({ id }: Member) => {
      const { configuration } = this.#cluster
      return configuration !== undefined && membersOf(configuration).includes(id)
    }
    if (wiped !== undefined && isNamed(wiped))
      await this.#achieve(`${wiped.id} is removed`, () => this.#operator.remove(wiped))
    for (const member of this.#cluster.members.filter(isNamed)) {
      assert.equal(
        member.fate,
        'member',
        `${member.id} is named, and does not take itself for ${member.fate}`,
      )
      if (this.#cluster.configuration?.learners.includes(member.id) === true)
        await this.#achieve(`${member.id} becomes a voter`, () => this.#operator.add(member))
    }
  }

  /** Every member comes to hold the same, which is what the clients were told. */
  async #compare(): Promise<void> {
    const named = () => membersOf(this.#cluster.configuration ?? { voters: [], learners: [], uris: {} })
    const members = () => this.#cluster.members.filter(({ id }) => named().includes(id))
    await this.#until('all apply all', () => {
      const applied = members().map((member) => member.running?.replica.status())
      const last = Math.max(...members().map((member) => member.running?.replica.raft.view.lastLogIndex ?? 0))
      return applied.length > 0 && applied.every((status) => status?.lastApplied === last)
    })
    for (const member of members()) await this.#ledger.verify(member)
    const states = await Promise.all(members().map((member) => stateOf(member)))
    assert.equal(new Set(states).size, 1, `members differ: ${states.join(' | ')}`)
    for (const watcher of this.#watchers) {
      const at = this.world.dice.pick(members())
      assert.ok(at)
      await this.#done('a watcher hears the rest', () => watcher.verify(at))
    }
  }
}

async function stateOf({ running, id }: Member): Promise<string> {
  assert.ok(running, `${id} runs`)
  const keys = ['key0', 'key1', 'key2'].map((key) => stale(running, 'kv.get', [key]))
  return JSON.stringify([await stale(running, 'log.entries', [1, 1000]), await Promise.all(keys)])
}

function times<T>(count: number, make: () => T): readonly T[] {
  return Array.from({ length: count }, make)
}
