/** Much is written to a cluster that has time for it. */
import type { Rollcall } from '../../../api.js'
import type { Cluster } from '../../harness/cluster.js'

export const WINDOW_BYTES = 16 * 1024 * 1024
/** Far above what a node needs, far below what is written. */
export const RESIDENT_BYTES_MAX = 600 * 1024 * 1024

const text = 'x'.repeat(50_000)

/** Sixteen at a time write `count` texts. More than a log keeps behind its snapshot when it is many. */
export async function write(client: Rollcall, count: number): Promise<void> {
  let next = 0
  const writer = async (): Promise<void> => {
    for (let i = next++; i < count; i = next++) await client.call('kv', 'set', [`key${i % 20}`, text])
  }
  await Promise.all(Array.from({ length: 16 }, writer))
}

export function portOf(cluster: Cluster, id: string): number {
  const uri = cluster.members.find((each) => each.startsWith(`${id}@`)) ?? ''
  return Number(uri.slice(uri.lastIndexOf(':') + 1))
}
