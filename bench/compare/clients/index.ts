/** By the name of the contender, each loaded where it is used. */
import type { Connect } from './client.js'

export const CLIENTS: ReadonlyMap<string, () => Promise<Connect>> = new Map([
  ['rollcall', async () => (await import('./rollcall.js')).connectRollcall],
  ['etcd', async () => (await import('./etcd.js')).connectEtcd],
  ['redis', async () => (await import('./redis.js')).connectRedis],
])
