/** What both ends of a lasting connection may say: things handed over, called, let go of and given up, and answers. */
import { connect } from 'node:net'
import fc from 'fast-check'
import { Connection } from '../../lib/rpc/channels/connection.js'
import { systemClock } from '../../lib/system/clock.js'
import { systemRandom } from '../../lib/system/random.js'
import { createTransport } from '../../lib/system/transport.js'
import { exposedBy, silentLogger, startDaemon } from '../rpc/rig.js'
import { Visited } from '../rpc/visits.js'
import { changedJson } from './hostile-json.js'
import { mutatedText } from './mutations.js'
import { scene } from './target.js'
import type { Scene, Target } from './target.js'

export const bothWaysTargets: readonly Target[] = [
  {
    name: 'whatever an end hands over, calls, lets go of or answers, nothing of it is left behind',
    runs: 100,
    open: handing,
  },
]

const HEAR = { $: 'export', of: ['$1', 'function'] }
const TAGS = { tags: 1 }
/** As a client of ours says it, and as nobody does. */
const SAID: readonly string[] = [
  { id: 1, method: 'it.subscribe', params: [HEAR], meta: TAGS },
  { id: 2, method: 'it.refuse', params: [HEAR], meta: TAGS },
  { id: 3, method: 'it.subscribe', params: [{ $: 'export', of: ['$2', ['read', 'close']] }], meta: TAGS },
  { id: 4, method: 'it.subscribe', params: [{ $: 'export', of: ['$3', 'stream'] }], meta: TAGS },
  { id: 5, method: 'it.numbers', params: [], meta: { tags: 1, followers: 1 } },
  { id: 6, method: '@5.next', params: [10] },
  { id: 7, method: '$1.next', params: [10] },
  { id: 8, method: '$1.return', params: [] },
  { id: 9, method: '$2.call', params: [{ $: 'back', of: '$1' }], meta: TAGS },
  { method: 'daemon.release', params: [['$1', ['$2', 2]]] },
  { method: 'daemon.cancel', params: [[1, 5, 6]] },
  { id: 1, result: 'news, heard' },
  { id: 1, result: { $: 'export', of: ['$9', 'object', ['x']] }, meta: TAGS },
  { id: 1, error: { code: -32000, message: 'x', data: { name: 'Error' } } },
  { id: 10, method: 'daemon.describe', params: ['it'], meta: TAGS },
].map((said) => JSON.stringify({ jsonrpc: '2.0', ...said }))

async function handing(): Promise<Scene> {
  const visited = new Visited()
  const { daemon, address } = await startDaemon({ it: exposedBy(visited) })
  const ports = {
    transport: createTransport(),
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
  }
  const said = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...SAID) },
    { weight: 2, arbitrary: changedJson(SAID) },
    { weight: 1, arbitrary: mutatedText(SAID) },
  )
  const talks = fc.array(fc.array(said, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 3 })
  const { property } = scene(talks, async (all) => {
    await Promise.all(all.map((lines) => talk(address.port, lines)))
    while (visited.open > 0 || visited.running > 0) await new Promise((resolve) => setImmediate(resolve))
    const witness = new Connection({ address, ...ports })
    const heard = await witness.call('daemon.ping', []).finally(() => witness.close())
    if (heard !== 'pong') throw new Error(`the daemon answers ${JSON.stringify(heard)}`)
  })
  return { property, close: () => daemon.close() }
}

/** All of it at once; leaves when something was answered, or the other end has closed. */
function talk(port: number, lines: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.on('error', () => undefined)
    socket.on('data', () => socket.destroy())
    socket.on('close', () => resolve())
    socket.write(
      `${lines.join('\n')}\n${JSON.stringify({ jsonrpc: '2.0', id: 99, method: 'daemon.ping' })}\n`,
    )
  })
}
