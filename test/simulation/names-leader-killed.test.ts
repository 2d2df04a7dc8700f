/** How soon look-ups go on when a name server of a group has been killed. Time is virtual. */
import t from 'tap'
import { SETTINGS } from '../../lib/member-settings.js'
import { quietStage } from './quiet-stage.js'

/** A client that asked after pauses who leads by then took more than 300 ms in these. */
const SEEDS = [24, 26]
const PAUSE_MS = 2
/** What was killed is away for so long, and what is back is left alone for so long. */
const AWAY_MS = 1_000

/** The longest time from one look-up to the next while each of three is killed, in virtual milliseconds. */
async function longestGap(seed: number): Promise<number> {
  const stage = await quietStage(seed, { nameServers: 3 })
  const { cluster, world } = stage
  const client = cluster.client('client', 10_000)
  client.start()
  await stage.until('the client runs', () => client.running !== undefined)
  const times: number[] = []
  world.spawn(async () => {
    const nameserver = client.running?.rollcall.nameserver
    await nameserver?.register('printer', 'printer@localhost:1')
    for (;;) {
      await nameserver?.lookup('printer')
      times.push(world.now)
      await world.sleep(PAUSE_MS)
    }
  })
  await stage.until('names are looked up', () => times.length > 0)
  for (const server of cluster.nameServers) {
    server.kill()
    await stage.run(AWAY_MS)
    server.start()
    await stage.run(AWAY_MS)
  }
  times.push(world.now)
  return Math.max(...times.slice(1).map((time, at) => time - (times[at] ?? time)))
}

t.test('look-ups go on within one election timeout, whichever name server is killed', async (t) => {
  const { max } = SETTINGS.electionTimeout.default
  for (const seed of SEEDS) {
    const gap = await longestGap(seed)
    t.ok(gap < max, `seed ${seed}: ${gap} ms`)
  }
})
