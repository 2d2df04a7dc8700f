/** What is measured of each that is compared, in this order. */
import type { LoopEnd } from '../load.js'
import type { Operation } from './contender.js'

export interface Row {
  readonly name: string
  readonly operation: Operation
  readonly inFlight: number
  /** Default: as long as the run says. */
  readonly end?: LoopEnd
}

/** They come first, when nothing is warm yet. */
export const COLD: Row = {
  name: 'the first 200 sets, one at a time',
  operation: 'set',
  inFlight: 1,
  end: { calls: 200 },
}

const sets = (inFlight: number): Row => ({ name: `set, ${inFlight} in flight`, operation: 'set', inFlight })
const gets = (inFlight: number): Row => ({ name: `get, ${inFlight} in flight`, operation: 'get', inFlight })

export const ONE_SET = sets(1)
export const SETS = sets(256)
export const MANY_SETS = sets(1024)
export const ONE_GET = gets(1)
export const GETS = gets(256)

/** After the cold ones. */
export const WARM: readonly Row[] = [ONE_SET, sets(64), SETS, MANY_SETS, ONE_GET, GETS]
