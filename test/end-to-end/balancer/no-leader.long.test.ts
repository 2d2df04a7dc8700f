/** A balancer before three members, all of which are killed. */
import t from 'tap'
import { BalancerProcess, type Caller } from '../../harness/balancer.js'
import { Cluster } from '../../harness/cluster.js'
import { until } from '../../harness/until.js'

const NO_LEADER = -32003

// One after another finds it whole, and leaves it whole.
const cluster = await Cluster.start(t, 3)
const client = await cluster.connect()
const balancer = await BalancerProcess.start(cluster)

/** Resolves once the balancer knows: a call that is on its way to a member when it dies may have run. */
async function killAll([first]: readonly Caller[]): Promise<void> {
  await cluster.kill(...cluster.ids)
  const query = () => first?.call('counter.value', [], { timeoutMs: 300 })
  await until('the balancer to know no leader', async () => (await query())?.error?.code === NO_LEADER)
}

t.test('without a leader calls wait until one is there', async (t) => {
  const all = await balancer.callers(t)
  await killAll(all)
  const answers = all.map((caller) => caller.call('counter.increment', [1], { timeoutMs: 30_000 }))
  for (const id of cluster.ids) cluster.startNode(id)
  const values = (await Promise.all(answers)).map((answer) => answer?.result)
  t.same(values.sort(), [1, 2, 3], 'each of them ran once')
  await cluster.everyone(client)
})

t.test('when no member leads in time the call says that it has not run', async (t) => {
  const all = await balancer.callers(t)
  await killAll(all)
  const answers = await Promise.all(
    all.map((caller) => caller.call('counter.increment', [1], { timeoutMs: 300 })),
  )
  for (const answer of answers) t.match(answer?.error, { code: NO_LEADER, message: /was not executed/ })
  for (const id of cluster.ids) cluster.startNode(id)
  await cluster.everyone(client)
})
