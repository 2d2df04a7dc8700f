/** The follower synchronizer of one cluster: two of these run for each, and one of them carries. */
import { setTimeout as timeout } from 'node:timers/promises'
import { connect, exposed, serve } from 'rollcall'
import { Carrier } from './carrier.js'

const RETRY_MS = 500

const nameserver = process.env.NAMESERVER ?? 'localhost:9090'
const cluster = process.argv[2]
if (cluster === undefined) throw new Error('which cluster? node synchronizer.js CLUSTER')

const rollcall = await connect({ nameserver, cluster })
const timelines = rollcall.object('timelines')
const ending = new AbortController()
process.once('SIGTERM', () => ending.abort())
const tell = (line) => console.log(`${cluster}: ${line}`)
const pause = (ms, signal) => timeout(ms, undefined, { signal }).catch(() => undefined)

/** What synchronizers of other clusters call. Both processes of a cluster answer. */
const synchronizer = exposed({ deliver: (from, batch) => timelines.receive(from, batch) }, ['deliver'])

/** Again until it succeeds, or the process is to end. */
async function persist(what, task) {
  while (!ending.signal.aborted)
    try {
      return await task()
    } catch (error) {
      if (!ending.signal.aborted) tell(`${what} again: ${error.message}`)
      await pause(RETRY_MS, ending.signal)
    }
}

const place = { nameserver, shared: true, metadata: ['synchronizer', `cluster=${cluster}`] }
const service = await persist('registers', async () => {
  // The coordinator sends new users to clusters that have a synchronizer: there is none before they can be served.
  await timelines.destinations()
  return serve({ [`synchronizer.${cluster}`]: synchronizer }, place)
})
tell('synchronizer is ready')
const carrier = new Carrier({
  rollcall,
  deliver: (to, batch) => rollcall.object(`synchronizer.${to}`).deliver(cluster, batch),
  pause,
  tell,
})
const election = rollcall.election('synchronizer', { ttlMs: 3_000 })
const carry = ({ signal }) => {
  tell('synchronizer carries')
  return carrier.run(AbortSignal.any([signal, ending.signal]))
}
while (!ending.signal.aborted)
  await persist('stands for election', () => election.run(carry, { signal: ending.signal }))
await service?.close()
rollcall.close()
