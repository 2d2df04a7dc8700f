/**
 * What the objects may hold together, and the disk. Beyond it, commands are refused before they are appended, while
 * reads go on, and commands that make room (`static frees` of a class): a member that has grown beyond its memory would
 * end, and end again whenever it reads its log.
 *
 * How much they hold is what the last snapshot measured and all commands since, as if each of them only added: so at
 * the limit it is measured again before anybody is told no for good.
 */
import type { Clock, Logger } from '../../ports.js'
import type { RaftView } from '../../raft/types.js'
import { OverloadedError } from '../../rpc/errors.js'
import type { Shortage } from '../../member.js'
import { withoutStack } from '../../without-stack.js'

export interface StateQuotaOptions {
  readonly clock: Clock
  readonly logger: Logger
  /** Characters of the objects' snapshots. Infinity: no limit. */
  readonly stateBytesMax: number
  readonly state: { readonly stateSize: number }
  /** Takes a snapshot, which measures. */
  readonly takeSnapshot: () => Promise<unknown>
  /** Whether the command makes room, or takes none. */
  readonly frees: (object: string, method: string) => boolean
  /** What is missing for more of the log; undefined: nothing. */
  readonly room: { readonly shortage: Shortage | undefined }
  readonly view: () => Pick<RaftView, 'id'>
}

/** An operator is warned when so much of it is used, and again after it was less than the second. */
const WARNED_FROM = 0.8
const WARNED_AGAIN_BELOW = 0.7
/** A measurement is followed by a rest of so many times what it took, and of a second at the least. */
const REST = 4
const REST_MS_MIN = 1_000
const MIB = 1024 * 1024

export const LACKS: Readonly<
  Record<Shortage['of'], readonly [lack: (who: string) => string, remedy: string]>
> = {
  room: [(who) => `the disk of ${who} has no room`, 'make room there'],
  descriptors: [(who) => `${who} has no file descriptor left`, 'give its process more (ulimit -n)'],
}

export class StateQuota {
  #isMeasuring = false
  #restUntil = 0
  #hasWarned = false

  constructor(private readonly options: StateQuotaOptions) {}

  /** @throws OverloadedError when there is no room for a command of `bytes`. */
  check(object: string, method: string, bytes: number): void {
    const { stateBytesMax, state, frees, room } = this.options
    const { shortage } = room
    if (shortage !== undefined && !frees(object, method)) throw this.#noRoom(`${object}.${method}`, shortage)
    const used = (state.stateSize + bytes) / stateBytesMax
    if (used < WARNED_AGAIN_BELOW) this.#hasWarned = false
    if (used < WARNED_FROM) return
    this.#measure()
    if (used <= 1) return this.#warn()
    if (frees(object, method)) return
    throw withoutStack(
      () =>
        new OverloadedError(
          `${object}.${method} was refused: the objects hold about ${amount(state.stateSize)}, and may hold ` +
            `${amount(stateBytesMax)} (--state-bytes): delete something, or start the members with more; reads go on`,
        ),
    )
  }

  #noRoom(name: string, { of, reason }: Shortage): OverloadedError {
    const who = `${this.options.view().id}, which leads,`
    const [lack, remedy] = LACKS[of]
    return withoutStack(
      () =>
        new OverloadedError(
          `${name} was refused: ${lack(who)} for it (${reason}): ${remedy}, and it goes on by itself; reads go on, and what deletes`,
        ),
    )
  }

  #warn(): void {
    if (this.#hasWarned) return
    this.#hasWarned = true
    const { logger, state, stateBytesMax } = this.options
    logger.warn(
      `the objects hold about ${amount(state.stateSize)} of the ${amount(stateBytesMax)} that they may (--state-bytes)`,
    )
  }

  #measure(): void {
    const { clock, takeSnapshot } = this.options
    const started = clock.now()
    if (this.#isMeasuring || started < this.#restUntil) return
    this.#isMeasuring = true
    takeSnapshot()
      .catch(() => undefined)
      .finally(() => {
        this.#isMeasuring = false
        this.#restUntil = clock.now() + Math.max((clock.now() - started) * REST, REST_MS_MIN)
      })
      // Its failure is told where snapshots are taken.
      .catch(() => undefined)
  }
}

function amount(bytes: number): string {
  if (bytes < MIB) return `${(bytes / 1024).toFixed(0)} KiB`
  return `${(bytes / MIB).toFixed(bytes < 10 * MIB ? 1 : 0)} MiB`
}
