/** Processes with the shipped client: sessions, retries, names and leaders are its own affair. */
import type { Json } from '../../lib/json.js'
import { RollcallError } from '../../lib/rpc/errors.js'
import type { Rollcall } from '../../lib/client/rollcall.js'
import type { Client, SimulatedCluster } from '../../testing/simulator/cluster.js'
import type { SimulatedProcess } from '../../testing/simulator/process.js'
import type { World } from '../../testing/simulator/world.js'
import { outcomeOf } from './calls.js'
import type { Outcome } from './calls.js'
import { record } from './histories.js'
import type { Recorded } from './histories.js'
import type { Ledger } from './ledger.js'

const CALL_MS = 2500
const PAUSE_MS = 25
const IN_FLIGHT = 3
const NAMES = ['thing', 'other.thing']

export class ShippedClient {
  readonly process: SimulatedProcess<Client>
  /** Calls of the client of which this is said: what dies with its process is never answered. */
  #inFlight = 0
  #current: Rollcall | undefined
  #registrations = 0

  constructor(
    private readonly world: World,
    cluster: SimulatedCluster,
    private readonly ledger: Ledger,
    private readonly name: string,
    private readonly names: readonly string[] = NAMES,
  ) {
    this.process = cluster.client(name, CALL_MS)
  }

  /** Calls while faults may strike, and `goesOn` says so. */
  async run(goesOn: () => boolean = () => true): Promise<void> {
    const { world } = this
    while (world.isChaotic && goesOn()) {
      await world.sleep(world.dice.delay(PAUSE_MS))
      const rollcall = this.process.running?.rollcall
      if (rollcall !== undefined && goesOn()) this.#callOf(rollcall)
    }
  }

  /** Nothing that it has called is without an outcome. */
  get isIdle(): boolean {
    return this.#inFlight === 0 || this.process.running?.rollcall !== this.#current
  }

  #callOf(rollcall: Rollcall): void {
    if (rollcall !== this.#current) this.#inFlight = 0
    this.#current = rollcall
    if (this.#inFlight >= IN_FLIGHT) return
    this.#inFlight++
    const call = this.world.dice.pick([this.#command, this.#command, this.#read, this.#name])
    this.world.spawn(async () => {
      await call(rollcall)
      if (rollcall === this.#current) this.#inFlight--
    })
  }

  readonly #command = async (rollcall: Rollcall): Promise<void> => {
    const { counter } = this.ledger
    const { floor } = counter
    const command = this.ledger.draw(this.name)
    const { object, method, params } = command
    const outcome = await outcomeOf(this.world, () => rollcall.call(object, method, params))
    this.ledger.settle(command, outcome)
    if (outcome.told !== 'acknowledged') return
    this.world.count('commands of shipped clients')
    if (object === 'counter') counter.take(outcome.value, floor + 1, 'counter.increment of a shipped client')
  }

  readonly #read = async (rollcall: Rollcall): Promise<void> => {
    const { dice } = this.world
    const consistency = dice.chance(700) ? 'linearizable' : 'follower'
    const [object, method, params] = this.#query()
    const outcome = await this.#recorded(object, method, params, true, () =>
      rollcall.call(object, method, params, { meta: { consistency } }),
    )
    if (outcome.told === 'acknowledged') this.world.count('reads of shipped clients')
  }

  #query(): readonly ['kv' | 'counter' | 'log', string, readonly Json[]] {
    const { dice } = this.world
    switch (dice.below(4)) {
      case 0:
        return ['counter', 'value', []]
      case 1:
        return ['log', 'length', []]
      case 2:
        return ['log', 'entry', [1 + dice.below(30)]]
      default:
        return ['kv', 'get', [this.ledger.key()]]
    }
  }

  /** Registers, looks up or removes a name of its own choosing at the name server. */
  readonly #name = async ({ nameserver }: Rollcall): Promise<void> => {
    const { dice } = this.world
    const name = dice.pick(this.names) ?? ''
    switch (dice.below(3)) {
      case 0:
        return this.#register(nameserver, name)
      case 1: {
        const looked = await this.#recorded('names', 'lookup', [name], true, () => lookup(nameserver, name))
        if (looked.told === 'acknowledged') this.world.count('lookups of names')
        return
      }
      default: {
        await this.#recorded('names', 'remove', [name], false, () => nameserver.remove(name))
      }
    }
  }

  /** The record that is answered is of no interest here. */
  async #register(nameserver: Rollcall['nameserver'], name: string): Promise<void> {
    const uri = `${this.name}-${++this.#registrations}@localhost:1`
    const register = async (): Promise<Json> => {
      await nameserver.register(name, uri)
      return null
    }
    const begun = this.ledger.histories.begin(this.name, 'names', 'register', [name, uri])
    record(begun, await outcomeOf(this.world, register))
    this.world.count('registrations of names')
  }

  async #recorded(
    object: Recorded,
    method: string,
    params: readonly Json[],
    isRead: boolean,
    call: () => Promise<Json>,
  ): Promise<Outcome> {
    const begun = this.ledger.histories.begin(this.name, object, method, params)
    const outcome = await outcomeOf(this.world, call)
    record(begun, outcome, isRead)
    return outcome
  }
}

/** Null for a name that nobody has. */
async function lookup(nameserver: Rollcall['nameserver'], name: string): Promise<Json> {
  try {
    return await nameserver.lookup(name)
  } catch (error) {
    if (error instanceof RollcallError && error.label === 'NAME_NOT_FOUND') return null
    throw error
  }
}
