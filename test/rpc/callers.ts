/** Callers of tests, closed with them. */
import type { Clock } from '../../lib/ports.js'
import { Caller, type CallerOptions } from '../../lib/rpc/calling/caller.js'
import { systemClock } from '../../lib/system/clock.js'
import { systemRandom } from '../../lib/system/random.js'
import { createTransport } from '../../lib/system/transport.js'
import { silentLogger } from './rig.js'

export function callerOf(
  t: { teardown(end: () => unknown): void },
  resolve: CallerOptions['resolve'],
  forget: CallerOptions['forget'] = () => undefined,
  clock: Clock = systemClock,
): Caller {
  const caller = new Caller({
    transport: createTransport(),
    clock,
    random: systemRandom,
    logger: silentLogger,
    resolve,
    forget,
  })
  t.teardown(() => caller.close())
  return caller
}
