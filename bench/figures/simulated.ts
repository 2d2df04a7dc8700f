/** Both experiments in virtual time. Each line has its own seed, so that it comes out the same alone. */
import { Dice } from '../../test/raft/dice.js'
import type { Distribution } from './distribution.js'
import { distributionOf } from './distribution.js'
import { crashOfLeader, firstLeader, lan, wan } from './elections.js'
import type { PublishedLine, WanAnswer } from './published.js'

export function simulateLine({ timeout }: PublishedLine, trials: number, preVote: boolean): Distribution {
  const dice = new Dice(timeout.min * 1000 + timeout.max)
  const setting = lan(timeout, preVote)
  return distributionOf(Array.from({ length: trials }, () => crashOfLeader(setting, dice)))
}

export function simulateWan({ down }: WanAnswer, trials: number, preVote: boolean): Distribution {
  const dice = new Dice(down)
  const setting = wan(preVote)
  return distributionOf(Array.from({ length: trials }, () => firstLeader(setting, down, dice)))
}
