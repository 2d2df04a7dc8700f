/** Whoever restarts members one by one goes on to the next once one is ready. */
import t from 'tap'
import { pause } from '../../harness/cluster.js'
import { Operator } from '../../harness/operator.js'

t.setTimeout(120_000)

const operator = await Operator.start(t, 3)
const { cluster, client } = operator

t.test('bug: a member was ready while it lacked most of the log', async (t) => {
  const leader = await cluster.leader(client)
  const away = cluster.ids.find((id) => id !== leader) ?? ''
  await cluster.kill(away)
  const text = 'x'.repeat(300)
  for (let batch = 0; batch < 40; batch++)
    await Promise.all(Array.from({ length: 100 }, () => client.call('log', 'append', [text])))
  const told = await operator.until((all) => all.some(({ id }) => id === leader))
  const end = told.find(({ id }) => id === leader)?.commitIndex ?? 0
  cluster.startNode(away)
  const port = cluster.members.find((member) => member.startsWith(`${away}@`))?.split(':')[1] ?? ''
  while (!(await isReady(port))) await pause(5)
  const status = (await cluster.statuses(client)).find(({ id }) => id === away)
  t.ok((status?.lastApplied ?? 0) >= end, `${status?.lastApplied} of ${end} entries are applied`)
})

function isReady(port: string): Promise<boolean> {
  return fetch(`http://localhost:${port}/readyz`).then(
    ({ status }) => status === 200,
    () => false,
  )
}
