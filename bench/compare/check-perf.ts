/**
 * etcd's own benchmark, `etcdctl check perf`: 500 clients for a minute, keys of 256 bytes and values of 1,024, at most
 * 8,000 writes a second.
 */
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import type { Teardown } from '../../test/harness/cluster.js'
import { ETCD } from './contenders/etcd.js'
import { versionOf } from './contenders/version-of.js'
import { stand } from './standing.js'

/** Null: there is no etcdctl, or it gave up, as it does where removing its keys takes etcd too long. */
export async function checkPerf(teardown: Teardown): Promise<number | null> {
  if (versionOf(/version: (\S+)/, 'etcdctl', 'version') === null) return null
  const { places, end } = await stand(teardown, ETCD)
  const args = [`--endpoints=${(places ?? []).join(',')}`, 'check', 'perf', '--load=l']
  const child = spawn('etcdctl', args, {
    env: { ...process.env, ETCDCTL_API: '3' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  teardown.teardown(() => child.kill())
  const said = await text(child.stdout)
  await end()
  return writesIn(said)
}

/** It says `PASS: Throughput is 150 writes/s`, or `FAIL: Throughput too low: 2100 writes/s`. */
export function writesIn(said: string): number | null {
  const [, writes] = /Throughput\D*(\d+) writes\/s/.exec(said) ?? []
  return writes === undefined ? null : Number(writes)
}
