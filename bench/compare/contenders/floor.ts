/** The least that four members, their disks and a client can be: no elections, no sessions, nothing checked. */
import { join } from 'node:path'
import type { LoadResult } from '../../load.js'
import type { Begun, Contender, Order, Standing } from '../contender.js'
import type { ModeName } from '../floor/modes.js'
import { NodeSubject } from '../subject.js'

const FOLLOWERS = ['follower1', 'follower2', 'follower3'] as const

async function start(mode: ModeName, folder: string, begun: Begun): Promise<Standing> {
  const subject = (...args: readonly string[]): NodeSubject =>
    begun(new NodeSubject('bench/compare/floor/process.js', [mode, ...args]))
  const followers = FOLLOWERS.map((name) => subject('follower', join(folder, name)))
  const ports = await Promise.all(followers.map((follower) => follower.says<number>()))
  const leader = subject('leader', join(folder, 'leader'), ...ports.map(String))
  const client = subject('client', String(await leader.says<number>()))
  await client.says()
  return {
    roles: async () => ({ leader, followers, client }),
    run: (order: Order) => client.ask<LoadResult>(order),
  }
}

function floor(name: string, mode: ModeName): Contender {
  return {
    name,
    operations: ['set'],
    packageOfDebian: 'nodejs',
    version: () => process.version,
    start: (folder, begun) => start(mode, folder, begun),
  }
}

/** Parses and prints the same JSON at leader and client, and followers parse and apply. */
export const FLOOR = floor('floor', 'json')
export const FLOOR_OF_BYTES = floor('floor, no JSON', 'bytes')
