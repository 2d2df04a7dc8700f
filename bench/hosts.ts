/**
 * `npm run bench -- hosts`: members, name server and a client on hosts of their own (network namespaces). How long does
 * the client not write when the leader's host vanishes, and when all members are restarted one after another?
 */
import type { Teardown } from '../test/harness/cluster.js'
import { HostedCluster } from '../test/harness/hosted-cluster.js'
import { Hosts } from '../test/harness/hosts.js'
import { pause } from '../test/harness/until.js'
import { median } from './load.js'
import { say, target, time } from './report.js'

/** A cluster goes on for so long before the next thing happens to it. */
const QUIET_MS = 1_000
/** What is answered so soon after a cut was on its way before. */
const ON_ITS_WAY_MS = 20

export async function hosts(teardown: Teardown, cuts: number): Promise<void> {
  const { whyNot } = Hosts
  if (whyNot !== undefined) {
    say('hosts of their own', 'left out', whyNot)
    return
  }
  const cluster = await HostedCluster.start(teardown)
  await cluster.write()
  await vanish(cluster, cuts)
  await restartAll(cluster)
  target('no call fails', cluster.failed.length === 0)
}

async function vanish(cluster: HostedCluster, cuts: number): Promise<void> {
  const times: number[] = []
  for (let n = 0; n < cuts; n++) {
    const leader = await cluster.leader()
    await pause(QUIET_MS + Math.random() * 50)
    const cut = performance.now()
    cluster.hosts.cutOff(leader)
    await pause(ON_ITS_WAY_MS)
    const { length } = cluster.acknowledged
    await cluster.acknowledges(1)
    times.push((cluster.acknowledged[length] ?? Infinity) - cut)
    cluster.hosts.heal(leader)
  }
  const figures = `median ${time(median(times))}, worst ${time(Math.max(...times))}`
  say(`the leader's host vanishes, ${cuts} times`, figures, failures(cluster))
  target('1 s from a vanished host to the next write, in the median', median(times) < 1_000)
}

async function restartAll(cluster: HostedCluster): Promise<void> {
  const from = cluster.acknowledged.length
  for (const id of cluster.ids) {
    await cluster.leader()
    await pause(QUIET_MS)
    await cluster.stop(id)
    cluster.startMember(id)
  }
  await cluster.leader()
  const times = cluster.acknowledged.slice(from)
  const longest = Math.max(...times.slice(1).map((at, n) => at - (times[n] ?? at)))
  say('all members restarted, one after another', `longest gap ${time(longest)}`, failures(cluster))
  target('500 ms without a write at most while members are restarted', longest <= 500)
}

function failures({ failed }: HostedCluster): string {
  const [first = ''] = failed
  return `${failed.length} calls failed ${first}`
}
