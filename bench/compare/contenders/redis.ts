/** A master and a replica of Debian's Redis, each with every write on its disk before it says so. */
import { connect } from 'node:net'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { LoadResult } from '../../load.js'
import { freePorts } from '../../../test/harness/free-ports.js'
import { until } from '../../../test/harness/until.js'
import type { Begun, Contender, Order, Standing } from '../contender.js'
import { ForeignSubject } from '../subject.js'
import { startClient } from './node-client.js'
import { versionOf } from './version-of.js'

const DURABLE = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', '']

async function start(folder: string, begun: Begun): Promise<Standing> {
  const [port = 0, replicaPort = 0] = await freePorts(2)
  const server = (name: string, ...args: readonly string[]): ForeignSubject => {
    mkdirSync(join(folder, name))
    return begun(new ForeignSubject('redis-server', [...args, ...DURABLE], join(folder, name)))
  }
  const master = server('master', '--port', String(port), '--repl-diskless-sync-delay', '0')
  const replica = server('replica', '--port', String(replicaPort), '--replicaof', `127.0.0.1 ${port}`)
  await until('a replica that follows', async () => /state=online/.test(await replicationOf(port)))
  const client = await startClient(begun, 'redis', `127.0.0.1:${port}`)
  return {
    roles: async () => ({ leader: master, followers: [replica], client }),
    run: (order: Order) => client.ask<LoadResult>(order),
  }
}

/** What the master says of its replicas. Empty while it does not listen. */
function replicationOf(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('INFO replication\r\n'))
    socket.setEncoding('utf8').once('data', (text: string) => {
      socket.destroy()
      resolve(text)
    })
    socket.once('error', () => resolve(''))
  })
}

export const REDIS: Contender = {
  name: 'redis',
  operations: ['set'],
  promisesLess: 'no consensus: one replica has it in memory, and the master on its disk',
  packageOfDebian: 'redis-server',
  version: () => versionOf(/v=(\S+)/, 'redis-server', '--version'),
  start,
}
