/**
 * One run of a trial: faults for a while, then none; rules after every event, and in the end what the clients were
 * told.
 */
import type { Json } from '../../lib/json.js'
import { HostedObject } from '../../lib/replica/objects/hosted.js'
import type { MarkKind } from '../../lib/replica/objects/marks.js'
import { Recorder } from '../checker/history.js'
import type { MethodCall } from '../checker/history.js'
import { draw } from '../checker/draw.js'
import { check } from '../checker/linearizability.js'
import type { Model } from '../checker/model.js'
import { smallestPart } from '../checker/smallest.js'
import { SimulatedCluster } from '../simulator/cluster.js'
import { drawFaults, drawSnapshotLimits } from '../simulator/fault-plan.js'
import { Faults } from '../simulator/faults.js'
import { CheckedRun } from '../simulator/checked-run.js'
import { OtherResults } from '../simulator/invariants.js'
import { Starter } from '../simulator/starter.js'
import { World } from '../simulator/world.js'
import { aloneModel } from './alone.js'
import { Copies } from './copies.js'
import { TrialClient } from './trial-client.js'
import { demandCall, nodesOf } from './options.js'
import { Rules } from './rules.js'
import { BrokenRule, SILENT, SUBJECT } from './subject.js'
import { TrialFailure } from './trial.js'
import type { Trial, TrialCall } from './trial.js'

export interface RunReport {
  readonly answered: number
  readonly unknown: number
  readonly isUndecided: boolean
  readonly faults: ReadonlyMap<string, number>
}

/** Virtual milliseconds. */
const CHAOS_MS = 2000
const CLIENTS = 3
/** For each part that is judged by itself: a second or so. */
const STEPS_MAX = 500_000
/** Whoever tries an object out waits for it, and where a step makes the object anew, some take a second or two. */
const SHRINK_STEPS_MAX = 50_000

export class TrialRun<Shared extends object, State> {
  readonly #trial: Trial<Shared, State>
  readonly #world: World
  readonly #cluster: SimulatedCluster
  readonly #copies: Copies
  readonly #checkedRun: CheckedRun
  readonly #starter: Starter
  readonly #faults: Faults
  readonly #history = new Recorder()
  readonly #kinds: HostedObject
  readonly #clients: readonly TrialClient[]

  /** @throws UnsuitableClassError for a class that can't be replicated */
  constructor(trial: Trial<Shared, State>, seed: number) {
    const { object } = trial
    const world = new World(seed)
    const plan = drawFaults(world.dice)
    const snapshotLimits = world.dice.chance(600) ? drawSnapshotLimits(world.dice) : undefined
    const rules = new Rules(trial)
    this.#kinds = new HostedObject(SUBJECT, object, SILENT)
    const { className } = this.#kinds.marks
    const copies = new Copies(world, className || 'object', rules.check.bind(rules))
    const cluster = new SimulatedCluster(world, {
      nodes: nodesOf(trial),
      faults: plan.network,
      driftPpmMax: plan.driftPpmMax,
      objects: { [SUBJECT]: object },
      snapshotLimits,
      watch: (node) => copies.watch(node),
    })
    this.#trial = trial
    this.#world = world
    this.#cluster = cluster
    this.#copies = copies
    this.#checkedRun = new CheckedRun(world, cluster)
    this.#starter = new Starter(world, cluster, plan)
    this.#faults = new Faults(world, cluster, this.#starter, plan)
    this.#clients = Array.from({ length: CLIENTS }, (_, n) => this.#client(`client${n + 1}`))
  }

  /** @throws TrialFailure */
  async run(): Promise<RunReport> {
    const { trace, seed, tally } = this.#world
    try {
      await this.#chaos()
      await this.#calm()
      const isUndecided = this.#verify()
      const sum = (of: (client: TrialClient) => number) =>
        this.#clients.reduce((total, each) => total + of(each), 0)
      return {
        answered: sum((each) => each.answered),
        unknown: sum((each) => each.unknown),
        isUndecided,
        faults: tally,
      }
    } catch (error) {
      const told = error instanceof OtherResults ? this.#copies.otherResults(error) : error
      const rule = told instanceof Error ? told.message : String(told)
      const call = told instanceof BrokenRule ? told.call : undefined
      throw new TrialFailure(seed, rule, trace.lines, told, call)
    }
  }

  #client(name: string): TrialClient {
    return new TrialClient({
      world: this.#world,
      cluster: this.#cluster,
      name,
      history: this.#history,
      next: () => this.#next(),
      isQuery: (method) => this.#kindOf(method) === 'query',
    })
  }

  #next(): TrialCall {
    const call: unknown = this.#trial.calls(this.#world.dice)
    demandCall(call)
    const [method] = call
    if (this.#kindOf(method) !== undefined) return call
    throw new Error(`calls() names ${method}, which ${this.#kinds.marks.className} does not mark`)
  }

  #kindOf(method: string): MarkKind | undefined {
    return this.#kinds.marks.methods.get(method)?.kind
  }

  async #chaos(): Promise<void> {
    this.#starter.startDown()
    this.#faults.begin()
    for (const client of this.#clients) this.#world.spawn(() => client.run())
    await this.#checkedRun.run(CHAOS_MS)
  }

  async #calm(): Promise<void> {
    const checkedRun = this.#checkedRun
    this.#faults.end(undefined)
    await checkedRun.until('every call has an outcome', () => this.#clients.every(({ isIdle }) => isIdle))
    for (const client of this.#clients) await checkedRun.achieve('a call is answered', () => client.call())
    await checkedRun.until('all nodes apply all', () => {
      const { nodes, replicas } = this.#cluster
      const last = Math.max(...replicas.map(({ raft }) => raft.view.lastLogIndex))
      return replicas.length === nodes.length && replicas.every(({ raft }) => raft.view.lastApplied === last)
    })
    this.#copies.demandSameEvents(this.#cluster.replicas)
  }

  /** Whether the checker gave up. */
  #verify(): boolean {
    return this.#trial.model === undefined
      ? this.#verifyWith(aloneModel(this.#trial.object))
      : this.#verifyWith(this.#trial.model)
  }

  #verifyWith<Any>(model: Model<Any, MethodCall, Json>): boolean {
    const history = this.#history.history.filter(
      ({ call, outcome }) => outcome.kind === 'answered' || this.#kindOf(call.method) !== 'query',
    )
    const verdict = check(history, model, { stepsMax: STEPS_MAX })
    if (verdict.kind !== 'not linearizable') return verdict.kind === 'undecided'
    const part = smallestPart(verdict.evidence, model, { stepsMax: SHRINK_STEPS_MAX })
    const { suspicion } = this.#copies
    throw new Error(`what the clients were told does not fit together${suspicion}:\n\n${draw(part, model)}\n`)
  }
}
