/** What ends by itself ends everywhere at the same entry, whatever fails. */
import t from 'tap'
import { command, commandContext } from 'rollcall'
import { simulate, type MethodCall, type Model } from 'rollcall/testing'
import type { Json } from '../../../lib/json.js'

/** Seats that are kept for a while, each by one at a time. */
class Seats {
  kept = new Map<string, number>()
  ended = 0

  @command keep(seat: string, forMs: number): boolean {
    if (this.kept.has(seat)) return false
    this.kept.set(seat, commandContext().now + forMs)
    return true
  }

  nextExpiry(): number | undefined {
    return this.kept.size === 0 ? undefined : Math.min(...this.kept.values())
  }

  expire(): void {
    const { now } = commandContext()
    for (const [seat, end] of this.kept)
      if (end <= now) {
        this.kept.delete(seat)
        this.ended += 1
      }
  }
}

/** When a seat is free again no order of calls can tell: each answer will do. */
const any: Model<null, MethodCall, Json> = {
  initial: () => null,
  step: (state, _call, observed) => ({ state, result: observed ?? null }),
}

t.test('seats are free again on all copies alike', async (t) => {
  let most = 0
  const { answered } = await simulate({
    object: Seats,
    calls: (dice) => ['keep', dice.pick(['a', 'b', 'c']), 20 + dice.below(200)],
    invariants: {
      'counted as they end': ({ ended }) => {
        most = Math.max(most, ended)
        return true
      },
    },
    model: any,
  })
  t.ok(answered > 100)
  t.ok(most > 10, `${most} have ended in one run`)
})
