/** Stories of several steps: pre-vote, check-quorum, windows, reads, the disk, the end. */
import t from 'tap'
import { logIndex, term, ticks } from '../../lib/raft/index.js'
import { configurationOf, Driver, logOf, names, optionsFor } from './driver.js'
import { Network } from './network.js'
import {
  acknowledge,
  appendEntries,
  lead,
  n1,
  n2,
  n3,
  n4,
  others,
  ready,
  requestVote,
  server,
  stand,
  vote,
} from './story.js'

t.test('a pre-vote changes neither term nor vote, of the asker or the asked', async (t) => {
  const driver = server({ term: 4 })
  driver.tickAtDeadline()
  t.match(driver.view, { role: 'preCandidate', currentTerm: 4, votedFor: undefined })
  const asked = server({ term: 4 })
  t.match(asked.ask(n2, { ...preVote(5), lastLogIndex: logIndex(0) }), { term: 5, voteGranted: true })
  t.match(asked.view, { currentTerm: 4, votedFor: undefined })
})

t.test('a pre-vote that a majority refuses ends in following, in the old term', async (t) => {
  const driver = server({ term: 4 })
  driver.tickAtDeadline()
  for (const id of [n2, n3]) driver.answer(id, { type: 'preVoteResponse', term: term(4), voteGranted: false })
  t.match(driver.view, { role: 'follower', currentTerm: 4 })
})

t.test(
  'of four with one dead, the voter with the better log stands at once when it refuses a pre-vote',
  async (t) => {
    const network = new Network(4)
    network.stand(n1)
    network.isolate(n4)
    network.node(n1).propose('only on three')
    network.settle()
    network.heal()
    network.nodes.delete(n1)
    network.stand(n4)
    t.not(network.leader().options.id, n4)
    t.equal(network.leader().view.currentTerm, 2, 'one election was enough')
  },
)

t.test(
  'a follower that heard its leader within the minimum timeout refuses votes, unless the leader asked for it',
  async (t) => {
    const driver = server()
    driver.ask(n2, appendEntries(1, [0, 0]))
    driver.tick(149)
    t.match(driver.ask(n3, requestVote(2, [5, 1], n3)), { voteGranted: false, term: 1 })
    t.equal(driver.view.currentTerm, 1)
    t.match(driver.ask(n3, requestVote(2, [5, 1], n3, true)), { voteGranted: true, term: 2 })
    driver.tick(150)
    t.match(driver.ask(n2, requestVote(3, [5, 1])), { voteGranted: true })
  },
)

t.test('a leader that no quorum answers steps down, refuses its reads and is not believed in', async (t) => {
  const driver = lead(server())
  driver.read(1)
  driver.tick(299)
  t.equal(driver.view.role, 'leader')
  driver.tick(1)
  t.match(driver.view, { role: 'follower', currentTerm: 1, leaderId: undefined })
  t.match(driver.takeOf('readRefused'), [{ context: 1, reason: 'noQuorum' }])
  t.match(driver.events.at(-2), { type: 'steppedDown', reason: 'lostQuorum' })
})

t.test('a leader without a quorum refuses commands before it appends them', async (t) => {
  const settled = ready(server({ terms: [1] }))
  t.equal(settled.view.commitIndex, settled.view.lastLogIndex)
  for (const driver of [lead(server()), settled]) {
    const { lastLogIndex } = driver.view
    driver.tick(150)
    driver.propose('x')
    t.match(driver.takeOf('refused'), [{ reason: 'noQuorum' }])
    t.equal(driver.view.lastLogIndex, lastLogIndex)
  }
})

t.test('replication pauses when the window is full, and resumes in batches', async (t) => {
  const driver = lead(server({ terms: [1] }))
  for (const id of others(driver)) acknowledge(driver, id)
  driver.take()
  for (let command = 0; command < 20; command++) driver.propose('x')
  const to2 = () =>
    driver.takeSent('appendEntries').filter(({ to, message }) => to === n2 && message.entries.length > 0)
  t.equal(to2().length, 8)
  acknowledge(driver, n2, 3)
  const resumed = to2()
  t.same(
    resumed.map(({ message }) => message.entries.length),
    [12],
    'the rest in one message',
  )
  t.equal(resumed[0]?.message.prevLogIndex, 10, 'nothing twice')
})

