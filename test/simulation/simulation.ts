/** One seed, one story: faults for a while, then none; the invariants after every event, and the clients' accounts at the end. */
import assert from 'node:assert/strict'
import { checkState, ClusterInvariants } from '../../lib/raft/index.js'
import { serverId } from '../../lib/raft/types.js'
import type { RaftView, ServerId } from '../../lib/raft/types.js'
import { Clients, stale } from './clients.js'
import { Member } from './member.js'
import { Network } from './network.js'
import { World } from './world.js'

/** How long the faults last, and how long the cluster then has, at most, to come together: virtual milliseconds. */
const CHAOS_MS = 1500
const CALM_MS = 2000

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
}

export async function simulate(seed: number): Promise<Story> {
  const simulation = new Simulation(seed)
  try {
    return { seed, ...(await simulation.run()) }
  } catch (error) {
    throw new SimulationFailure(seed, error, simulation.world.trace)
  }
}

class Simulation {
  readonly world: World
  readonly #clients: Clients
  readonly #network: Network
  readonly #members = new Map<ServerId, Member>()
  readonly #invariants = new ClusterInvariants()
  /** A server's view is a new object after each step. */
  readonly #checked = new WeakSet<RaftView>()
  /** One of four that the others begin without, until it first starts. */
  #late: Member | undefined
  #chaos = true

