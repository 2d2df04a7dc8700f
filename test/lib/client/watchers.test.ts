import t from 'tap'
import { Watchers } from '../../../lib/client/watchers.js'

/** Callers that know only whether they are closed. */
function scene() {
  const made: { isClosed: boolean }[] = []
  const watchers = new Watchers(() => {
    const state = { isClosed: false }
    made.push(state)
    return { call: () => Promise.reject(new Error('not asked for')), close: () => (state.isClosed = true) }
  })
  return { watchers, made }
}

t.test('1,100 quiet watches of one client do not wait for each other on one connection', async (t) => {
  const { watchers, made } = scene()
  const all = Array.from({ length: 1_100 }, () => watchers.begin())
  t.equal(made.length, 2)
  t.equal(all.filter(({ caller }) => caller === all[0]?.caller).length, 1_000)
  for (const { end } of all.slice(0, 50)) end()
  for (let n = 0; n < 950; n++) watchers.begin()
  t.equal(made.length, 2, 'those that have ended make room')
})

t.test('a watch of a closed client has no way', async (t) => {
  const { watchers, made } = scene()
  watchers.begin()
  watchers.close()
  for (let n = 0; n < 1_000; n++) watchers.begin()
  t.same(made, [{ isClosed: true }, { isClosed: true }])
})
