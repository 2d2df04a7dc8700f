/** One seed, one story: faults for a while, then none; the invariants after every event, and the clients' accounts at the end. */
import assert from 'node:assert/strict'
import { membersOf } from '../../lib/raft/quorum.js'
import { stale } from './calls.js'
import type { Cluster } from './cluster.js'
import { Faults } from './faults.js'
import type { Member } from './member.js'
import { Operator } from './operator.js'
import { SessionClient } from './session-clients.js'
import { Stage } from './stage.js'
import { Watcher } from './watchers.js'

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

export async function simulate(seed: number): Promise<Story> {
  const simulation = new Simulation(seed)
  const { world, ledger } = simulation.stage
  try {
    await simulation.run()
    return { seed, trace: world.trace, tally: world.tally, acknowledged: ledger.acknowledged }
  } catch (error) {
    throw new SimulationFailure(seed, error, world.trace)
  }
}

class Simulation {
  readonly stage: Stage
  readonly #cluster: Cluster
  readonly #operator: Operator
  readonly #faults: Faults
  readonly #sessions: readonly SessionClient[]
  readonly #watchers: readonly Watcher[]

  constructor(seed: number) {
    this.stage = new Stage(seed)
    const { world, plan, cluster, calls, ledger } = this.stage
    this.#cluster = cluster
    this.#operator = new Operator(world, cluster, calls, plan)
    this.#faults = new Faults(world, cluster)
    this.#sessions = times(plan.sessions, () => new SessionClient(world, cluster, calls, ledger))
    this.#watchers = times(plan.watchers, () => new Watcher(world, cluster, calls))
  }

  async run(): Promise<void> {
    this.#begin()
    await this.stage.run(this.stage.plan.chaosMs)
    const absent = this.#absent()
    this.#faults.end(absent)
    await this.stage.serves()
    await this.#answerSessions()
    if (absent !== undefined) this.#cluster.startDown()
    await this.#repair()
    await this.#compare()
  }

  #begin(): void {
    const { world, plan, clients } = this.stage
    this.#cluster.startDown()
    world.repeat(() => this.#faults.strike(), plan.faultMs)
    world.repeat(() => clients.call(), plan.callMs)
    for (const each of [...this.#sessions, ...this.#watchers]) world.spawn(() => each.run())
    this.#operator.start()
  }

  /** Of four one may stay away until the other three serve. */
  #absent(): Member | undefined {
    const { world, plan } = this.stage
    if (plan.members !== 4 || plan.changeMs !== undefined || plan.wipes) return undefined
    return world.dice.chance(500) ? world.dice.pick(this.#cluster.members) : undefined
  }

  async #answerSessions(): Promise<void> {
    await this.stage.until('clients with sessions get their answers', () =>
      this.#sessions.every(({ isIdle }) => isIdle),
    )
    for (const client of this.#sessions)
      await this.stage.done('repeats are answered', () => client.repeatAll())
  }

  /** Who was half added becomes a voter; who has lost its folder is removed. */
  async #repair(): Promise<void> {
    const { wiped } = this.#operator
    const isNamed = ({ id }: Member) => {
      const { configuration } = this.#cluster
      return configuration !== undefined && membersOf(configuration).includes(id)
    }
    if (wiped !== undefined && isNamed(wiped))
      await this.stage.achieve(`${wiped.id} is removed`, () => this.#operator.remove(wiped))
    for (const member of this.#cluster.members.filter(isNamed)) {
      assert.equal(
        member.fate,
        'member',
        `${member.id} is named, and does not take itself for ${member.fate}`,
      )
      if (this.#cluster.configuration?.learners.includes(member.id) === true)
        await this.stage.achieve(`${member.id} becomes a voter`, () => this.#operator.add(member))
    }
  }

  /** Every member comes to hold the same, which is what the clients were told. */
  async #compare(): Promise<void> {
    const named = () => membersOf(this.#cluster.configuration ?? { voters: [], learners: [], uris: {} })
    const members = () => this.#cluster.members.filter(({ id }) => named().includes(id))
    await this.stage.until('all apply all', () => {
      const applied = members().map((member) => member.running?.replica.status())
      const last = Math.max(...members().map((member) => member.running?.replica.raft.view.lastLogIndex ?? 0))
      return applied.length > 0 && applied.every((status) => status?.lastApplied === last)
    })
    for (const member of members()) await this.stage.ledger.verify(member)
    const states = await Promise.all(members().map((member) => stateOf(member)))
    assert.equal(new Set(states).size, 1, `members differ: ${states.join(' | ')}`)
    for (const watcher of this.#watchers) {
      const at = this.stage.world.dice.pick(members())
      assert.ok(at)
      await this.stage.done('a watcher hears the rest', () => watcher.verify(at))
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