t.test('a follower is told of a commit as soon as it has all entries, before it or after', async (t) => {
  const driver = ready(server({ size: 4, terms: [1] }))
  driver.propose('x')
  acknowledge(driver, n2)
  driver.take()
  const told = () => driver.takeSent('appendEntries').map(({ to, message }) => [to, message.leaderCommit])
  acknowledge(driver, n3)
  const { commitIndex } = driver.view
  t.equal(commitIndex, driver.view.lastLogIndex)
  t.same(told(), [
    [n2, commitIndex],
    [n3, commitIndex],
  ])
  acknowledge(driver, n4)
  t.same(told(), [[n4, commitIndex]])
  acknowledge(driver, n4)
  t.same(told(), [], 'once')
})

t.test('one that lacks entries hears of a commit with them alone', async (t) => {
  const driver = ready(server({ size: 4, terms: [1] }))
  driver.propose('x')
  const first = driver.view.lastLogIndex
  driver.propose('y')
  for (const id of [n2, n3]) acknowledge(driver, id, first)
  driver.take()
  t.equal(driver.view.commitIndex, first)
  acknowledge(driver, n4, first)
  t.same(driver.takeSent('appendEntries'), [])
})

t.test('a message holds as many entries as fit, and at least one', async (t) => {
  const options = { ...optionsFor(n1, names(3)), messageSizeMax: 10 }
  const driver = lead(
    new Driver(options, { entries: [], hardState: { currentTerm: term(0), votedFor: undefined } }),
  )
  for (const id of others(driver)) acknowledge(driver, id)
  driver.take()
  driver.propose('1234', '5678', '90', 'x'.repeat(50), 'y')
  const sizes = driver.takeSent('appendEntries').filter(({ to }) => to === n2)
  t.same(
    sizes.map(({ message }) => message.entries.length),
    [3, 1, 1],
  )
})

t.test('a lost message puts a follower back to one probe at a time, from its last match on', async (t) => {
  const driver = lead(server())
  for (const id of others(driver)) acknowledge(driver, id)
  driver.propose('x')
  driver.step({ type: 'peerUnreachable', peer: n2 })
  driver.take()
  driver.propose('y')
  t.same(
    driver.takeSent('appendEntries').map(({ to }) => to),
    [n3],
    'nothing more until it answers',
  )
  driver.tickAtDeadline()
  const [probe] = driver.takeSent('appendEntries')
  t.match(probe, { to: 'n2', message: { prevLogIndex: 1, entries: [] } })
  acknowledge(driver, n2, 1, 1)
  t.match(driver.takeSent('appendEntries'), [{ to: 'n2', message: { prevLogIndex: 1, entries: [{}, {}] } }])
})

t.test('a heartbeat that follows a lost message is refused, and so the loss is found', async (t) => {
  const network = new Network(3)
  network.stand(n1)
  network.cut(n1, n2)
  network.node(n1).propose('lost on the way to n2')
  network.settle()
  network.heal()
  network.heartbeat()
  t.equal(network.node(n2).view.lastLogIndex, network.leader().view.lastLogIndex)
})

t.test('reads that come in together share one heartbeat round', async (t) => {
  const driver = lead(server())
  for (const id of others(driver)) acknowledge(driver, id)
  driver.take()
  driver.read(1)
  t.equal(driver.takeSent('appendEntries').length, 2)
  driver.read(2)
  driver.read(3)
  t.equal(driver.takeSent('appendEntries').length, 0, 'they wait for the next round')
  acknowledge(driver, n2, 1, 1)
  const effects = driver.take()
  t.match(
    effects.filter(({ type }) => type === 'readReady'),
    [{ context: 1, index: 1 }],
  )
  acknowledge(driver, n3, 1, 2)
  t.match(driver.takeOf('readReady'), [{ context: 2 }, { context: 3 }])
})

t.test('a read is not confirmed by answers to a round that began before it', async (t) => {
  const driver = lead(server())
  for (const id of others(driver)) acknowledge(driver, id)
  driver.tickAtDeadline()
  driver.take()
  driver.read(1)
  acknowledge(driver, n2, 1, 1)
  t.equal(driver.takeOf('readReady').length, 0)
})

t.test(
  "a leader's AppendEntries leave while its own disk is still writing; its own copy counts when that is done",
  async (t) => {
    const driver = lead(server({ terms: [1] }))
    for (const id of others(driver)) acknowledge(driver, id)
    driver.take()
    driver.autoWrite = false
    driver.propose('x')
    t.equal(driver.takeSent('appendEntries').length, 2)
    acknowledge(driver, n2)
    t.equal(driver.view.commitIndex, 2)
    driver.completeWrite()
    t.equal(driver.view.commitIndex, 3)
  },
)

