/** What coordination needs of a client, all of which any program has. */
import type { Json } from '../../json.js'
import type { Clock, Random } from '../../ports.js'
import type { CallOptions } from '../../rpc/proxies/call-options.js'
import type { Signal } from '../../rpc/signal.js'
import type { Watch, WatchOptions } from '../watch.js'

export interface CoordinationPorts {
  readonly clock: Clock
  readonly random: Random
  call(object: string, method: string, params: readonly Json[], options?: CallOptions): Promise<Json>
  watch(object: string, options?: WatchOptions): Watch
}

/** How long something is held. */
export interface LeaseOptions {
  /**
   * How long it stays held once its holder is no longer heard of, in milliseconds, 100 to 86,400,000. The holder itself
   * gives up earlier, after four fifths of that without an answer. Default 10,000; for the jobs of a queue 30,000.
   */
  readonly ttlMs?: number | undefined
}

/** How to wait for something. */
export interface AcquireOptions {
  /** When aborted, waiting ends and rejects with an AbortError. Default: waits forever. */
  readonly signal?: Signal | undefined
}

/** What a task that runs while something is held is given. */
export interface Held {
  /** A fencing token, higher than those of all earlier holders: whatever the task changes should refuse lower ones. */
  readonly token: number
  /** Aborted, with a {@link LeaseLostError} as its reason, when it may no longer be held. */
  readonly signal: AbortSignal
}

/** Something that is held, and renewed until it is released or lost. */
export interface Hold extends Held, AsyncDisposable {
  /** Releases it. Never rejects: if nobody answers, it is over when its lease is. Harmless when called again. */
  release(): Promise<void>
}
