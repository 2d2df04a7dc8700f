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

/** How something is held. */
export interface LeaseOptions {
  /**
   * For how long it is held when its holder is not heard of any more, in milliseconds, 100 to 86,400,000. Default
   * 10,000. The holder itself gives up earlier: after four fifths of it without an answer.
   */
  readonly ttlMs?: number | undefined
}

/** How something is waited for. */
export interface AcquireOptions {
  /** Whoever aborts it waits no longer: then it rejects with an AbortError. Default: it is waited for without end. */
  readonly signal?: Signal | undefined
}

/** What a task is given that runs while something is held. */
export interface Held {
  /** Higher than that of all who held it before: whatever the task changes should refuse a lower one. */
  readonly token: number
  /** Goes off, with a {@link LeaseLostError} as its reason, when it is held no longer, as far as can be told. */
  readonly signal: AbortSignal
}

/** Something that is held, and kept up until it is given back or lost. */
export interface Hold extends Held, AsyncDisposable {
  /** Gives it back. Never rejects: while nobody answers, it is over when its lease is. Harmless when called again. */
  release(): Promise<void>
}