t.test('one step makes one record of term, vote and entries', async (t) => {
  const driver = server({ autoWrite: false, terms: [1, 1] })
  driver.ask(n2, appendEntries(3, [1, 1], [3]))
  t.match(driver.writing, [
    { hardState: { currentTerm: 3 }, truncateFrom: 2, entries: [{ index: 2, term: 3 }] },
  ])
  t.equal(driver.writing.length, 1)
})

t.test(
  'a leader whose disk hangs for an election timeout loses office and does not stand until it answers',
  async (t) => {
    const driver = lead(server())
    driver.step({ type: 'storageStalled', elapsed: ticks(299) })
    t.equal(driver.view.role, 'leader')
    driver.step({ type: 'storageStalled', elapsed: ticks(300) })
    t.equal(driver.view.role, 'follower')
    t.match(driver.events.at(-2), { type: 'steppedDown', reason: 'storageStalled' })
    driver.tickAtDeadline()
    t.equal(driver.view.role, 'follower')
  },
)

t.test('a group of one loses no election against itself, however slow its disk is', async (t) => {
  const driver = new Driver(optionsFor(n1, names(1)), {}, ticks(0), false)
  for (let ticked = 0; ticked < 10; ticked++) {
    t.match(driver.view, { role: 'candidate', currentTerm: 1, deadline: undefined })
    driver.tick(1000)
  }
  driver.completeWrite()
  t.match(driver.view, { role: 'leader', currentTerm: 1 })
})

t.test('a group of one that a higher term has deposed leads again in the next', async (t) => {
  const driver = server({ size: 1 })
  driver.ask(n2, appendEntries(7, [0, 0]))
  t.match(driver.view, { role: 'follower', currentTerm: 7 })
  driver.tickAtDeadline()
  t.match(driver.view, { role: 'leader', currentTerm: 8 })
})

t.test('who will be alone waits for the leader that removes itself', async (t) => {
  const driver = server({ size: 2, term: 1 })
  const entry = { kind: 'configuration', index: logIndex(1), term: term(1) } as const
  const removal = { ...entry, configuration: configurationOf([n1]) }
  driver.ask(n2, { ...appendEntries(1, [0, 0]), entries: [removal] })
  driver.ask(n2, appendEntries(1, [1, 1]))
  driver.tick(149)
  t.match(driver.view, { role: 'follower', currentTerm: 1 })
})

t.test('a group of one keeps its leader while its disk hangs: there is nobody to do better', async (t) => {
  const driver = server({ size: 1 })
  t.equal(driver.view.role, 'leader')
  driver.step({ type: 'storageStalled', elapsed: ticks(10_000) })
  t.equal(driver.view.role, 'leader')
})

t.test(
  'a budget for what is not applied yet: beyond it commands are refused, all of a group or none',
  async (t) => {
    const options = { ...optionsFor(n1, names(3)), uncommittedSizeMax: 10 }
    const hardState = { currentTerm: term(1), votedFor: undefined }
    const driver = lead(new Driver(options, { hardState, entries: logOf([1], names(3)) }))
    for (const id of others(driver)) acknowledge(driver, id)
    driver.propose('123456')
    driver.propose('12', '345')
    t.match(driver.takeOf('refused'), [{ reason: 'overloaded' }])
    t.equal(driver.view.lastLogIndex, 3)
    acknowledge(driver, n2)
    driver.propose('12', '345')
    t.equal(driver.view.lastLogIndex, 5)
  },
)

t.test('commands that are committed and wait to be applied still count towards the budget', async (t) => {
  const options = { ...optionsFor(n1, names(3)), uncommittedSizeMax: 10 }
  const hardState = { currentTerm: term(1), votedFor: undefined }
  const driver = lead(new Driver(options, { hardState, entries: logOf([1], names(3)) }))
  for (const id of others(driver)) acknowledge(driver, id)
  driver.autoApply = false
  driver.propose('123456')
  acknowledge(driver, n2)
  t.match(driver.view, { commitIndex: 3, lastApplied: 2 })
  driver.propose('12345')
  t.match(driver.takeOf('refused'), [{ reason: 'overloaded' }])
  driver.completeApply()
  driver.propose('12345')
  t.equal(driver.view.lastLogIndex, 4)
})

