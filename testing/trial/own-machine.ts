/**
 * While a command runs in a trial, its machine's clock and chance are its own: another node's say something else, as in
 * life.
 */
import { seededRandom } from '../../lib/replica/objects/context.js'

/** Between the clocks of two machines: more than a year, and no whole number of days or hours. Milliseconds. */
const APART_MS = 34_567_890_123

/** What a command has asked of its machine, and must not have. */
export type Asked = 'the time' | 'chance'

export class OwnMachine {
  /** Since the last command began. */
  readonly asked = new Set<Asked>()
  readonly #apartMs: number
  readonly #random: () => number
  #giveBack: () => void = () => undefined

  /** `number`: another one for each machine, and for each life of it. `wall`: in milliseconds since 1970. */
  constructor(
    number: number,
    private readonly wall: () => number,
  ) {
    this.#apartMs = number * APART_MS
    this.#random = seededRandom(number)
  }

  /** From here to {@link end} its clock and its chance are the process's. */
  begin(): void {
    this.asked.clear()
    const { Date: date, performance, Math: math } = globalThis
    const { random } = math
    const now = Object.getOwnPropertyDescriptor(performance, 'now')
    globalThis.Date = this.#dateOf(date)
    performance.now = () => this.#now() % APART_MS
    math.random = () => {
      this.asked.add('chance')
      return this.#random()
    }
    this.#giveBack = () => {
      globalThis.Date = date
      math.random = random
      if (now === undefined) Reflect.deleteProperty(performance, 'now')
      else Object.defineProperty(performance, 'now', now)
    }
  }

  end(): void {
    this.#giveBack()
  }

  #now(): number {
    this.asked.add('the time')
    return Math.round(this.wall() + this.#apartMs)
  }

  #dateOf(date: DateConstructor): DateConstructor {
    const now = () => this.#now()
    return new Proxy(date, {
      apply: (target) => new target(now()).toString(),
      construct: (target, given: unknown[], maker) => {
        const made: unknown = Reflect.construct(target, given.length === 0 ? [now()] : given, maker)
        return Object(made) as object
      },
      get: (target, name): unknown => (name === 'now' ? now : Reflect.get(target, name)),
    })
  }
}
