/** Waiting for a turn: the place in the row is kept up, and the grant is heard of by a watch. */
import { membersOf } from '../../json.js'
import type { Signal } from '../../rpc/signal.js'
import { HeldTurn, isFinal, isLate } from './held-turn.js'
import type { CoordinationPorts } from './ports.js'
import { Told } from './told.js'
import type { TurnCalls } from './turn-calls.js'
import type { Holds } from './holds.js'

export interface Asked {
  readonly ttlMs: number
  /** False: it is had at once, or not at all. */
  readonly wait: boolean
  readonly signal?: Signal | undefined
}

/** Between two looks at a row, as a part of the time for which a place in it is kept. */
const LOOKED_AFTER = 1 / 3

export class TurnSeeker {
  readonly #ports: CoordinationPorts
  readonly #calls: TurnCalls
  readonly #asked: Asked
  readonly #id: string

  constructor(ports: CoordinationPorts, calls: TurnCalls, asked: Asked) {
    this.#ports = ports
    this.#calls = calls
    this.#asked = asked
    this.#id = ports.random.identifier()
  }

  /** Null: another one has it, and it was not to be waited for. */
  async seek(holds: Holds): Promise<HeldTurn | null> {
    const { ttlMs } = this.#asked
    try {
      const found = await this.#found()
      if (found === null) return null
      const { token, askedAt } = found
      const [ports, calls, id] = [this.#ports, this.#calls, this.#id]
      return new HeldTurn({ ports, holds, calls, id, token, ttlMs, askedAt })
    } catch (error) {
      // What was asked for may be had, or waited for, although nobody has heard so.
      void this.#calls.release(this.#id).catch(() => undefined)
      throw error
    }
  }

  async #found(): Promise<{ readonly token: number; readonly askedAt: number } | null> {
    const { ttlMs, wait, signal } = this.#asked
    const call = signal && { signal }
    for (let isAskedAnew = false; ;) {
      const askedAt = this.#ports.clock.now()
      const turn = await this.#calls.ask(this.#id, { ttlMs, wait }, call)
      if (turn === null) return null
      const found = turn.token === undefined ? await this.#granted() : { token: turn.token, askedAt }
      // A place that was lost while nobody answered is taken anew.
      if (found === undefined) continue
      if (isAskedAnew || !isLate(this.#ports.clock, found.askedAt, ttlMs)) return found
      // Whoever asks by the same id has it still, and for longer, or waits for it.
      isAskedAnew = true
    }
  }

  /** Null: it is lost. Undefined: nobody can say so now. */
  async #place(): Promise<Awaited<ReturnType<TurnCalls['renew']>> | undefined> {
    const { signal } = this.#asked
    try {
      return await this.#calls.renew(this.#id, signal && { signal })
    } catch (error) {
      if (isFinal(error) || signal?.aborted === true) throw error
      return undefined
    }
  }

  /** Undefined: the place is lost. */
  async #granted(): Promise<{ readonly token: number; readonly askedAt: number } | undefined> {
    const { signal, ttlMs } = this.#asked
    const isOurs = (data: unknown): boolean => membersOf(data)['id'] === this.#id
    const told = new Told(this.#ports, this.#calls.told, isOurs, signal)
    try {
      await told.begin()
      for (;;) {
        const askedAt = this.#ports.clock.now()
        const turn = await this.#place()
        if (turn === null) return undefined
        if (turn?.token !== undefined) return { token: turn.token, askedAt }
        await told.rest(ttlMs * LOOKED_AFTER, this.#calls.what)
      }
    } finally {
      await told.end()
    }
  }
}
