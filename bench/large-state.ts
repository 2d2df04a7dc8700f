/** A kv of 200 MB: how long its snapshot, taken, sent and put in place, holds up those who have to do with it. */
import { join } from 'node:path'
import type { Teardown } from '../test/harness/cluster.js'
import { keepCalling, repeat } from './load.js'
import { count, say, size, target, time } from './report.js'
import { ThreeNodes } from './three-nodes.js'

const VALUE_BYTES = 1_000
const PAUSE_MS_MAX = 50
/** What taking its snapshot may take, a megabyte. */
const SNAPSHOT_MS_A_MB = 50

interface Kv {
  set(key: string, value: string): unknown
}

export async function largeState(teardown: Teardown, megabytes: number): Promise<void> {
  const keys = Math.round((megabytes * 1_000_000) / VALUE_BYTES)
  const nodes = await ThreeNodes.start(teardown)
  try {
    const kv = nodes.client.object<Kv>('kv')
    const set = (n: number): Promise<unknown> =>
      Promise.resolve(kv.set(`user/${n % keys}`, `${n} `.padEnd(VALUE_BYTES, 'abcdefgh')))
    const title = `kv of ${size(keys * VALUE_BYTES)}`
    const term = await nodes.term()
    say(`${title}: filled`, `${count(await repeat(keys, 256, set))} commands/s`)
    const stop = keepCalling(16, set)
    const taken = await held(nodes, `${title}: snapshot taken`, () => backUp(nodes))
    const takenMax = megabytes * SNAPSHOT_MS_A_MB
    target(`${title}: snapshot taken in ${time(takenMax)}`, taken <= takenMax)
    await held(nodes, `${title}: new node votes`, () => nodes.add('node4'))
    await stop()
    const elections = (await nodes.term()) - term
    const memory = nodes.largestMemory()
    say(
      `${title}: at the end`,
      `${elections} elections, ${size(memory)} of memory`,
      `${size(await nodes.largestDisk())} of disk`,
    )
    target(`no election with a ${title}`, elections === 0)
    say(`${title}: restart after SIGKILL`, time(await nodes.restart(await nodes.follower())), 'until /readyz')
  } finally {
    await nodes.end()
  }
}

async function backUp(nodes: ThreeNodes): Promise<void> {
  const { status, stderr } = await nodes.cluster.run('backup', join(nodes.cluster.folder, 'backup')).ended
  if (status !== 0) throw new Error(`no backup: ${stderr}`)
}

/** The longest that any node was held up during the task, by its own word. Resolves with what the task took. */
async function held(nodes: ThreeNodes, what: string, task: () => Promise<unknown>): Promise<number> {
  await delays(nodes)
  const started = performance.now()
  await task()
  const took = performance.now() - started
  const each = await delays(nodes)
  const longest = Math.max(...each.map(([, delay]) => delay))
  const told = each.map(([id, delay]) => `${id} ${time(delay)}`).join(', ')
  say(what, `in ${time(took)}, longest pause ${time(longest)}`, told)
  target(`no pause over 50 ms: ${what}`, longest <= PAUSE_MS_MAX)
  return took
}

async function delays(nodes: ThreeNodes): Promise<readonly (readonly [string, number])[]> {
  const each: [string, number][] = []
  for (const id of nodes.places.keys()) {
    const seconds = await nodes.metric(id, 'event_loop_delay_max_seconds').catch(() => undefined)
    if (seconds !== undefined) each.push([id, seconds * 1000])
  }
  return each
}
