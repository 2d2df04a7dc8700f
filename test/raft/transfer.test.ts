/** Leadership changes hands on request (thesis §3.10). */
import t from 'tap'
import type { TimeoutNow } from '../../lib/raft/index.js'
import { term } from '../../lib/raft/index.js'
import { configurationOf, Driver, logOf, names, optionsFor } from './driver.js'
import { Network } from './network.js'
import { acknowledge, appendEntries, lead, n1, n2, n3, n4, requestVote, server } from './story.js'

const timeoutNow: TimeoutNow = { type: 'timeoutNow', term: term(1), leaderId: n2 }

/** Leads three, has committed in its term, and everyone has everything. */
function leader(): Driver {
  const driver = lead(server({ terms: [1] }))
  for (const id of [n2, n3]) acknowledge(driver, id)
  driver.take()
  return driver
}

function outcomes(driver: Driver) {
  return driver.takeOf('transferEnded').map(({ to, outcome }) => [to, outcome])
}

t.test('a leader hands over in one election, though everyone hears it', async (t) => {
  const network = new Network(3)
  network.stand(n1)
  network.heartbeat()
  network.leader().transfer(n3)
  t.equal(network.leader().view.transferringTo, n3)
  network.settle()
  t.match(network.leader().view, { id: n3, currentTerm: 2, transferringTo: undefined })
  t.match(network.results, [{ type: 'transferEnded', to: n3, outcome: 'handedOver' }])
  t.ok(network.node(n1).events.some(({ type }) => type === 'transferring'))
  t.equal(network.node(n1).view.role, 'follower')
})

t.test('a successor that lags gets what it lacks first', async (t) => {
  const driver = leader()
  driver.propose('x')
  driver.take()
  driver.transfer(n2)
  t.same(driver.take(), [], 'it is on the way already')
  acknowledge(driver, n3)
  t.equal(driver.takeSent('timeoutNow').length, 0)
  acknowledge(driver, n2)
  t.match(driver.takeSent('timeoutNow'), [{ to: n2, message: { term: 2, leaderId: n1 } }])
})

t.test('nobody is told to stand before all is committed: callers in flight get their answers', async (t) => {
  const driver = lead(server({ size: 5, terms: [1] }))
  for (const id of [n2, n3]) acknowledge(driver, id)
  driver.propose('x')
  driver.transfer(n2)
  acknowledge(driver, n2)
  t.equal(driver.takeSent('timeoutNow').length, 0, 'n2 has it, but no quorum')
  acknowledge(driver, n3)
  t.equal(driver.view.commitIndex, 3)
  t.match(driver.takeSent('timeoutNow'), [{ to: n2 }])
})

t.test("the leader's own disk may be what the last commit waits for", async (t) => {
  const driver = lead(server({ terms: [1] }))
  for (const id of [n2, n3]) acknowledge(driver, id)
  driver.autoWrite = false
  driver.propose('x')
  driver.transfer(n2)
  acknowledge(driver, n2)
  t.equal(driver.takeSent('timeoutNow').length, 0)
  driver.completeWrite()
  t.match(driver.takeSent('timeoutNow'), [{ to: n2 }])
})

t.test('without a name the voter in contact that has the most is chosen', async (t) => {
  const driver = leader()
  driver.propose('x')
  acknowledge(driver, n3)
  driver.transfer()
  t.equal(driver.view.transferringTo, n3)
  const other = leader()
  other.tick(150)
  acknowledge(other, n3)
  other.transfer()
  t.equal(other.view.transferringTo, n3, 'n2 is silent')
})

t.test('no command is taken meanwhile, reads are', async (t) => {
  const driver = leader()
  driver.transfer(n2)
  driver.propose('x')
  t.match(driver.takeOf('refused'), [{ reason: 'notLeader' }])
  t.equal(driver.view.lastLogIndex, 2)
  driver.read(1)
  acknowledge(driver, n3, 2, 1)
  t.match(driver.takeOf('readReady'), [{ context: 1 }])
  driver.configure([n1, n2])
  t.match(driver.takeOf('configureRefused'), [{ reason: 'changeUnderWay' }])
})

t.test('the successor is told again after each heartbeat that it answers', async (t) => {
  const driver = leader()
  driver.transfer(n2)
  t.equal(driver.takeSent('timeoutNow').length, 1)
  driver.tick(50)
  acknowledge(driver, n3)
  t.equal(driver.takeSent('timeoutNow').length, 0)
  acknowledge(driver, n2)
  t.equal(driver.takeSent('timeoutNow').length, 1)
})

t.test('a transfer that is not over in a maximum election timeout is given up', async (t) => {
  const driver = leader()
  driver.propose('x')
  driver.tick(20)
  driver.transfer(n2)
  const end = driver.now + 300
  while (driver.now < end - 30) {
    driver.tickAtDeadline()
    acknowledge(driver, n3)
  }
  t.same(outcomes(driver), [])
  driver.tickAtDeadline()
  t.equal(driver.now, end, 'it is due before the next heartbeat')
  t.same(outcomes(driver), [[n2, 'timedOut']])
  t.equal(driver.view.transferringTo, undefined)
  driver.propose('y')
  t.equal(driver.takeOf('appended').length, 2)
})

