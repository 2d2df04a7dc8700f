/** A member that was started elsewhere tells the leader until the members know it, and not a moment longer. */
import t from 'tap'
import type { Json } from '../../../lib/json.js'
import { serverId, type RaftView } from '../../../lib/raft/types.js'
import { OwnAddress } from '../../../lib/replica/members/own-address.js'
import { ManualClock } from '../../harness/manual-clock.js'
import { silent } from '../../harness/ports.js'

const [a, b] = [serverId('a'), serverId('b')]

function scene(answer: () => Promise<Json>) {
  const clock = new ManualClock()
  const told: string[] = []
  const uris: Record<string, string> = { a: 'a@localhost:7001', b: 'b@localhost:7002' }
  const configuration = { voters: [a, b], learners: [], uris }
  const view = { id: a, leaderId: b, configuration, configurations: [configuration] }
  const address = new OwnAddress({
    uri: 'a@localhost:7009',
    // What it looks at, and no more.
    view: () => view as unknown as RaftView,
    clock,
    logger: silent,
    tell: (to) => {
      told.push(to)
      return answer()
    },
  })
  const settled = () => new Promise((resolve) => setImmediate(resolve))
  return { clock, told, uris, view, address, settled }
}

t.test('the leader is told again until the configuration says so', async (t) => {
  const { clock, told, uris, address, settled } = scene(() => Promise.reject(new Error('no leader now')))
  address.check()
  await settled()
  clock.advance(1000)
  t.same(told, [b, b])
  uris['a'] = 'a@localhost:7009'
  await settled()
  clock.advance(1000)
  t.same([told.length, clock.armed], [2, 0])
})

t.test('bug: a member whose new address stood only at the end of its own log told nobody', async (t) => {
  const { clock, told, view, address, settled } = scene(() => Promise.reject(new Error('no leader now')))
  const written = { ...view.configuration, uris: { ...view.configuration.uris, a: 'a@localhost:7009' } }
  view.configurations = [view.configuration, written]
  view.configuration = written
  address.check()
  t.same(told, [b])
  view.configurations = [written]
  await settled()
  clock.advance(1000)
  t.same([told.length, clock.armed], [1, 0], 'it is committed')
})

t.test('bug: each change of the leader began another row of tellings beside those under way', async (t) => {
  const { clock, told, address, settled } = scene(() => Promise.reject(new Error('no leader now')))
  for (let change = 0; change < 5; change++) {
    address.check()
    await settled()
  }
  t.equal(clock.armed, 1)
  const before = told.length
  clock.advance(1000)
  t.equal(told.length, before + 1)
})

t.test(
  'bug: a member that ended while it was telling went on for ever, and kept its process alive',
  async (t) => {
    let refuse: (error: Error) => void = () => undefined
    const { clock, told, address, settled } = scene(() => new Promise((_, reject) => (refuse = reject)))
    address.check()
    address.end()
    refuse(new Error('closed'))
    await settled()
    address.check()
    t.same([told.length, clock.armed], [1, 0])
  },
)
