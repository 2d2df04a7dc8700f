/** How old the data is that a member has applied, by its own knowledge. */
import t from 'tap'
import { exchange, incarnation, logIndex, ticks } from '../../lib/raft/index.js'
import { Driver, names, optionsFor } from './driver.js'
import { acknowledge, appendEntries, lead, n1, n2, n3, ready, server } from './story.js'

t.test("a follower's data is as old as its leader's last word of a commit that it has applied", async (t) => {
  const driver = server({ terms: [1] })
  t.equal(driver.server.dataAge(driver.now), undefined, 'it never knew')
  driver.ask(n2, appendEntries(1, [1, 1], [], 1))
  t.equal(driver.server.dataAge(driver.now), 0)
  driver.tick(40)
  driver.ask(n2, appendEntries(1, [1, 1], [], 5))
  t.equal(driver.server.dataAge(driver.now), 40, 'it lacks what its leader has committed')
  driver.ask(n2, appendEntries(1, [1, 1], [1, 1, 1, 1], 5))
  t.equal(driver.server.dataAge(driver.now), 0)
  t.equal(driver.server.dataAge(ticks(driver.now + 9)), 9)
})

t.test('a leader that has committed nothing of its own term does not know what is new', async (t) => {
  const driver = server({ terms: [1, 1] })
  driver.ask(n2, appendEntries(2, [2, 1], [], 0))
  t.equal(driver.server.dataAge(driver.now), undefined, 'it has restarted, and knows of no commit')
  driver.ask(n2, appendEntries(2, [2, 1], [], 1))
  t.equal(driver.server.dataAge(driver.now), undefined, 'it knows of an old one')
  driver.ask(n2, appendEntries(2, [2, 1], [2], 3))
  t.equal(driver.server.dataAge(driver.now), 0)
})

t.test('data is no younger than what the state machine has come to', async (t) => {
  const { server: raft } = new Driver(optionsFor(n1, names(3)))
  const hear = (at: number, prev: number, terms: readonly number[], commit: number) => {
    const message = appendEntries(1, [prev, prev > 0 ? 1 : 0], terms, commit)
    const from = { from: n2, incarnation: incarnation('n2-first') }
    raft.step({ type: 'request', ...from, message, exchange: exchange(1) }, ticks(at))
  }
  hear(100, 0, [1, 1], 2)
  hear(150, 2, [1], 3)
  raft.step({ type: 'applied', index: logIndex(1) }, ticks(160))
  t.equal(raft.dataAge(ticks(200)), undefined)
  raft.step({ type: 'applied', index: logIndex(2) }, ticks(170))
  t.equal(raft.dataAge(ticks(200)), 100, 'all of what had been committed when it heard of index 2')
  raft.step({ type: 'applied', index: logIndex(3) }, ticks(180))
  hear(190, 3, [], 3)
  t.equal(raft.dataAge(ticks(200)), 10)
})

t.test("a leader's data is as old as a quorum's last answer, also when it leads no more", async (t) => {
  const driver = ready()
  driver.tick(30)
  t.equal(driver.server.dataAge(driver.now), 30)
  acknowledge(driver, n3)
  t.equal(driver.server.dataAge(driver.now), 0)
  driver.tick(300)
  t.equal(driver.view.role, 'follower')
  t.equal(driver.server.dataAge(driver.now), 300)
})

t.test('a leader that has not committed in its term knows no more than it did as a follower', async (t) => {
  const driver = server({ terms: [1] })
  lead(driver)
  t.equal(driver.server.dataAge(driver.now), undefined)
  acknowledge(driver, n2)
  t.equal(driver.server.dataAge(driver.now), 0)
})

t.test('a group of one always has the newest data', async (t) => {
  const driver = server({ size: 1 })
  driver.tickAtDeadline()
  t.equal(driver.server.dataAge(ticks(driver.now + 5_000)), 0)
})
