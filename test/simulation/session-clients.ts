/** Clients with sessions: each command has a number, and is sent again, to anyone, until something is known. */
import assert from 'node:assert/strict'
import type { SimulatedCluster } from '../../testing/simulator/cluster.js'
import type { SimulatedNode } from '../../testing/simulator/node.js'
import type { World } from '../../testing/simulator/world.js'
import type { Calls, Outcome } from './calls.js'
import type { Command, Ledger } from './ledger.js'

/** One command in its session. */
interface Numbered {
  readonly command: Command
  readonly session: string
  readonly seq: number
  /** The counter, as it was known before the first attempt. */
  readonly floor: number
}

/** After so many attempts a client gives up. */
const ATTEMPTS = 40
const IN_FLIGHT = 3

export class SessionClient {
  #session: string | undefined
  #nextSeq = 1
  readonly #inFlight = new Set<Numbered>()
  /** Acknowledged, and not yet forgotten: to be asked for again when the faults are over. */
  #kept: Numbered[] = []

  constructor(
    private readonly world: World,
    private readonly cluster: SimulatedCluster,
    private readonly calls: Calls,
    private readonly ledger: Ledger,
  ) {}

  get isIdle(): boolean {
    return this.#inFlight.size === 0
  }

  async run(): Promise<void> {
    const { world } = this
    while (world.isChaotic) {
      await world.sleep(world.dice.delay(15))
      if (this.#session === undefined) await this.#open()
      else if (this.#inFlight.size < IN_FLIGHT) this.#begin(this.#session)
    }
  }

  /** When the faults are over, all that is not forgotten is answered as it was, or its session has ended. */
  async repeatAll(): Promise<void> {
    for (const numbered of this.#kept.filter(({ session }) => session === this.#session)) {
      const { serving } = this.cluster
      assert.ok(serving, 'a leader serves')
      this.#compare(numbered, await this.#attempt(serving, numbered))
    }
  }

  async #open(): Promise<void> {
    const node = this.cluster.anyone()
    if (node === undefined) return
    const outcome = await this.calls.attempt(node, 'session.open', [])
    if (outcome.told !== 'acknowledged') return
    const { session } = outcome.value as { session: string }
    this.world.count('sessions')
    this.#session = session
    this.#nextSeq = 1
    this.#kept = []
  }

  #begin(session: string): void {
    const command = this.ledger.draw('in a session')
    const numbered = { command, session, seq: this.#nextSeq++, floor: this.ledger.counter.floor }
    this.#inFlight.add(numbered)
    this.world.spawn(async () => {
      const outcome = await this.#persist(numbered)
      this.ledger.settle(command, outcome)
      if (outcome.told === 'acknowledged') await this.#acknowledged(numbered, outcome)
      else if (outcome.label === 'SESSION_EXPIRED' && this.#session === session) this.#session = undefined
      this.#inFlight.delete(numbered)
    })
  }

  async #acknowledged(numbered: Numbered, outcome: Outcome & { told: 'acknowledged' }): Promise<void> {
    const { dice } = this.world
    if (numbered.command.object === 'counter')
      this.ledger.counter.take(outcome.value, numbered.floor + 1, 'counter.increment in a session')
    if (dice.chance(300)) await this.#repeat(numbered)
    if (dice.chance(100)) this.#kept.push(numbered)
  }

  /** The command, again and again until it is known what became of it. */
  async #persist(numbered: Numbered): Promise<Outcome> {
    const { world } = this
    let isMaybeRun = false
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const node = this.cluster.anyone()
      const outcome = node && (await this.#attempt(node, numbered))
      if (outcome?.told === 'acknowledged') {
        if (isMaybeRun) world.count('commands known after an unknown attempt')
        return outcome
      }
      if (outcome?.told === 'unknown') isMaybeRun = true
      if (outcome?.label === 'SESSION_EXPIRED') return isMaybeRun ? { ...outcome, told: 'unknown' } : outcome
      await world.sleep(world.dice.delay(30))
    }
    return { told: isMaybeRun ? 'unknown' : 'not-executed', label: 'GIVEN_UP' }
  }

  /** Nobody waits any more, but a message may have been held up somewhere. */
  async #repeat(numbered: Numbered): Promise<void> {
    const node = this.cluster.anyone()
    if (node !== undefined) this.#compare(numbered, await this.#attempt(node, numbered))
  }

  #compare({ command, seq, session }: Numbered, outcome: Outcome): void {
    if (outcome.told !== 'acknowledged' || command.outcome?.told !== 'acknowledged') return
    this.world.count('commands repeated')
    const story = `number ${seq} of ${session} is answered as it was`
    assert.deepEqual(outcome.value, command.outcome.value, story)
  }

  #attempt(node: SimulatedNode, { command, session, seq }: Numbered): Promise<Outcome> {
    const waiting = [...this.#inFlight, ...this.#kept].filter((each) => each.session === session)
    const firstOutstanding = Math.min(seq, ...waiting.map((each) => each.seq))
    return this.calls.attempt(node, `${command.object}.${command.method}`, command.params, {
      session,
      seq,
      firstOutstanding,
    })
  }
}