t.test('once a successor was told to stand no lease holds, also when it did not', async (t) => {
  const entries = logOf([1], names(3))
  const hardState = { currentTerm: term(1), votedFor: undefined }
  const driver = lead(new Driver({ ...optionsFor(n1, names(3)), readLease: true }, { entries, hardState }))
  acknowledge(driver, n2)
  const beat = (): void => {
    driver.tickAtDeadline()
    const { round } = driver.takeSent('appendEntries').at(-1)?.message ?? {}
    for (const id of [n2, n3]) acknowledge(driver, id, 2, round, 150)
  }
  beat()
  driver.read(1)
  t.equal(driver.takeOf('readReady').length, 1, 'under a lease')
  driver.transfer(n2)
  while (driver.view.transferringTo !== undefined) beat()
  beat()
  driver.read(2)
  t.equal(driver.takeOf('readReady').length, 0, 'the successor may stand now')
})

t.test('whoever is no other voter cannot take over', async (t) => {
  const bootstrap = configurationOf(names(2), [n3])
  const driver = lead(new Driver({ ...optionsFor(n1, names(2)), bootstrap }))
  for (const id of [n2, n3, n2, n3]) acknowledge(driver, id)
  for (const id of [n1, n3, n4]) driver.transfer(id)
  t.same(outcomes(driver), [
    [n1, 'notVoter'],
    [n3, 'notVoter'],
    [n4, 'notVoter'],
  ])
})

t.test('nobody is handed over to who does not answer', async (t) => {
  const driver = leader()
  driver.tick(150)
  acknowledge(driver, n3)
  driver.transfer(n2)
  t.same(outcomes(driver), [[n2, 'unreachable']])
  const alone = lead(server({ size: 1 }))
  alone.tickAtDeadline()
  alone.transfer()
  t.same(outcomes(alone), [[undefined, 'unreachable']])
})

t.test('one transfer at a time, and none during a change of the configuration', async (t) => {
  const driver = leader()
  driver.transfer(n2)
  driver.transfer(n3)
  t.same(outcomes(driver), [[n3, 'busy']])
  t.equal(driver.view.transferringTo, n2)
  const changing = leader()
  changing.configure([n1, n2])
  changing.transfer(n2)
  changing.transfer()
  acknowledge(changing, n2)
  changing.transfer(n2)
  t.same(outcomes(changing), [
    [n2, 'busy'],
    [undefined, 'busy'],
    [n2, 'busy'],
  ])
  acknowledge(changing, n2)
  changing.transfer(n2)
  t.equal(changing.view.transferringTo, n2)
})

t.test('only a leader hands over', async (t) => {
  const driver = server()
  driver.transfer(n2)
  t.same(outcomes(driver), [[n2, 'notLeader']])
})

t.test('a leader that loses office otherwise has not handed over', async (t) => {
  const driver = leader()
  driver.transfer(n2)
  driver.step({ type: 'stop' })
  t.same(outcomes(driver), [[n2, 'notLeader']])
})

t.test('a voter that is told to stand does so at once, without a pre-vote, and says why', async (t) => {
  const driver = server({ terms: [1] })
  driver.ask(n2, appendEntries(1, [1, 1]))
  t.match(driver.ask(n2, timeoutNow), { type: 'timeoutNowResponse', term: 1 })
  t.match(driver.view, { role: 'candidate', currentTerm: 2, leaderId: undefined })
  t.match(
    driver.takeSent('requestVote').map(({ message }) => message),
    [{ transfer: true }, { transfer: true }],
  )
  driver.tickAtDeadline()
  for (const id of [n2, n3]) {
    driver.answer(id, { type: 'preVoteResponse', term: term(3), voteGranted: true })
  }
  t.match(driver.takeSent('requestVote').at(-1)?.message, { term: 3, transfer: false }, 'once only')
})

t.test('who cannot lead only answers', async (t) => {
  const bootstrap = configurationOf([n2, n3], [n1])
  const hardState = { currentTerm: term(1), votedFor: undefined }
  const learner = new Driver({ ...optionsFor(n1, []), bootstrap }, { hardState })
  const stalled = server({ term: 1, autoWrite: false })
  stalled.step({ type: 'storageStalled', elapsed: stalled.options.electionTimeoutMax })
  for (const driver of [learner, stalled]) {
    t.match(driver.ask(n2, timeoutNow), { type: 'timeoutNowResponse' })
    t.match(driver.view, { role: 'follower', currentTerm: 1 })
  }
})

t.test('a leader of an older term cannot make anyone stand', async (t) => {
  const driver = server({ term: 2 })
  t.match(driver.ask(n2, timeoutNow), { type: 'timeoutNowResponse', term: 2 })
  t.match(driver.view, { role: 'follower', currentTerm: 2 })
})

t.test('a successor whose log is shorter gets no vote', async (t) => {
  const driver = leader()
  driver.transfer(n2)
  t.match(driver.ask(n2, { ...requestVote(3, [1, 1]), transfer: true }), { voteGranted: false })
  t.equal(driver.view.role, 'follower', 'its term is over all the same')
  t.same(outcomes(driver), [[n2, 'handedOver']])
})

t.test('commands in flight survive the transfer', async (t) => {
  const network = new Network(3)
  network.stand(n1)
  network.leader().propose('a', 'b')
  network.leader().transfer(n2)
  network.settle()
  network.heartbeat()
  for (const node of network.nodes.values()) {
    t.same(
      node.applied.flatMap((entry) => (entry.kind === 'command' ? [entry.data] : [])),
      ['a', 'b'],
      node.options.id,
    )
  }
})
