/** The shipped nodes, name server and clients, on a seeded network, clock and disk. */
import t from 'tap'
import { simulate } from './simulation.js'
import { tellsOneStory } from './one-story.js'
import { SimulationFailure } from './story.js'

/** As many as take some seconds; simulation.long.test.ts goes on with them. */
const SEEDS = 5

t.setTimeout(600_000)

void t.test('one seed tells one story, to the letter', (t) => tellsOneStory(t, 17))

void t.test('a story is the same whether all of it is kept or only its end', async (t) => {
  const whole = await simulate(5, { isTraceWhole: true })
  const end = await simulate(5)
  t.equal(end.fingerprint, whole.fingerprint)
  t.same(end.trace, whole.trace.slice(-end.trace.length))
})

void t.test('a rule that is broken is told with its seed and the last events', async (t) => {
  const nobody = { members: 0, hasLateMember: false }
  const failure = await simulate(7, { plan: nobody }).catch((error: unknown) => error)
  t.ok(failure instanceof SimulationFailure)
  if (!(failure instanceof SimulationFailure)) return
  t.match(failure, { seed: 7, rule: /a leader serves/ })
  t.ok(failure.lastEvents.length > 20)
})

void t.test(`under ${SEEDS} seeds of faults nothing acknowledged is lost or done twice`, async (t) => {
  let acknowledged = 0
  for (let seed = 1; seed <= SEEDS; seed++) acknowledged += (await simulate(seed)).acknowledged
  t.ok(acknowledged > 10 * SEEDS, `${acknowledged} calls were acknowledged`)
})