t.test('a learner follows, is not counted, does not stand, and votes when it is asked', async (t) => {
  const bootstrap = configurationOf([n2, n3], [n1])
  const recovered = {
    hardState: { currentTerm: term(1), votedFor: undefined },
    entries: logOf([1], [n2, n3]),
  }
  const learner = new Driver({ ...optionsFor(n1, []), bootstrap }, recovered)
  learner.tick(1_000)
  t.equal(learner.view.role, 'follower')
  t.match(learner.ask(n2, requestVote(2, [1, 1])), { voteGranted: true })
  const leader = new Driver({ ...optionsFor(n1, []), bootstrap: configurationOf([n1, n2], [n3]) })
  stand(leader)
  vote(leader, n2)
  acknowledge(leader, n3, 1)
  t.equal(leader.view.commitIndex, 0)
})

t.test('a joint configuration needs both majorities to elect and to commit', async (t) => {
  const configuration = { ...configurationOf([n1, n2, n3]), outgoing: [n1, n4] }
  const entries = [
    ...logOf([1], [n1, n2, n3, n4]),
    { kind: 'configuration', index: logIndex(2), term: term(1), configuration } as const,
  ]
  const hardState = { currentTerm: term(1), votedFor: undefined }
  const driver = new Driver(optionsFor(n1, names(3)), { entries, hardState })
  stand(driver)
  driver.answer(n4, { type: 'preVoteResponse', term: term(2), voteGranted: true })
  vote(driver, n2)
  t.equal(driver.view.role, 'candidate', 'n4 is missing')
  vote(driver, n4)
  t.equal(driver.view.role, 'leader')
  acknowledge(driver, n2)
  t.equal(driver.view.commitIndex, 0)
  acknowledge(driver, n4)
  t.equal(driver.view.commitIndex, 3)
})

t.test('a term that no election could have reached is refused and reported', async (t) => {
  const driver = server({ term: 3 })
  t.match(driver.ask(n2, appendEntries(1_000_004, [0, 0])), { term: 3, success: false })
  driver.answer(n2, { type: 'requestVoteResponse', term: term(9_000_000), voteGranted: false })
  t.equal(driver.view.currentTerm, 3)
  t.match(driver.events, [
    { type: 'impossibleTerm', peer: 'n2', term: 1_000_004 },
    { type: 'impossibleTerm' },
  ])
})

t.test('entries out of order are refused, not stored', async (t) => {
  const driver = server()
  const message = appendEntries(2, [0, 0], [2, 1])
  t.match(driver.ask(n2, message), { success: false })
  t.equal(driver.view.lastLogIndex, 0)
})

t.test('lost and regained contact with a follower is reported once each', async (t) => {
  const driver = lead(server())
  for (let beat = 0; beat < 8; beat++) {
    driver.tickAtDeadline()
    acknowledge(driver, n2, 1)
  }
  acknowledge(driver, n3, 1)
  acknowledge(driver, n3, 1)
  const contact = driver.events.filter(({ type }) => type.endsWith('Contact'))
  t.match(contact, [
    { type: 'lostContact', peer: 'n3' },
    { type: 'regainedContact', peer: 'n3' },
  ])
  t.equal(contact.length, 2)
})

t.test('a stopped leader refuses its reads, falls silent, and still tells its callers so', async (t) => {
  const driver = lead(server())
  driver.read(1)
  driver.take()
  driver.step({ type: 'stop' })
  driver.propose('x')
  t.match(driver.take(), [
    { type: 'readRefused', context: 1 },
    { type: 'refused', reason: 'notLeader' },
  ])
  t.equal(driver.view.deadline, undefined)
  t.equal(driver.ask(n2, requestVote(9, [9, 9])), undefined)
  driver.tick(1_000)
  t.equal(driver.view.role, 'follower')
})

t.test('a commit that lagged behind a one-way cut is caught up after it', async (t) => {
  const network = new Network(3)
  network.stand(n1)
  network.cut(n2, n1)
  network.cut(n3, n1)
  network.node(n1).propose('held up')
  network.settle()
  network.heal()
  network.heartbeat()
  network.heartbeat()
  for (const node of network.nodes.values())
    t.equal(node.view.commitIndex, network.leader().view.lastLogIndex)
})

function preVote(value: number) {
  const { transfer: _, ...fields } = requestVote(value, [0, 0])
  return { ...fields, type: 'preVote' } as const
}
