/** Clients that read and write all the time, each with a connection and a session of its own. */
import { pause } from '../../harness/cluster.js'
import { Dice } from '../../raft/dice.js'
import type { Caller, Histories } from './histories.js'
import type { Stage } from './stage.js'

export interface ClientsOptions {
  readonly stage: Stage
  readonly members: () => readonly string[]
  readonly histories: Histories
  readonly round: number
  /** Length of `log` at the start: what lies before is not of this round. */
  readonly logBegin: number
  readonly seed: number
}

const COUNT = 12
/** Clients that share their keys: how many may be of unknown outcome at once on one key. */
const OF_ONE_KEY = 3
const KEYS_OF_A_GROUP = 2
/** Then all go on to fresh keys. */
const CALLS_OF_ONE_KEY = 40
const REST_MS = 15
const CALL_TIMEOUT_MS = 6000
const BALLAST = 'x'.repeat(40_000)
/** A member that was asked for itself may be cut off. */
const FOLLOWER_TIMEOUT_MS = 2000

export class Clients {
  readonly keys = new Set<string>()
  readonly #options: ClientsOptions
  readonly #running: readonly Promise<void>[]
  readonly #calls = new Map<number, number>()
  #logLength: number
  #isStopped = false

  constructor(options: ClientsOptions) {
    this.#options = options
    this.#logLength = options.logBegin
    this.#running = [...Array.from({ length: COUNT }, (_, i) => this.#work(i)), this.#fillLogs()]
  }

  /** Resolves when each has the outcome of its last call, and has closed its connection. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await Promise.all(this.#running)
  }

  async #work(number: number): Promise<void> {
    const { stage, members, seed } = this.#options
    const dice = new Dice(seed * 101 + number)
    const client = await stage.connect(members(), CALL_TIMEOUT_MS)
    const caller = { name: `client${number + 1}`, client }
    for (let n = 1; !this.#isStopped; n++) {
      await this.#call(caller, number, n, dice)
      await pause(REST_MS)
    }
    client.close()
  }

  /** Of no interest but for its length: segments are sealed, snapshots are due, and a full disk is noticed. */
  async #fillLogs(): Promise<void> {
    const { stage, members } = this.#options
    const client = await stage.connect(members(), CALL_TIMEOUT_MS)
    while (!this.#isStopped) {
      await client.call('kv', 'set', ['ballast', BALLAST]).catch(() => undefined)
      await pause(REST_MS)
    }
    client.close()
  }

  async #call(caller: Caller, number: number, n: number, dice: Dice): Promise<void> {
    const die = dice.below(10)
    if (die < 6) await this.#callKv(caller, this.#key(number, dice), `${caller.name}-${n}`, dice)
    else if (die < 8) await this.#callCounter(caller, dice)
    else await this.#callLog(caller, `round${this.#options.round}-${caller.name}-${n}`, dice)
  }

  async #callKv(caller: Caller, key: string, value: string, dice: Dice): Promise<void> {
    const { histories } = this.#options
    const die = dice.below(20)
    if (die < 8) await histories.call(caller, 'kv', 'set', [key, value])
    else if (die < 10) await histories.call(caller, 'kv', 'delete', [key])
    else if (die < 13) {
      const present = await histories.call(caller, 'kv', 'get', [key])
      if (present !== undefined) await histories.call(caller, 'kv', 'cas', [key, present, value])
    } else if (die < 17) await histories.call(caller, 'kv', 'get', [key])
    else await histories.call(caller, 'kv', 'get', [key], this.#atAnyMember(dice))
  }

  async #callCounter(caller: Caller, dice: Dice): Promise<void> {
    const { histories } = this.#options
    if (dice.below(3) > 0) await histories.call(caller, 'counter', 'increment', [])
    else if (dice.below(2) === 0) await histories.call(caller, 'counter', 'value', [])
    else await histories.call(caller, 'counter', 'value', [], this.#atAnyMember(dice))
  }

  async #callLog(caller: Caller, text: string, dice: Dice): Promise<void> {
    const { histories, logBegin } = this.#options
    const isEmpty = this.#logLength === logBegin
    if (isEmpty || dice.below(3) > 0) await histories.call(caller, 'log', 'append', [text])
    else if (dice.below(2) === 0) {
      const index = logBegin + 1 + dice.below(this.#logLength - logBegin)
      await histories.call(caller, 'log', 'entry', [index])
    }
    const length = await histories.call(caller, 'log', 'length', [])
    if (typeof length === 'number') this.#logLength = Math.max(this.#logLength, length)
  }

  #atAnyMember(dice: Dice) {
    const { stage, members } = this.#options
    const uri = stage.uri(dice.pick(members()))
    const place = uri.slice(uri.indexOf('@'))
    return { place, meta: { consistency: 'follower' }, timeoutMs: FOLLOWER_TIMEOUT_MS } as const
  }

  /** One of the keys that the client shares with few others for a short time. */
  #key(number: number, dice: Dice): string {
    const group = Math.floor(number / OF_ONE_KEY)
    const calls = this.#calls.get(group) ?? 0
    this.#calls.set(group, calls + 1)
    const age = Math.floor(calls / (CALLS_OF_ONE_KEY * KEYS_OF_A_GROUP))
    const key = `round${this.#options.round}-${group}-${age}-${dice.below(KEYS_OF_A_GROUP)}`
    this.keys.add(key)
    return key
  }
}
