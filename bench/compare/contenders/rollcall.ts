/** Four members as they are installed, fsync and all, a name server, and the client that is shipped. */
import { createRequire } from 'node:module'
import type { LoadResult } from '../../load.js'
import { freePorts } from '../../../test/harness/free-ports.js'
import { until } from '../../../test/harness/until.js'
import type { Begun, Contender, Order, Standing } from '../contender.js'
import { NodeSubject } from '../subject.js'
import { metricAt } from './metric-at.js'
import { startClient } from './node-client.js'

interface Member {
  readonly place: string
  readonly subject: NodeSubject
}

const { version } = createRequire(import.meta.url)('../../../../package.json') as { readonly version: string }

async function start(folder: string, begun: Begun): Promise<Standing> {
  const [nameserverPort = 0, ...ports] = await freePorts(5)
  const nameserver = `localhost:${nameserverPort}`
  const uris = ports.map((port, at) => `node${at + 1}@localhost:${port}`)
  const run = (...args: readonly string[]): NodeSubject => begun(new NodeSubject('cli.js', args, folder))
  run('nameserver', '--port', String(nameserverPort), '--log-level', 'error')
  const place = ['--nameserver', nameserver, '--members', uris.join(','), '--log-level', 'error']
  const members = ports.map((port, at) => ({
    place: `localhost:${port}`,
    subject: run('node', `node${at + 1}`, ...place),
  }))
  await leaderOf(members)
  const client = await startClient(begun, 'rollcall', [nameserver, ...uris].join(','))
  const roles = async (): ReturnType<Standing['roles']> => {
    const leader = await leaderOf(members)
    const followers = members.map(({ subject }) => subject).filter((subject) => subject !== leader)
    return { leader, followers, client }
  }
  return { roles, run: (order: Order) => client.ask<LoadResult>(order) }
}

function leaderOf(members: readonly Member[]): Promise<NodeSubject> {
  return until('a member that leads', async () => {
    for (const { place, subject } of members)
      if ((await metricAt(place, 'rollcall_role', 'role="leader"')) === 1) return subject
    return undefined
  })
}

export const ROLLCALL: Contender = {
  name: 'rollcall',
  operations: ['set', 'get'],
  packageOfDebian: 'nodejs',
  version: () => version,
  start,
}
