/** Hosts of their own: what a client meets when one of them vanishes without a word. */
import t from 'tap'
import { HostedCluster } from '../harness/hosted-cluster.js'
import { Hosts } from '../harness/hosts.js'

t.test(
  'the leader’s host vanishes: commands go on elsewhere, none fails, none is lost or doubled',
  { skip: Hosts.whyNot ?? false },
  async (t) => {
    const cluster = await HostedCluster.start(t)
    await cluster.write()
    for (let cut = 0; cut < 3; cut++) {
      const leader = await cluster.leader()
      await cluster.acknowledges(100)
      cluster.hosts.cutOff(leader)
      await cluster.acknowledges(100)
      cluster.hosts.heal(leader)
    }
    const value = await cluster.stopWriting()
    t.same(cluster.failed, [])
    t.equal(value, cluster.acknowledged.length)
  },
)
