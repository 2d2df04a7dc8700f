/** A process with the shipped client, which calls the object as the trial says and writes down what it is told. */
import type { Rollcall } from '../../lib/client/rollcall.js'
import { RollcallError } from '../../lib/rpc/errors.js'
import type { Recorder } from '../checker/history.js'
import type { Client, SimulatedCluster } from '../simulator/cluster.js'
import type { SimulatedProcess } from '../simulator/process.js'
import type { World } from '../simulator/world.js'
import { errorAnswer, SUBJECT } from './subject.js'
import type { TrialCall } from './trial.js'

/** Virtual milliseconds. */
const CALL_MS = 2500
const PAUSE_MS = 40
const IN_FLIGHT = 2

export interface TrialClientOptions {
  readonly world: World
  readonly cluster: SimulatedCluster
  readonly name: string
  readonly history: Recorder
  readonly next: () => TrialCall
  /** Which calls leave no trace when nobody hears of them. */
  readonly isQuery: (method: string) => boolean
}

export class TrialClient {
  answered = 0
  unknown = 0
  readonly #options: TrialClientOptions
  readonly #process: SimulatedProcess<Client>
  /** What died with a former life of the process is never answered. */
  #waiting = new Set<Promise<boolean>>()
  #rollcall: Rollcall | undefined

  constructor(options: TrialClientOptions) {
    this.#options = options
    this.#process = options.cluster.client(options.name, CALL_MS)
  }

  async run(): Promise<void> {
    const { world } = this.#options
    while (world.isChaotic) {
      await world.sleep(world.dice.delay(PAUSE_MS))
      if (this.#inFlight < IN_FLIGHT) world.spawn(() => this.call())
    }
  }

  get isIdle(): boolean {
    return this.#inFlight === 0
  }

  /** Whether it was answered. */
  async call(): Promise<boolean> {
    const rollcall = this.#process.running?.rollcall
    if (rollcall === undefined) return false
    if (rollcall !== this.#rollcall) this.#waiting = new Set()
    this.#rollcall = rollcall
    const waiting = this.#waiting
    const call = this.#attempt(rollcall, this.#options.next())
    waiting.add(call)
    const isAnswered = await call
    waiting.delete(call)
    return isAnswered
  }

  get #inFlight(): number {
    return this.#process.running?.rollcall === this.#rollcall ? this.#waiting.size : 0
  }

  async #attempt(rollcall: Rollcall, [method, ...params]: TrialCall): Promise<boolean> {
    const { history, name, world, isQuery } = this.#options
    const begun = history.begin(name, { object: SUBJECT, method, params })
    try {
      begun.ok(await rollcall.call(SUBJECT, method, params))
    } catch (error) {
      if (!(error instanceof RollcallError)) {
        world.fail(error)
        return false
      }
      if (error.outcome === 'unknown' && !isQuery(method)) {
        this.unknown++
        begun.unknown()
        return false
      }
      if (error.outcome !== 'executed') {
        begun.failed()
        return false
      }
      begun.ok(errorAnswer(error))
    }
    this.answered++
    return true
  }
}
