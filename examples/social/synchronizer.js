/** The follower synchronizer of one cluster: two of these run for each, and one of them carries. */
import { setTimeout as timeout } from 'node:timers/promises'
import { connect, serve } from 'rollcall'
import { Carrier } from './carrier.js'

const nameserver = process.env.NAMESERVER ?? 'localhost:9090'
const cluster = process.argv[2]
if (cluster === undefined) throw new Error('which cluster? node synchronizer.js CLUSTER')

const rollcall = await connect({ nameserver, cluster })
const timelines = rollcall.object('timelines')

/** What synchronizers of other clusters call. Both processes of a cluster answer. */
class Synchronizer {
  static exposed = ['deliver']

  deliver(from, batch) {
    return timelines.receive(from, batch)
  }
}

const service = await serve(
  { [`synchronizer.${cluster}`]: new Synchronizer() },
  { nameserver, shared: true, metadata: ['synchronizer', `cluster=${cluster}`] },
)

const RETRY_MS = 500
const pause = (ms, signal) => timeout(ms, undefined, { signal }).catch(() => undefined)
const tell = (line) => console.log(`${cluster}: ${line}`)
const ending = new AbortController()
const carrier = new Carrier({
  rollcall,
  deliver: (to, batch) => rollcall.object(`synchronizer.${to}`).deliver(cluster, batch),
  pause,
  tell,
})
process.once('SIGTERM', () => ending.abort())
tell('synchronizer is ready')
while (!ending.signal.aborted) {
  try {
    await rollcall.election('synchronizer', { ttlMs: 3_000 }).run(
      ({ signal }) => {
        tell('synchronizer carries')
        return carrier.run(AbortSignal.any([signal, ending.signal]))
      },
      { signal: ending.signal },
    )
  } catch (error) {
    if (ending.signal.aborted) break
    tell(`stands for election again: ${error.message}`)
    await pause(RETRY_MS, ending.signal)
  }
}
await service.close()
rollcall.close()
