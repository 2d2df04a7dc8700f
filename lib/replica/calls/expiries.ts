/**
 * Sees to it that what is over in an object ends though nobody calls: when its `expire` is due the member that leads
 * writes it into the log, by the time that it would stamp an entry with now. What is over stays as it is while no
 * command can be committed.
 */
import { ms, type Clock, type Logger, type Timer } from '../../ports.js'
import { afterInput } from '../../rpc/deadlines.js'
import { RollcallError } from '../../rpc/errors.js'
import type { LogTime } from '../machine/log-time.js'
import type { StateMachine } from '../machine/machine.js'
import { EXPIRE } from '../objects/own-names.js'
import type { CommandDoor } from './command-door.js'

export interface ExpiriesOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly time: Pick<LogTime, 'stamp'>
  readonly machine: Pick<StateMachine, 'expiring' | 'nextExpiry' | 'expiryMoved'>
  readonly commands: Pick<CommandDoor, 'enter' | 'versionFor'>
  /** Whether this member leads, and has applied what leaders before it have committed. */
  readonly leads: () => boolean
}

/** What ends within so long after another ends together with the next. Milliseconds. */
const PAUSE_MS = 20
/** What could not be committed is tried again after so long. */
const RETRY_MS = 1_000
/** An `expire` that fails, or after which as much is due as before, is tried again ever later. */
const RETRY_MAX_MS = 60_000
/** Log time may go faster than the clock for a while: what is further away is looked at again. */
const LOOK_MS = 60_000

const NOBODY = {
  connection: { kind: 'lines', remote: 'this member' },
  meta: {},
  deadline: undefined,
} as const

interface Expiring {
  readonly object: string
  isUnderWay: boolean
  /** On the clock. */
  restsUntil: number
  retryMs: number
  hasWarned: boolean
}

export class Expiries {
  readonly #options: ExpiriesOptions
  readonly #all: readonly Expiring[]
  #timer: Timer | undefined
  #isLooking = false
  #isEnded = false

  constructor(options: ExpiriesOptions) {
    this.#options = options
    const begun = { isUnderWay: false, restsUntil: 0, retryMs: PAUSE_MS, hasWarned: false }
    this.#all = options.machine.expiring.map((object) => ({ object, ...begun }))
    options.machine.expiryMoved = this.look
  }

  /** To be called when this member begins to lead, too. Once what runs now is over, it is seen what is due. */
  readonly look = (): void => {
    if (this.#isLooking || this.#isEnded || this.#all.length === 0) return
    this.#isLooking = true
    this.#options.clock.soon(() => {
      this.#isLooking = false
      this.#look()
    })
  }

  end(): void {
    this.#isEnded = true
    this.#timer?.cancel()
  }

  #look(): void {
    this.#timer?.cancel()
    if (this.#isEnded || !this.#options.leads()) return
    const { clock, time } = this.#options
    const stamp = time.stamp()
    let wait = Infinity
    for (const each of this.#all) {
      const next = each.isUnderWay ? undefined : this.#nextOf(each)
      if (next === undefined) continue
      const rest = each.restsUntil - clock.now()
      if (next > stamp || rest > 0) wait = Math.min(wait, Math.max(next - stamp, rest))
      else void this.#expire(each, next)
    }
    if (wait === Infinity) return
    // A renewal that waits to be read came before the end.
    this.#timer = afterInput(clock, ms(Math.min(Math.ceil(wait), LOOK_MS)), () => this.#look())
  }

  /** A class that can't say it does not keep the others from ending what is over. */
  #nextOf(expiring: Expiring): number | undefined {
    try {
      return this.#options.machine.nextExpiry(expiring.object)
    } catch (error) {
      this.#warn(expiring, `${expiring.object}.nextExpiry failed: nothing ends in it by itself`, error)
      return undefined
    }
  }

  /** Never rejects. */
  async #expire(expiring: Expiring, due: number): Promise<void> {
    const { object } = expiring
    const { clock, commands } = this.#options
    expiring.isUnderWay = true
    try {
      const hasMore = await commands.enter(object, EXPIRE, [], NOBODY, () => {
        const version = commands.versionFor(object, EXPIRE)
        return { params: [], versions: version === 1 ? undefined : { version } }
      })
      if (hasMore !== true && this.#nextOf(expiring) === due) this.#stands(expiring)
      else
        Object.assign(expiring, { restsUntil: clock.now() + PAUSE_MS, retryMs: PAUSE_MS, hasWarned: false })
    } catch (error) {
      this.#failed(expiring, error)
    }
    expiring.isUnderWay = false
    this.look()
  }

  #failed(expiring: Expiring, error: unknown): void {
    if (this.#passes(error)) {
      expiring.restsUntil = this.#options.clock.now() + RETRY_MS
      return
    }
    this.#warn(expiring, `${expiring.object}.${EXPIRE} was of no use`, error)
    this.#tryAgain(expiring, RETRY_MS)
  }

  /** It may have ended as much as one command can, of more that is due at that time: not every class says so. */
  #stands(expiring: Expiring): void {
    const reason = 'as much is due afterwards as before'
    if (expiring.retryMs >= RETRY_MS)
      this.#warn(expiring, `${expiring.object}.${EXPIRE} was of no use`, reason)
    this.#tryAgain(expiring, PAUSE_MS)
  }

  #tryAgain(expiring: Expiring, leastMs: number): void {
    const afterMs = Math.max(expiring.retryMs, leastMs)
    expiring.restsUntil = this.#options.clock.now() + afterMs
    expiring.retryMs = Math.min(2 * afterMs, RETRY_MAX_MS)
  }

  /** The cluster could not do it now, which is told elsewhere; else the class could not. */
  #passes(error: unknown): boolean {
    if (!this.#options.leads()) return true
    return error instanceof RollcallError && (error.retry !== 'never' || error.outcome === 'unknown')
  }

  /** Once, until it goes well. */
  #warn(expiring: Expiring, sentence: string, error: unknown): void {
    if (expiring.hasWarned) return
    expiring.hasWarned = true
    this.#options.logger.warn(`${sentence}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
