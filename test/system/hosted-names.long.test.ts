/**
 * Three name servers, four members and a client, each on a host of its own: what the client meets while they are
 * restarted, killed, replaced, cut off and moved. Longest gaps are printed, by what the client does.
 */
import t, { type Test } from 'tap'
import { HostedCluster, type HostedClusterOptions } from '../harness/hosted-cluster.js'
import { Hosts } from '../harness/hosts.js'
import { pause } from '../harness/until.js'

t.setTimeout(900_000)

const ASKED_AGAIN_MS = 6_000
/** Many times what it takes: what Raft allows is a matter of a machine that does nothing else. */
const GAP_MAX_MS = 5_000

const skip = Hosts.whyNot ?? false

/** How long nothing of a kind may be done, in milliseconds, on a machine that does other things too. */
function gapsAtMost(
  t: Test,
  cluster: HostedCluster,
  since: Readonly<Record<string, number>>,
  most: number,
): void {
  const longest = cluster.longestSince(since)
  const shown = Object.entries(longest).map(([what, gap]) => `${what} ${Math.round(gap)} ms`)
  t.comment(`longest gaps: ${shown.join(', ')}`)
  for (const [what, gap] of Object.entries(longest)) t.ok(gap < most, `${what}: ${Math.round(gap)} ms`)
}

async function busy(t: Test, options: HostedClusterOptions = {}): Promise<HostedCluster> {
  const cluster = await HostedCluster.start(t, { nameServers: 3, ...options })
  await cluster.write()
  await cluster.name()
  await cluster.goesOn(50)
  return cluster
}

async function none(t: Test, cluster: HostedCluster): Promise<void> {
  const value = await cluster.stopWriting()
  t.same(cluster.failed, [], 'no call fails')
  t.equal(value, cluster.acknowledged.length, 'none is lost or doubled')
}

t.test('all members and name servers are restarted, one after another', { skip }, async (t) => {
  const cluster = await busy(t)
  const before = cluster.counts()
  for (const id of cluster.nameServers) {
    await cluster.stop(id)
    cluster.startNameServer(id)
    await cluster.untilReady(id)
    await cluster.goesOn(50)
  }
  for (const id of cluster.ids) {
    await cluster.stop(id)
    cluster.startMember(id)
    await cluster.untilReady(id)
    await cluster.goesOn(50)
  }
  gapsAtMost(t, cluster, before, GAP_MAX_MS)
  await none(t, cluster)
})

t.test('each name server is killed, again and again', { skip }, async (t) => {
  const cluster = await busy(t)
  const before = cluster.counts()
  for (const id of [...cluster.nameServers, ...cluster.nameServers]) {
    await cluster.kill(id)
    await cluster.goesOn(50)
    cluster.startNameServer(id)
    // Of three two must be there for a majority.
    await cluster.untilReady(id)
    await cluster.goesOn(50)
  }
  gapsAtMost(t, cluster, before, GAP_MAX_MS)
  await none(t, cluster)
})

t.test('the operator replaces each name server', { skip }, async (t) => {
  const cluster = await busy(t, { roomFor: 3 })
  const before = cluster.counts()
  for (const [at, id] of cluster.nameServers.entries()) {
    await cluster.replaceNameServer(id, cluster.room[at] ?? '')
    await cluster.goesOn(50)
  }
  gapsAtMost(t, cluster, before, GAP_MAX_MS)
  await none(t, cluster)
})

t.test('hosts vanish without a word, and come back', { skip }, async (t) => {
  const cluster = await busy(t)
  const before = cluster.counts()
  for (const id of [...cluster.nameServers, await cluster.leader()]) {
    cluster.hosts.cutOff(id)
    await cluster.goesOn(50)
    cluster.hosts.heal(id)
    await cluster.goesOn(50)
  }
  gapsAtMost(t, cluster, before, GAP_MAX_MS)
  await none(t, cluster)
})

t.test('hosts speak and hear nothing', { skip }, async (t) => {
  const cluster = await busy(t)
  const before = cluster.counts()
  for (const id of [...cluster.nameServers, await cluster.leader()]) {
    cluster.hosts.deafen(id)
    await cluster.goesOn(50)
    cluster.hosts.undeafen(id)
    await cluster.goesOn(50)
  }
  gapsAtMost(t, cluster, before, GAP_MAX_MS)
  await none(t, cluster)
})

t.test('name servers and members move to other addresses, one after another', { skip }, async (t) => {
  const cluster = await busy(t)
  const before = cluster.counts()
  for (const id of cluster.nameServers) {
    await cluster.stop(id)
    cluster.hosts.move(id)
    cluster.startNameServer(id)
    await cluster.goesOn(50)
    // Who asks all the time asks so often who is of the group.
    await pause(ASKED_AGAIN_MS)
  }
  for (const id of cluster.ids) {
    await cluster.leader()
    await cluster.stop(id)
    cluster.hosts.move(id)
    cluster.startMember(id)
    await cluster.goesOn(50)
  }
  // Whoever dials where a member was, and nobody refuses, waits for five seconds.
  gapsAtMost(t, cluster, before, 10_000)
  await none(t, cluster)
})

t.test(
  'lines of 100 ms there and back, which lose packets',
  { skip: Hosts.whyNoWeather ?? false },
  async (t) => {
    const cluster = await busy(t, { flags: ['--election-timeout', '1000-2000', '--heartbeat', '200'] })
    await cluster.hosts.weather(50, 2)
    const before = cluster.counts()
    await cluster.goesOn(20)
    const leader = await cluster.leader()
    for (const id of [leader, ...cluster.nameServers]) {
      await cluster.kill(id)
      await cluster.goesOn(15)
      if (id === leader) cluster.startMember(id)
      else cluster.startNameServer(id)
      await cluster.goesOn(15)
    }
    gapsAtMost(t, cluster, before, 10_000)
    await none(t, cluster)
  },
)
