/** A process that stood still for a while: a debugger, a busy host, a long turn of the event loop. */
import t from 'tap'
import { ticks } from '../../lib/raft/index.js'
import { appendEntries, acknowledge, n2, n3, ready, server } from './story.js'

t.test('a follower that was held up waits for a whole election timeout again', async (t) => {
  const driver = server({ terms: [1] })
  driver.ask(n2, appendEntries(1, [1, 1]))
  driver.now = driver.view.deadline ?? driver.now
  driver.step({ type: 'heldUp' })
  t.match(driver.view, { role: 'follower', leaderId: n2, currentTerm: 1 })
  t.ok((driver.view.deadline ?? 0) >= driver.now + 150)
  driver.tickAtDeadline()
  t.equal(driver.view.role, 'preCandidate', 'but not for ever')
})

t.test('a leader that was held up asks first, and counts nobody’s silence from before', async (t) => {
  const driver = ready()
  for (const id of [n2, n3]) acknowledge(driver, id)
  driver.take()
  driver.now = ticks(driver.now + 2_000)
  driver.step({ type: 'heldUp' })
  t.same(
    driver.takeSent('appendEntries').map(({ to }) => to),
    [n2, n3],
  )
  driver.tick()
  t.match(driver.view, { role: 'leader' })
  t.notOk(driver.view.progress.get(n2)?.lostContact)
  driver.tick(299)
  t.match(driver.view, { role: 'leader' })
  driver.tick(1)
  t.match(driver.view, { role: 'follower' }, 'nobody has answered since')
})

t.test('a leader that was held up takes no commands before it hears a quorum again', async (t) => {
  const driver = ready()
  driver.now = ticks(driver.now + 2_000)
  driver.step({ type: 'heldUp' })
  driver.propose('x')
  t.match(driver.takeOf('refused'), [{ reason: 'noQuorum' }])
  acknowledge(driver, n2)
  driver.propose('y')
  t.match(driver.takeOf('appended'), [{ count: 1 }])
})