  constructor(seed: number) {
    this.world = new World(seed)
    const { dice } = this.world
    this.#clients = new Clients(this.world)
    this.#network = new Network(this.world, (id) => this.#members.get(id), {
      meanDelayMs: 1 + dice.below(20),
      lossPerMille: dice.below(10) === 0 ? 300 : dice.below(100),
      duplicatePerMille: dice.below(500),
    })
    const ids = Array.from({ length: 3 + dice.below(3) }, (_, at) => serverId(`n${at + 1}`))
    const uris = Object.fromEntries(ids.map((id, at) => [id, `${id}@localhost:${9101 + at}`]))
    const bootstrap = { voters: ids, learners: [], uris }
    for (const id of ids) {
      const links: ConstructorParameters<typeof Member>[3] = (from, hooks) => this.#network.links(from, hooks)
      this.#members.set(
        id,
        new Member(id, this.world, bootstrap, links, (life) => this.#clients.crashed(life)),
      )
    }
    if (ids.length === 4 && dice.chance(500)) this.#delay([...this.#members.values()].at(-1))
  }

  /** Perhaps beyond the end of the faults, which starts whoever is down. */
  #delay(member: Member | undefined): void {
    this.#late = member
    this.world.after(this.world.dice.below(2 * CHAOS_MS), () => (this.#late = undefined))
  }

  async run(): Promise<Omit<Story, 'seed'>> {
    const { world } = this
    this.#startDown()
    this.#plan(() => this.#fault(), 50 + this.world.dice.below(250))
    this.#plan(() => void this.#clients.call(this.#anyone()), 15)
    await world.run(CHAOS_MS, () => this.#check())
    const absent = this.#endFaults()
    await this.#serveAgain()
    if (absent !== undefined) this.#startDown()
    await this.#compare()
    const acknowledged = this.#clients.calls.filter(({ told }) => told === 'acknowledged').length
    return { trace: world.trace, acknowledged }
  }

  #start(member: Member): void {
    const rare = this.#chaos ? 1 : 0
    const meanDelayMs = (1 + this.world.dice.below(8)) / 2
    member.start({ meanDelayMs, failPerMille: rare, crashPerMille: 3 * rare })
  }

  /** Runs the task again and again while the faults last. */
  #plan(task: () => void, meanMs: number): void {
    this.world.after(this.world.dice.delay(meanMs), () => {
      if (!this.#chaos) return
      task()
      this.#plan(task, meanMs)
    })
  }

  #anyone(): Member {
    const leader = [...this.#members.values()].find(
      (member) => member.running?.replica.raft.view.role === 'leader',
    )
    const { dice } = this.world
    const chosen = leader !== undefined && dice.chance(800) ? leader : dice.pick([...this.#members.values()])
    assert.ok(chosen)
    return chosen
  }

  #fault(): void {
    const { dice } = this.world
    const member = this.#anyone()
    const life = member.running?.life
    switch (dice.below(10)) {
      case 0:
        return member.crash()
      case 1:
      case 2:
      case 7:
        return this.#network.cuts.clear()
      case 3:
        return this.#cut(member, true)
      case 4:
        return this.#cut(member, dice.chance(500))
      case 5:
        if (life !== undefined) life.pausedUntil = this.world.now + dice.below(400)
        return
      case 6:
        if (life !== undefined) life.wallOffset += (dice.below(2) * 2 - 1) * dice.below(3_600_000)
        return
      default:
        return this.#startDown()
    }
  }

  /** Off from some of the others, both ways or one way. */
  #cut(member: Member, both: boolean): void {
    for (const other of this.#members.keys()) {
      if (other === member.id || this.world.dice.chance(300)) continue
      this.world.note(`cut ${member.id} ${both ? '<>' : '>'} ${other}`)
      this.#network.cuts.add(`${member.id}>${other}`)
      if (both) this.#network.cuts.add(`${other}>${member.id}`)
    }
  }

  #startDown(except?: Member): void {
    for (const member of this.#members.values()) {
      if (member.isDown && member !== this.#late && member !== except) this.#start(member)
    }
  }

  /** All start anew; of four, one may stay away until the other three serve. */
  #endFaults(): Member | undefined {
    this.world.note('the faults end')
    this.#chaos = false
    this.#late = undefined
    this.#network.cuts.clear()
    this.#network.faults = { meanDelayMs: 2, lossPerMille: 0, duplicatePerMille: 0 }
    for (const member of this.#members.values()) member.crash()
    const members = [...this.#members.values()]
    const absent =
      members.length === 4 && this.world.dice.chance(500) ? this.world.dice.pick(members) : undefined
    if (absent !== undefined) this.world.note(`${absent.id} stays away`)
    this.#startDown(absent)
    return absent
  }

  #check(): void {
    const broken = [...this.#members.values()].find((member) => member.broken !== undefined)
    if (broken?.broken !== undefined) throw broken.broken
    if (this.#clients.broken !== undefined) throw this.#clients.broken
    const servers = [...this.#members.values()].flatMap((member) => member.running?.replica.raft ?? [])
    const stepped = servers.filter(({ view }) => !this.#checked.has(view))
    for (const { view } of stepped) {
      checkState(view)
      this.#checked.add(view)
    }
    if (stepped.length > 0) this.#invariants.observe(servers)
  }

  /** Runs until `isSo`, which has CALM_MS to come true. */
  async #until(what: string, isSo: () => boolean): Promise<void> {
    const { world } = this
    for (const end = world.now + CALM_MS; !isSo();) {
      assert.ok(world.now < end, `${what}, within ${CALM_MS} ms without faults`)
      await world.run(world.now + 20, () => this.#check())
    }
  }

  async #serveAgain(): Promise<void> {
    const leader = () => [...this.#members.values()].find((member) => member.running?.replica.isServing)
    await this.#until('a leader serves', () => leader() !== undefined)
    let last: ReturnType<Clients['call']>
    await this.#until('a command is acknowledged', () => {
      const serving = leader()
      const isUnderWay = last !== undefined && last.told === undefined
      if (serving !== undefined && !isUnderWay && last?.told !== 'acknowledged')
        last = this.#clients.call(serving, 0)
      return last?.told === 'acknowledged'
    })
  }

  /** Every member comes to hold the same, which is what the clients were told. */
  async #compare(): Promise<void> {
    const members = [...this.#members.values()]
    await this.#until('all apply all', () => {
      const applied = members.map((member) => member.running?.replica.status())
      const last = Math.max(...members.map((member) => member.running?.replica.raft.view.lastLogIndex ?? 0))
      return applied.every((status) => status?.lastApplied === last)
    })
    for (const member of members) await this.#clients.verify(member)
    const states = await Promise.all(members.map((member) => this.#stateOf(member)))
    assert.equal(new Set(states).size, 1, `members differ: ${states.join(' | ')}`)
  }

  async #stateOf({ running, id }: Member): Promise<string> {
    assert.ok(running, `${id} runs`)
    const keys = ['key0', 'key1', 'key2'].map((key) => stale(running, 'kv.get', [key]))
    return JSON.stringify([await stale(running, 'log.entries', [1, 1000]), await Promise.all(keys)])
  }
}
