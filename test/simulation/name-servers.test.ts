/** Three name servers of one group under faults, with clients that register, look up and remove names. */
import t from 'tap'
import { playAll } from './floors.js'
import { simulate } from './simulation.js'

t.setTimeout(240_000)

const PLAN = {
  nameServers: 3,
  shipped: 3,
  members: 3,
  hasLateMember: false,
  changeMs: undefined,
  loss: undefined,
}

t.test('what three name servers say is one history, whichever of them are lost', (t) =>
  playAll(t, (seed) => simulate(seed, { plan: PLAN }), { from: 1, to: 4 }, [
    ['kills of name servers', 4],
    ['power failures of name servers', 8],
  ]),
)
