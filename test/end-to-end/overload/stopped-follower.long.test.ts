/** A follower that is stopped while clients write much. */
import t from 'tap'
import { CALM } from '../../harness/calm.js'
import { Cluster, pause } from '../../harness/cluster.js'
import { metricOf, residentBytes } from '../../harness/metrics.js'
import { portOf, RESIDENT_BYTES_MAX, WINDOW_BYTES, write } from './writing.js'

t.test('commits go on beside a stopped follower, which catches up when it goes on', async (t) => {
  const cluster = await Cluster.start(t, 3, CALM)
  const client = await cluster.connect(60_000)
  t.equal(await client.call('counter', 'increment', []), 1, 'the cluster is at work')
  await cluster.everyone(client)
  const leader = await cluster.leader(client)
  const follower = cluster.ids.find((id) => id !== leader) ?? ''
  cluster.process(follower).signal('SIGSTOP')
  t.teardown(() => cluster.process(follower).signal('SIGCONT'))
  await write(client, 600)
  const now = await cluster.leader(client)
  const port = portOf(cluster, now)
  const waiting = await metricOf(port, 'rollcall_peer_bytes_in_flight', `peer="${follower}"`)
  t.ok((waiting ?? 0) <= WINDOW_BYTES, `${waiting} bytes wait for the one that is stopped`)
  const resident = residentBytes(cluster.process(now).pid) ?? 0
  t.ok(resident < RESIDENT_BYTES_MAX, `the leader has ${resident} bytes`)

  const commitIndex = (await metricOf(port, 'rollcall_commit_index')) ?? 0
  t.ok(commitIndex > 600)
  cluster.process(follower).signal('SIGCONT')
  while (((await metricOf(portOf(cluster, follower), 'rollcall_last_applied')) ?? 0) < commitIndex)
    await pause(50)
  const all = await client.call('kv', 'keys', [])
  t.equal(Array.isArray(all) ? all.length : 0, 20)
})
