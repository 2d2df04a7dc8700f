/** Two of four members are gone, the leader with them, and the name server goes on naming it. */
import t from 'tap'
import { connect } from '../../../api.js'
import type { Json } from '../../../lib/json.js'
import { formatAddress, formatUri } from '../../../lib/rpc/uri.js'
import { objectOf, startDaemon } from '../../rpc/rig.js'

async function place(objects: Parameters<typeof startDaemon>[0] = {}): ReturnType<typeof startDaemon> {
  const started = await startDaemon(objects)
  t.teardown(() => started.daemon.close())
  return started
}

t.test('a call is said to lack a quorum, with how many answer, whatever its last attempt met', async (t) => {
  const places = await Promise.all(Array.from({ length: 4 }, () => place()))
  const members: Json = places.map(({ address }, at) => ({
    ...{ id: `node${at}`, uri: formatUri(`node${at}`, address), voter: true },
  }))
  const dead = places.slice(0, 2)
  for (const { daemon } of dead) await daemon.close()
  places.slice(2).forEach(({ daemon, address }, at) => {
    const id = `node${at + 2}`
    const counts = { term: 3, commitIndex: 1, lastApplied: 1, lastIndex: 1, snapshotIndex: 0 }
    const about = { id, uri: formatUri(id, address), cluster: 'rollcall', clusterId: 'c' }
    const status = (): Json => ({ ...about, ...counts, role: 'follower', leader: null, members })
    daemon.host.register(id, objectOf({ status }))
  })
  const [leader] = dead
  const [, , third] = places
  if (leader === undefined || third === undefined) throw new Error('there are four')
  const lookup = (): Json => formatUri('kv', leader.address)
  const { address } = await place({ nameserver: objectOf({ lookup }) })
  const client = await connect({
    nameserver: formatAddress(address),
    members: [formatUri('node2', third.address)],
  })
  t.teardown(() => client.close())
  /**
   * What it rejects with when it has heard that both answer. Where a busy machine has let nobody answer in time, or
   * only one when it was asked last, the call says so, and is made again with twice the time.
   */
  const refused = async (timeoutMs: number): Promise<unknown> => {
    const heard: string[] = []
    const onWaiting = (why: string): void => void heard.push(why)
    const error: unknown = await client
      .call('kv', 'get', ['x'], { timeoutMs, onWaiting })
      .catch((e: unknown) => e)
    const areHeard = heard.some((why) => why.includes('2 of 4')) && !isOfFewer(error)
    return areHeard ? error : refused(2 * timeoutMs)
  }
  for (const timeoutMs of [300, 500, 700])
    t.match(await refused(timeoutMs), {
      label: 'NO_QUORUM',
      outcome: 'not-executed',
      message: /the members have no leader now: 2 of 4 answer, and a leader needs 3$/,
    })
})

function isOfFewer(error: unknown): boolean {
  return error instanceof Error && /no member answers|[01] of 4 answer/.test(error.message)
}
