/** Whoever waits for what is told of a name: woken by an event, and after a while in any case. */
import { ms, type Timer } from '../../ports.js'
import { AbortError } from '../../rpc/errors.js'
import { whenAborted, type Signal } from '../../rpc/signal.js'
import type { Watch } from '../watch.js'
import type { CoordinationPorts } from './ports.js'

/** What could not be heard is listened for again after so long. */
const AGAIN_MS = 1_000

export class Told {
  readonly #ports: CoordinationPorts
  readonly #of: readonly [object: string, topic: string]
  #watch: Watch | undefined
  #again: Timer | undefined
  #isEnded = false
  readonly #concerns: (data: unknown) => boolean
  readonly #signal: Signal | undefined
  readonly #unhear: (() => void) | undefined
  #wake: () => void = () => undefined
  /** Nothing is told any more: the client was closed. */
  isOver = false
  /** Something was told, or the signal has gone off, since the last look. */
  #isAwake = false

  constructor(
    ports: CoordinationPorts,
    of: readonly [object: string, topic: string],
    concerns: (data: unknown) => boolean,
    signal: Signal | undefined,
  ) {
    this.#ports = ports
    this.#of = of
    this.#concerns = concerns
    this.#signal = signal
    this.#unhear = signal && whenAborted(signal, () => this.wake())
  }

  /** What is told after it resolves is heard; where that is impossible now, it is once it can be. Never rejects. */
  async begin(): Promise<void> {
    await this.#listen()
  }

  /**
   * Until something has been told since the last time, or `milliseconds` have passed. @throws AbortError once the signal
   * has gone off; `what`: as its subject.
   */
  async rest(milliseconds: number, what: string): Promise<void> {
    if (!this.#isAwake) await this.#sleep(milliseconds)
    this.#isAwake = false
    if (this.#signal?.aborted === true)
      throw new AbortError(`${what} is not waited for any more`, { cause: this.#signal.reason })
  }

  /** As if something had been told. */
  wake(): void {
    this.#isAwake = true
    this.#wake()
  }

  async end(): Promise<void> {
    this.#isEnded = true
    this.#again?.cancel()
    this.#unhear?.()
    await this.#watch?.return()
  }

  #sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#ports.clock.after(ms(milliseconds), resolve)
      this.#wake = () => {
        timer.cancel()
        resolve()
      }
    })
  }

  /** Whether it is heard now. */
  async #listen(): Promise<boolean> {
    const [object, topic] = this.#of
    const watch = this.#ports.watch(object, { topic })
    this.#watch = watch
    try {
      await watch.begin()
    } catch {
      await watch.return()
      this.#listenAgain()
      return false
    }
    void this.#hear(watch)
    return true
  }

  /** What can't be heard meanwhile is seen at the next look. */
  async #hear(watch: Watch): Promise<void> {
    try {
      for await (const { data } of watch) if (this.#concerns(data)) this.wake()
      this.isOver = true
      this.wake()
    } catch {
      this.#listenAgain()
    }
  }

  #listenAgain(): void {
    if (this.#isEnded) return
    this.#again = this.#ports.clock.after(ms(AGAIN_MS), () => {
      void this.#listen().then((isHeard) => isHeard && this.wake())
    })
  }
}
