/** What is run while its lease is kept up, and whose end is told: a job of a queue, or a tick of a schedule. */
import type { Json } from '../../json.js'
import type { CallOptions } from '../../rpc/proxies/call-options.js'
import { HeldTurn, isLate } from './held-turn.js'
import type { CoordinationPorts, Held } from './ports.js'
import type { Holds } from './holds.js'

export interface LeasedTask {
  readonly object: string
  /** In a sentence. */
  readonly what: string
  /** By which the object knows it: the first params of its `renew`, `done` and `fail`. */
  readonly params: readonly Json[]
  /** Further ones of `renew`. */
  readonly renewal: readonly Json[]
  readonly token: number
  readonly ttlMs: number
  /** On the clock: when the call was made whose answer brought it. */
  readonly askedAt: number
}

/**
 * Resolves, once the task has ended and its end was told, to whether that was in time. Never rejects. A task whose lease
 * was over before it could begin is not begun.
 */
export async function runHeld(
  ports: CoordinationPorts,
  holds: Holds,
  { object, what, params, renewal, token, ttlMs, ...asked }: LeasedTask,
  task: (held: Held) => unknown,
): Promise<boolean> {
  const renew = async (_id: string, call?: CallOptions) =>
    (await ports.call(object, 'renew', [...params, ...renewal], call)) === true ? { token } : null
  let { askedAt } = asked
  // It may be had still, but no longer than before.
  if (isLate(ports.clock, askedAt, ttlMs)) {
    askedAt = ports.clock.now()
    if ((await renew(what).catch(() => null)) === null) return false
  }
  // How it has ended is told before.
  const calls = { what, renew, release: () => Promise.resolve() }
  const held = new HeldTurn({ ports, holds, calls, id: what, token, ttlMs, askedAt })
  const { signal } = held
  if (signal.aborted) return false
  const why = await failureOf(() => task({ token, signal }))
  const [method, more] = why === undefined ? (['done', []] as const) : (['fail', [why]] as const)
  // While nobody can be told it is begun anew when its time is over.
  const told = await ports.call(object, method, [...params, ...more]).catch((): Json => null)
  await held.release()
  return told === true
}

/** Undefined: it has ended well. */
async function failureOf(task: () => unknown): Promise<string | undefined> {
  try {
    await task()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
