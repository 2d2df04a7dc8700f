/** Reads under a lease (thesis §6.4.1): when one holds, and what voters owe it. */
import t from 'tap'
import { logIndex, term, ticks } from '../../lib/raft/index.js'
import { Progress } from '../../lib/raft/progress.js'
import { Driver, logOf, names, optionsFor } from './driver.js'
import { acknowledge, appendEntries, lead, n1, n2, n3, ready, requestVote } from './story.js'

function withLeases(): Driver {
  const driver = new Driver({ ...optionsFor(n1, names(3)), readLease: true })
  driver.tick(150)
  return driver
}

t.test('under a lease a read is ready at once', async (t) => {
  const driver = ready(withLeases())
  driver.tickAtDeadline()
  acknowledge(driver, n2, 1, 1, 150)
  driver.take()
  driver.read(1)
  t.same(driver.take(), [{ type: 'readReady', context: 1, index: 1 }])
  t.match(
    driver.ask(n2, { type: 'readIndex', term: term(1), serverId: n2, number: 3 }),
    { readIndex: 1, number: 3 },
    "a member's request too",
  )
})

t.test('without the option no read is ready before a quorum has answered', async (t) => {
  const driver = ready()
  driver.tickAtDeadline()
  acknowledge(driver, n2, 1, 1, 150)
  driver.take()
  driver.read(1)
  t.equal(driver.takeOf('readReady').length, 0)
})

t.test('bug: a lease outlived the voters whose promises it rested on', async (t) => {
  const driver = ready(withLeases())
  driver.tickAtDeadline()
  acknowledge(driver, n2, driver.view.lastLogIndex, 1, 5000)
  driver.read(1)
  t.match(driver.takeOf('readReady'), [{ context: 1 }])
  driver.configure([n1, n2])
  driver.read(2)
  t.equal(driver.takeOf('readReady').length, 0, 'the new voters have promised nothing yet')
})

t.test('a lease counts from the beginning of its round, not from the answers', async (t) => {
  const driver = ready(withLeases())
  driver.tickAtDeadline()
  driver.tick(40)
  acknowledge(driver, n2, 1, 1, 150)
  driver.now = ticks(driver.now + 94)
  driver.read(1)
  t.match(driver.takeOf('readReady'), [{ context: 1 }], '134 ms after the round began')
  driver.now = ticks(driver.now + 1)
  driver.read(2)
  t.equal(driver.takeOf('readReady').length, 0, '135 ms are nine tenths of the minimum timeout')
  acknowledge(driver, n3, 1, 2, 150)
  t.match(driver.takeOf('readReady'), [{ context: 2 }], 'a round confirms it instead')
})

t.test('an answer to an old round makes no new lease', async (t) => {
  const driver = ready(withLeases())
  driver.tickAtDeadline()
  driver.tickAtDeadline()
  driver.tickAtDeadline()
  acknowledge(driver, n2, 1, 1, 150)
  driver.now = ticks(driver.now + 36)
  driver.read(1)
  t.equal(driver.takeOf('readReady').length, 0)
})

t.test(
  'a lease lasts as the shortest promise of a quorum says, whatever this leader waits for',
  async (t) => {
    const driver = ready(new Driver({ ...optionsFor(n1, names(5)), readLease: true }))
    driver.tickAtDeadline()
    acknowledge(driver, n2, 1, 1, 100)
    acknowledge(driver, n3, 1, 1, 50)
    driver.now = ticks(driver.now + 44)
    driver.read(1)
    t.match(driver.takeOf('readReady'), [{ context: 1 }], 'n3 promised 50 ms, of which nine tenths count')
    driver.now = ticks(driver.now + 1)
    driver.read(2)
    t.equal(driver.takeOf('readReady').length, 0)
  },
)

t.test('who has no leases on, or is of an older build, promises nothing', async (t) => {
  const driver = ready(withLeases())
  driver.tickAtDeadline()
  acknowledge(driver, n2, 1, 1)
  driver.read(1)
  t.equal(driver.takeOf('readReady').length, 0)
})

