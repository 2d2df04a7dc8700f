import t from 'tap'
import type { Operation } from '../../../testing/checker/history.js'
import { Outages } from './outages.js'

const FOUR = ['node1', 'node2', 'node3', 'node4']

/** The clock is moved by hand. */
function start(...configurations: readonly (readonly string[])[]) {
  const clock = { now: 0 }
  const outages = new Outages(
    () => configurations,
    () => clock.now,
  )
  return { clock, outages }
}

const answered = (invokedAt: number, at: number): Operation => ({
  client: 'c1',
  call: { object: 'kv', method: 'get', params: ['x'] },
  invokedAt,
  outcome: { kind: 'answered', at, result: null },
})

t.test('two of four are no majority: what is called and answered meanwhile is found', async (t) => {
  const { clock, outages } = start(FOUR)
  outages.lost('node1')
  clock.now = 10
  outages.lost('node2')
  clock.now = 20
  outages.back('node1')
  t.same(outages.all, [{ from: 10, to: 20 }])

  const [before, across, within, after] = [
    answered(9, 11),
    answered(11, 21),
    answered(11, 19),
    answered(20, 21),
  ]
  t.same(outages.answeredWithin([before, across, within, after]), [within])
  t.same(outages.answeredWithin([{ ...within, outcome: { kind: 'unknown' } }]), [])
})

t.test('an outage that lasts has no end yet', async (t) => {
  const { outages } = start(FOUR)
  outages.lost('node1')
  outages.lost('node2')
  t.same(outages.all, [{ from: 0, to: Infinity }])
})

t.test(
  'while members change, it is an outage only if none of the configurations has a majority',
  async (t) => {
    const { outages } = start(FOUR, ['node1', 'node2', 'node3'])
    outages.lost('node1')
    outages.lost('node4')
    t.same(outages.all, [])
    outages.lost('node2')
    t.equal(outages.all.length, 1)
  },
)
