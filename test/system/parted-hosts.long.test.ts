/** Hosts of their own: what a client does that can't reach the leader, while the others can. */
import t from 'tap'
import { CALM } from '../harness/calm.js'
import { HostedCluster } from '../harness/hosted-cluster.js'
import { Hosts } from '../harness/hosts.js'
import { lastWords } from '../harness/last-words.js'

t.test(
  'client and leader are parted: commands go through other members, none fails, none is lost or doubled',
  { skip: Hosts.whyNot ?? false },
  async (t) => {
    const cluster = await HostedCluster.start(t, { flags: CALM })
    await cluster.write()
    for (let cut = 0; cut < 3; cut++) {
      const leader = await cluster.leader()
      await cluster.acknowledges(100)
      cluster.hosts.part('client', leader)
      await cluster.acknowledges(100)
      cluster.hosts.rejoin('client', leader)
      const after = await cluster.leader()
      t.equal(after, leader, `it was no reason for an election${after === leader ? '' : `\n${lastWords()}`}`)
    }
    const value = await cluster.stopWriting()
    t.same(cluster.failed, [])
    t.equal(value, cluster.acknowledged.length)
  },
)

t.test(
  'a leader that is reached through other members alone vanishes: what they have passed on moves to the next one',
  { skip: Hosts.whyNot ?? false },
  async (t) => {
    const cluster = await HostedCluster.start(t)
    await cluster.write()
    const before = cluster.counts()
    for (let cut = 0; cut < 3; cut++) {
      const leader = await cluster.leader()
      cluster.hosts.part('client', leader)
      await cluster.acknowledges(100)
      cluster.hosts.cutOff(leader)
      await cluster.acknowledges(100)
      cluster.hosts.heal(leader)
      cluster.hosts.rejoin('client', leader)
    }
    const { commands = 0 } = cluster.longestSince(before)
    t.comment(`longest gap: ${Math.round(commands)} ms`)
    const value = await cluster.stopWriting()
    t.same(cluster.failed, [])
    t.equal(value, cluster.acknowledged.length)
  },
)
