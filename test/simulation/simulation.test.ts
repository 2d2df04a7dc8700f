/** The shipped replica, its core and its objects, on a seeded network, clock and disk. */
import t from 'tap'
import { simulate } from './simulation.js'

const SEEDS = 1000

t.setTimeout(240_000)

void t.test('one seed tells one story, to the letter', async (t) => {
  for (const seed of [3, 17, 92]) {
    const [once, again] = [await simulate(seed), await simulate(seed)]
    t.ok(once.trace.length > 100, `seed ${seed} has a story`)
    t.equal(once.trace.join('\n'), again.trace.join('\n'), `seed ${seed}`)
  }
})

void t.test(`under ${SEEDS} seeds of faults nothing acknowledged is lost or done twice`, async (t) => {
  let acknowledged = 0
  for (let seed = 1; seed <= SEEDS; seed++) acknowledged += (await simulate(seed)).acknowledged
  t.ok(acknowledged > 10 * SEEDS, `${acknowledged} calls were acknowledged`)
})
