/** For tests of what may not be held on to. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Of what was looked at in this turn nothing is collected yet. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect !== 'function') throw new Error('the engine offers no collection of garbage')
  Reflect.apply(collect, undefined, [])
}
