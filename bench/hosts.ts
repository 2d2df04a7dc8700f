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
  await part(cluster, cuts)
  await restartAll(cluster)
  target('no call fails', cluster.failed.length === 0)
}

async function vanish(cluster: HostedCluster, cuts: number): Promise<void> {
  const { hosts } = cluster
  const times = await gaps(cluster, cuts, hosts.cutOff.bind(hosts), hosts.heal.bind(hosts))
  told(cluster, `the leader's host vanishes, ${cuts} times`, times)
  target('1 s from a vanished host to the next write, in the median', median(times) < 1_000)
}

/** All others reach it. */
async function part(cluster: HostedCluster, cuts: number): Promise<void> {
  const { hosts } = cluster
  const [cut, heal] = [hosts.part.bind(hosts, 'client'), hosts.rejoin.bind(hosts, 'client')]
  const times = await gaps(cluster, cuts, cut, heal)
  told(cluster, `client and leader are parted, ${cuts} times`, times)
  target('3 s from a parted leader to the next write, in the median', median(times) < 3_000)
}

/** From what cuts the leader off to the next acknowledged command, each time. */
async function gaps(
  cluster: HostedCluster,
  cuts: number,
  cut: (leader: string) => void,
  heal: (leader: string) => void,
): Promise<readonly number[]> {
  const times: number[] = []
  for (let n = 0; n < cuts; n++) {
    const leader = await cluster.leader()
    await pause(QUIET_MS + Math.random() * 50)
    const began = performance.now()
    cut(leader)
    await pause(ON_ITS_WAY_MS)
    const { length } = cluster.acknowledged
    await cluster.acknowledges(1)
    times.push((cluster.acknowledged[length] ?? Infinity) - began)
    heal(leader)
  }
  return times
}

function told(cluster: HostedCluster, what: string, times: readonly number[]): void {
  const figures = `median ${time(median(times))}, worst ${time(Math.max(...times))}`
  say(what, figures, failures(cluster))
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
