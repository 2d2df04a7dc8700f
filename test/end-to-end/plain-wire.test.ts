/** Exactly once for any program that can write a line: sessions over a bare connection, across leaders and restarts. */
import t, { type Test } from 'tap'
import { Cluster } from '../harness/cluster.js'
import { Wire } from '../harness/wire.js'

/** Who leads goes on leading while the machine is busy. */
const PATIENT = ['--election-timeout', '1000-2000']
const EXPIRED = { error: { code: -32008 } }

async function toLeader(t: Test, cluster: Cluster): Promise<Wire> {
  const leader = await cluster.leader(await cluster.connect())
  return Wire.to(t, cluster.members.find((uri) => uri.startsWith(`${leader}@`)) ?? '')
}

t.test(
  'a command runs once however often it is sent: again, to the next leader, after a restart of all',
  async (t) => {
    const cluster = await Cluster.start(t, 3, PATIENT)
    await cluster.everyone(await cluster.connect())
    let wire = await toLeader(t, cluster)
    const opened = await wire.call('session.open', [])
    t.match(opened, { result: { session: String, ttlMs: Number } })
    const { session } = opened?.result as { session: string }
    const send = (seq: number, by = 1, more = {}) =>
      wire.call('counter.increment', [by], { session, seq, ...more })

    const first = await Promise.all([3, 1, 2].map((seq) => send(seq)))
    t.match(
      first,
      [{ result: 1 }, { result: 2 }, { result: 3 }],
      'in the order of arrival, not of the numbers',
    )
    t.match(await send(1), { result: 2 }, 'the first answer again')
    t.match(await send(1, 5), { error: {} }, 'a number is used for one command')

    await cluster.kill(await cluster.leader(await cluster.connect()))
    wire = await toLeader(t, cluster)
    t.match(await Promise.all([1, 2, 3].map((seq) => send(seq))), [
      { result: 2 },
      { result: 3 },
      { result: 1 },
    ])
    t.match(await send(4), { result: 4 })

    await cluster.kill(...cluster.ids.filter((id) => cluster.process(id).isRunning))
    for (const id of cluster.ids) cluster.startNode(id)
    wire = await toLeader(t, cluster)
    t.match(await send(4), { result: 4 })
    t.match(await send(5, 1, { firstOutstanding: 5 }), { result: 5 })
    t.match(await send(2), EXPIRED, 'what was let go is not run a second time')

    t.match(await wire.call('session.close', [session]), { result: true })
    t.match(await send(6), EXPIRED)
    t.match(await wire.call('counter.increment', [1], { session: 'nobody', seq: 1 }), EXPIRED)
    t.match(await wire.call('counter.value', []), { result: 5 })
  },
)
