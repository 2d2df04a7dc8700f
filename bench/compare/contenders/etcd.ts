/** Four members of Debian's etcd with its defaults, and its JSON gateway at the leader. */
import type { LoadResult } from '../../load.js'
import { freePorts } from '../../../test/harness/free-ports.js'
import { until } from '../../../test/harness/until.js'
import type { Begun, Contender, Order, Standing } from '../contender.js'
import { ForeignSubject, type Vitals } from '../subject.js'
import { metricAt } from './metric-at.js'
import { startClient } from './node-client.js'
import { versionOf } from './version-of.js'

const FILES_MADE_DURABLE = [
  'etcd_disk_wal_fsync_duration_seconds',
  'etcd_disk_backend_commit_duration_seconds',
]

class Member extends ForeignSubject {
  constructor(
    args: readonly string[],
    folder: string,
    readonly place: string,
  ) {
    super('etcd', args, folder)
  }

  override async vitals(): Promise<Vitals> {
    const counts = await Promise.all(FILES_MADE_DURABLE.map((name) => metricAt(this.place, `${name}_count`)))
    return { syncs: counts.reduce<number>((sum, count) => sum + (count ?? 0), 0) }
  }
}

async function startMembers(folder: string, begun: Begun): Promise<readonly Member[]> {
  const ports = await freePorts(8)
  const url = (at: number): string => `http://127.0.0.1:${ports[at] ?? 0}`
  const names = ['m0', 'm1', 'm2', 'm3']
  const cluster = names.map((name, at) => `${name}=${url(at + 4)}`).join(',')
  const members = names.map((name, at) => {
    const clients = ['--listen-client-urls', url(at), '--advertise-client-urls', url(at)]
    const peers = ['--listen-peer-urls', url(at + 4), '--initial-advertise-peer-urls', url(at + 4)]
    const args = ['--name', name, '--data-dir', name, '--initial-cluster', cluster, '--logger', 'zap']
    return begun(new Member([...args, ...clients, ...peers], folder, `127.0.0.1:${ports[at] ?? 0}`))
  })
  await leaderOf(members)
  return members
}

function leaderOf(members: readonly Member[]): Promise<Member> {
  return until('a member of etcd that leads', async () => {
    for (const member of members)
      if ((await metricAt(member.place, 'etcd_server_is_leader')) === 1) return member
    return undefined
  })
}

async function start(folder: string, begun: Begun): Promise<Standing> {
  const members = await startMembers(folder, begun)
  const client = await startClient(begun, 'etcd', (await leaderOf(members)).place)
  return {
    places: members.map(({ place }) => place),
    run: (order: Order) => client.ask<LoadResult>(order),
    roles: async () => {
      const leader = await leaderOf(members)
      return { leader, followers: members.filter((member) => member !== leader), client }
    },
  }
}

export const ETCD: Contender = {
  name: 'etcd',
  operations: ['set', 'get'],
  packageOfDebian: 'etcd-server',
  version: () => versionOf(/etcd Version: (\S+)/, 'etcd', '--version'),
  start,
}
