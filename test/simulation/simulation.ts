/**
 * One seed, one story: faults for a while, then none; the invariants after every event, and the clients' accounts at
 * the end.
 */
import assert from 'node:assert/strict'
import { membersOf } from '../../lib/raft/quorum.js'
import type { SimulatedCluster } from '../../testing/simulator/cluster.js'
import type { SimulatedNode } from '../../testing/simulator/node.js'
import { stale } from './calls.js'
import { Faults } from '../../testing/simulator/faults.js'
import { history } from './ledger.js'
import { Operator } from './operator.js'
import type { Plan } from './plan.js'
import { SessionClient } from './session-clients.js'
import { ShippedClient } from './shipped-clients.js'
import { Stage } from './stage.js'
import { tell, type Story, type StoryOptions } from './story.js'
import { Watcher } from './watchers.js'

export interface SimulationOptions extends StoryOptions {
  /** The faults end after so many events, if not before. Default: as long as the seed's plan says. */
  readonly events?: number
  /** What is fixed of the seed's plan. */
  readonly plan?: Partial<Plan>
}

/** @throws SimulationFailure */
export async function simulate(seed: number, options: SimulationOptions = {}): Promise<Story> {
  const simulation = new Simulation(seed, options)
  const { world, ledger } = simulation.stage
  return tell(seed, world, options, async () => {
    await simulation.run(options.events ?? Infinity)
    return ledger.acknowledged
  })
}

class Simulation {
  readonly stage: Stage
  readonly #cluster: SimulatedCluster
  readonly #operator: Operator
  readonly #faults: Faults
  readonly #sessions: readonly SessionClient[]
  readonly #shipped: readonly ShippedClient[]
  readonly #watchers: readonly Watcher[]

  constructor(seed: number, { plan: change = {} }: SimulationOptions) {
    this.stage = new Stage(seed, change)
    const { world, plan, cluster, starter, calls, ledger } = this.stage
    this.#cluster = cluster
    this.#operator = new Operator(world, cluster, calls, starter, plan)
    this.#faults = new Faults(world, cluster, starter, plan, new Set([calls.process]))
    this.#sessions = times(plan.sessions, () => new SessionClient(world, cluster, calls, ledger))
    this.#shipped = times(plan.shipped, (n) => new ShippedClient(world, cluster, ledger, `client${n}`))
    this.#watchers = times(plan.watchers, (n) => new Watcher(world, cluster, `watcher${n}`))
  }

  async run(events: number): Promise<void> {
    this.#begin()
    await this.stage.run(this.stage.plan.chaosMs, events)
    const absent = this.#absent()
    this.#faults.end(absent)
    await this.stage.serves()
    await this.#answerAll()
    if (absent !== undefined) this.stage.starter.startDown()
    await this.#repair()
    await this.#compare()
    await this.#verifyNames()
    this.stage.ledger.histories.verify()
  }

  #begin(): void {
    const { world, plan, clients, starter } = this.stage
    starter.startDown()
    this.#faults.begin()
    world.repeat(() => clients.call(), plan.callMs)
    for (const each of [...this.#sessions, ...this.#shipped]) world.spawn(() => each.run())
    for (const watcher of this.#watchers) watcher.run()
    this.#operator.start()
    if (plan.nameServers > 1) world.repeat(() => this.#troubleNames(), 2 * plan.faultMs)
  }

  /** One of several is lost, or all that are come back. */
  #troubleNames(): void {
    const { world, starter } = this.stage
    if (!world.isChaotic || world.dice.chance(500)) starter.startDown()
    else world.dice.pick(this.#cluster.nameServers)?.crash()
  }

  /** Of four one may stay away until the other three serve. */
  #absent(): SimulatedNode | undefined {
    const { world, plan } = this.stage
    if (plan.members !== 4 || plan.changeMs !== undefined || plan.loss !== undefined) return undefined
    return world.dice.chance(500) ? world.dice.pick(this.#cluster.nodes) : undefined
  }

  async #answerAll(): Promise<void> {
    await this.stage.until('clients get their answers', () =>
      [...this.#sessions, ...this.#shipped].every(({ isIdle }) => isIdle),
    )
    for (const client of this.#sessions)
      await this.stage.done('repeats are answered', () => client.repeatAll())
  }

  /**
   * Who was half added becomes a voter, and so does anew who knows nobody that is there; who has lost its folder, or
   * what stands in it, is removed.
   */
  async #repair(): Promise<void> {
    const { lost } = this.#operator
    const isNamed = ({ id }: SimulatedNode): boolean => {
      const { configuration } = this.#cluster
      return configuration !== undefined && membersOf(configuration).includes(id)
    }
    if (lost !== undefined && isNamed(lost) && (lost.fate !== 'member' || this.stage.plan.loss === 'folder'))
      await this.stage.achieve(`${lost.id} is removed`, () => this.#operator.remove(lost))
    for (const node of this.#cluster.nodes.filter(isNamed)) {
      assert.equal(node.fate, 'member', `${node.id} is named, and does not take itself for ${node.fate}`)
      if (
        this.#cluster.configuration?.learners.includes(node.id) === true ||
        this.#operator.isEstranged(node)
      )
        await this.stage.achieve(`${node.id} becomes a voter`, () => this.#operator.add(node))
    }
  }

  /** Every member comes to hold the same, which is what the clients were told. */
  async #compare(): Promise<void> {
    await this.stage.until('all apply all', () => {
      const named = this.#named()
      const last = Math.max(...named.map(({ replica }) => replica?.raft.view.lastLogIndex ?? 0))
      return named.length > 0 && named.every(({ replica }) => replica?.status().lastApplied === last)
    })
    const named = this.#named()
    for (const node of named) await this.stage.ledger.verify(node)
    const states = await Promise.all(named.map((node) => stateOf(node)))
    assert.equal(new Set(states).size, 1, `members differ: ${states.join(' | ')}`)
    const replica = this.stage.world.dice.pick(named)?.replica
    assert.ok(replica, 'members run')
    const events = await history(replica)
    for (const watcher of this.#watchers) {
      await this.stage.until('a watcher hears the rest', () => watcher.hasSeenAll(events))
      watcher.verify(events)
    }
  }

  /** The name server, and whoever watches, name the leader that there is. */
  async #verifyNames(): Promise<void> {
    const { world } = this.stage
    const client = this.#shipped[0]?.process
    assert.ok(client, 'a client runs')
    const isSo = async (): Promise<boolean> => {
      const found = await client.running?.rollcall.nameserver.lookup('rollcall.leader').catch(() => undefined)
      return found !== undefined && found === this.#cluster.serving?.uri
    }
    await this.stage.done('the name server names the leader', async () => {
      while (!(await isSo())) await world.sleep(100)
    })
    await this.stage.until('who watches knows the leader', () =>
      this.#watchers.every(({ leader }) => leader === this.#cluster.serving?.uri),
    )
  }

  #named(): readonly SimulatedNode[] {
    const { configuration, nodes } = this.#cluster
    return configuration === undefined ? [] : nodes.filter(({ id }) => membersOf(configuration).includes(id))
  }
}

async function stateOf({ replica, id }: SimulatedNode): Promise<string> {
  assert.ok(replica, `${id} runs`)
  return JSON.stringify([await stale(replica, 'log.entries', [1, 1000]), await history(replica)])
}

function times<T>(count: number, make: (number: number) => T): readonly T[] {
  return Array.from({ length: count }, (_, at) => make(at + 1))
}
