/**
 * Leases of members whose election timeouts differ: the leader that is cut off keeps its lease no longer than its
 * voters promised.
 */
import t from 'tap'
import { RELAYED, Relays } from '../../harness/cut-off.js'
import { Operator } from '../../harness/operator.js'

t.setTimeout(120_000)

t.test(
  'bug: a leader with a long --election-timeout read old values from its lease for seconds',
  async (t) => {
    const begun: Relays[] = []
    const flags = [...RELAYED, '--read-lease', 'on']
    const operator = await Operator.start(t, 3, flags, async (cluster) => {
      begun.push(await Relays.open(t, cluster))
      const [first = ''] = cluster.ids
      await cluster.kill(first)
      cluster.startNode(first, {}, ['--election-timeout', '2000-4000', '--priority', '10'])
    })
    const { cluster, client } = operator
    const [relays] = begun
    const [first = ''] = cluster.ids
    await operator.until((all) => all.some(({ id, role }) => id === first && role === 'leader'))
    const place = `kv@${cluster.members[0]?.split('@')[1] ?? ''}`
    await client.call('kv', 'set', ['a', 'old'])
    t.equal(await client.call(place, 'get', ['a']), 'old')

    relays?.cutOff(first)
    await operator.until((all) => all.some(({ id, role }) => id !== first && role === 'leader'))
    await client.call('kv', 'set', ['a', 'new'])
    const isLeader = async (): Promise<boolean> =>
      (await client.call(`${first}@${place.slice(3)}`, 'isLeader', [])) === true
    let reads = 0
    do {
      const read = await client.call(place, 'get', ['a'], { timeoutMs: 200 }).catch(() => 'refused')
      t.not(read, 'old', `read ${++reads}`)
    } while (t.passing() && (await isLeader()))
    relays?.heal(first)
    await operator.until(
      (all) => all.length === 3 && new Set(all.map(({ commitIndex }) => commitIndex)).size === 1,
    )
    t.equal(await client.call('kv', 'get', ['a']), 'new')
  },
)