t.test(
  'of two answers to one round the lesser promise counts, and an earlier round settles nothing',
  async (t) => {
    const progress = new Progress(logIndex(1), undefined)
    progress.answered(2, ticks(100))
    progress.answered(1, ticks(900))
    t.equal(progress.silence, 100)
    progress.answered(2, ticks(900))
    t.equal(progress.silence, 100)
    progress.answered(2, ticks(50))
    t.equal(progress.silence, 50)
    progress.answered(3, ticks(900))
    t.equal(progress.silence, 900)
  },
)

t.test('a follower promises in its answers what its own timeout is, with leases on', async (t) => {
  const answer = (readLease: boolean) =>
    new Driver({ ...optionsFor(n1, names(3)), readLease }).ask(n2, appendEntries(1, [0, 0]))
  t.match(answer(true), { success: true, silence: 150 })
  t.notOk('silence' in (answer(false) ?? {}))
  const refused = new Driver({ ...optionsFor(n1, names(3)), readLease: true })
  t.match(refused.ask(n2, appendEntries(1, [7, 1])), { success: false, silence: 150 })
})

t.test('what was promised before a restart is kept after it, whatever the timeout is now', async (t) => {
  const driver = new Driver(
    { ...optionsFor(n1, names(3)), promisedSilence: ticks(1000) },
    undefined,
    ticks(500),
  )
  driver.tick(999)
  t.match(driver.ask(n2, requestVote(1, [9, 1])), { voteGranted: false })
  driver.tick(1)
  t.match(driver.ask(n2, requestVote(9, [9, 1])), { voteGranted: true })
})

t.test('a lease is of no use before the first commit of the term', async (t) => {
  const driver = lead(withLeases())
  driver.tickAtDeadline()
  acknowledge(driver, n2, 0, 1, 150)
  driver.read(1)
  t.equal(driver.takeOf('readReady').length, 0)
  acknowledge(driver, n2, 1, 1, 150)
  t.match(driver.takeOf('readReady'), [{ context: 1, index: 1 }])
})

t.test('with leases on, a server that has just started gives no vote for the minimum timeout', async (t) => {
  const driver = new Driver(
    { ...optionsFor(n1, names(3)), readLease: true },
    { entries: logOf([1], names(3)), hardState: { currentTerm: term(1), votedFor: undefined } },
    ticks(1_000),
  )
  const { transfer: _, ...candidacy } = requestVote(2, [9, 1])
  driver.tick(149)
  t.match(driver.ask(n2, { ...candidacy, type: 'preVote' }), { voteGranted: false })
  t.match(driver.ask(n2, requestVote(2, [9, 1])), { voteGranted: false })
  t.equal(driver.view.currentTerm, 1)
  t.match(
    driver.ask(n2, requestVote(2, [9, 1], n2, true)),
    { voteGranted: true },
    'unless the leader asks for it',
  )
  const patient = new Driver({ ...optionsFor(n1, names(3)), readLease: true })
  patient.tick(150)
  t.match(patient.ask(n2, { ...candidacy, type: 'preVote' }), { voteGranted: true })
})

t.test('with leases on, a server that has left the term of its leader still gives no vote', async (t) => {
  const driver = withLeases()
  driver.ask(n2, appendEntries(1, [0, 0]))
  driver.answer(n3, { type: 'preVoteResponse', term: term(5), voteGranted: false })
  t.match(driver.view, { currentTerm: 5, leaderId: undefined })
  t.match(driver.ask(n3, requestVote(5, [9, 1], n3)), { voteGranted: false }, 'in its own term')
  t.match(driver.ask(n3, requestVote(6, [9, 1], n3)), { voteGranted: false }, 'in the next')
  driver.tick(150)
  t.match(driver.ask(n3, requestVote(6, [9, 1], n3)), { voteGranted: true })
})
