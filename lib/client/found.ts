/** Looks a name up, and waits for it to be registered if need be. */
import { ms, type Clock } from '../ports.js'
import { NameNotFoundError, RollcallError } from '../rpc/errors.js'
import { FUNCTION, TIMEOUT, type Rule, type Rules } from '../rpc/options.js'
import type { Uri } from '../rpc/uri.js'
import { closed } from './closed.js'
import type { Directory } from './directory.js'
import { isOfNoSuchCluster } from './known-clusters.js'

/** Whether to wait for a name to be registered. */
export interface ResolveOptions {
  /** How long to wait for the name to be registered, in milliseconds. Default 0: reject at once if it is not. */
  readonly waitMs?: number | undefined
  /** Called once, with a sentence that says why it has to wait. Default: none. */
  readonly onWaiting?: ((why: string) => void) | undefined
}

const WAIT: Rule = {
  holds: (value) => value === 0 || TIMEOUT.holds(value),
  wanted: `0 or ${TIMEOUT.wanted}`,
}

export const RESOLVE_RULES: Rules<ResolveOptions> = { waitMs: WAIT, onWaiting: FUNCTION }

export interface FoundPorts {
  readonly directory: Pick<Directory, 'places'>
  readonly clock: Clock
  readonly isClosed: () => boolean
}

/** Between two questions. Milliseconds. */
const PAUSE_MS = 100

/** Rejects with the last error. */
export async function found(
  { directory, clock, isClosed }: FoundPorts,
  name: string,
  { waitMs = 0, onWaiting }: ResolveOptions,
): Promise<readonly Uri[]> {
  const end = clock.now() + waitMs
  for (let isFirst = true; ; isFirst = false) {
    if (isClosed()) throw closed()
    try {
      return await directory.places(name)
    } catch (error) {
      if (!mayCome(error) || clock.now() + PAUSE_MS > end) throw error
      if (isFirst) onWaiting?.(error.message)
    }
    await new Promise<void>((resolve) => clock.after(ms(PAUSE_MS), resolve))
  }
}

function mayCome(error: unknown): error is RollcallError {
  if (!(error instanceof RollcallError)) return false
  return error instanceof NameNotFoundError || isOfNoSuchCluster(error) || error.retry !== 'never'
}
