/** A million commands of kv: how fast, and then what the nodes take of memory and disk, and how soon one is back. */
import type { Teardown } from '../test/harness/cluster.js'
import { keepCalling, median, repeat } from './load.js'
import { count, say, size, target, time } from './report.js'
import { ThreeNodes } from './three-nodes.js'

const COMMANDS = Number(process.env['BENCH_COMMANDS'] ?? 1_000_000)
const RESTARTS = 3
const MEMORY_MAX = 300_000_000
const DISK_MAX = 500_000_000
const RESTART_MS_MAX = 3_000

interface Kv {
  set(key: string, value: string): unknown
}

export async function million(teardown: Teardown, keys: number): Promise<void> {
  const nodes = await ThreeNodes.start(teardown)
  try {
    const kv = nodes.client.object<Kv>('kv')
    const set = (n: number): Promise<unknown> =>
      Promise.resolve(kv.set(`key${n % keys}`, `value ${n}`.padEnd(16, '.')))
    const title = `${count(COMMANDS)} commands, ${count(keys)} keys`
    const perSecond = await repeat(COMMANDS, 1024, set)
    say(title, `${count(perSecond)} commands/s`)
    await restarts(nodes, title)
    await newNode(nodes, title, set)
    const [memory, disk] = [nodes.largestMemory(), await nodes.largestDisk()]
    say(`${title}: the largest node`, `${size(memory)} of memory`, `${size(disk)} of disk`)
    target(`a node's memory under 300 MB with ${title}`, memory < MEMORY_MAX)
    target(`a node's disk use under 500 MB with ${title}`, disk < DISK_MAX)
  } finally {
    await nodes.end()
  }
}

async function restarts(nodes: ThreeNodes, title: string): Promise<void> {
  const id = await nodes.follower()
  const times: number[] = []
  for (let n = 0; n < RESTARTS; n++) times.push(await nodes.restart(id))
  const figure = `median ${time(median(times))}, worst ${time(Math.max(...times))}`
  say(`${title}: restart after SIGKILL`, figure, 'until /readyz')
  target(`restart under 3 s with ${title}`, median(times) < RESTART_MS_MAX)
}

async function newNode(
  nodes: ThreeNodes,
  title: string,
  set: (n: number) => Promise<unknown>,
): Promise<void> {
  const term = await nodes.term()
  const written: number[] = []
  const stop = keepCalling(64, async (n) => {
    await set(n)
    written.push(performance.now())
  })
  const took = await nodes.add('node4')
  await stop()
  const elections = (await nodes.term()) - term
  const rate = `${count((written.length / took) * 1000)} commands/s meanwhile`
  say(`${title}: a new node votes`, `after ${time(took)}, ${elections} elections`, rate)
  target(`no election while a new node catches up with ${title}`, elections === 0)
}
