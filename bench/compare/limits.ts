/**
 * What a command may cost, in processor time, of what it costs at the floor in the same run: a quarter above what it
 * does. Whoever makes it cost less lowers them.
 */
import type { RoleName } from './measure.js'

export const COST_RATIO_LIMITS: Readonly<Record<RoleName, number>> = {
  leader: 12,
  follower: 9.5,
  client: 5.2,
  all: 9.75,
}
