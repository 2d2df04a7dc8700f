/** Bugs that other implementations had; each test is named after one. */
import t from 'tap'
import { exchange, incarnation, logIndex, term } from '../../lib/raft/index.js'
import { configurationOf, Driver, logOf, names, optionsFor } from './driver.js'
import { Network } from './network.js'
import {
  acknowledge,
  appendEntries,
  lead,
  n1,
  n2,
  n3,
  n5,
  others,
  ready,
  requestVote,
  server,
  snapshotAt,
  stand,
  vote,
} from './story.js'

t.test('entries of earlier terms committed by counting (Figure 8; LogCabin #44)', async (t) => {
  const logs: Record<string, number[]> = { n1: [1, 2], n2: [1, 2], n3: [1], n4: [1], n5: [1, 3] }
  const network = new Network(5, undefined, (id) => ({
    hardState: { currentTerm: term(3), votedFor: undefined },
    entries: logOf(logs[id] ?? [], names(5)),
  }))
  network.isolate(n5)
  network.stand(n1)
  t.equal(network.leader().view.commitIndex, 3, 'with its own entry, not before')
  const alone = lead(server({ size: 5, terms: [1, 2], term: 3 }))
  acknowledge(alone, n2, 2)
  acknowledge(alone, n3, 2)
  t.equal(alone.view.commitIndex, 0)
})

t.test('term and vote written separately (hashicorp/raft #661)', async (t) => {
  const driver = server({ autoWrite: false })
  driver.ask(n2, requestVote(5, [0, 0]))
  t.match(driver.writing, [{ hardState: { currentTerm: 5, votedFor: 'n2' } }])
  t.equal(driver.writing.length, 1)
})

t.test('vote erased when stepping down in the same term (canonical/raft #196)', async (t) => {
  const driver = stand(server())
  driver.ask(n2, appendEntries(1, [0, 0]))
  t.match(driver.view, { role: 'follower', currentTerm: 1, votedFor: 'n1' })
  t.match(driver.ask(n3, requestVote(1, [9, 1], n3)), { voteGranted: false })
})

t.test('pre-vote counted as a vote (canonical/raft #386)', async (t) => {
  const driver = stand(server())
  for (const from of others(driver))
    driver.answer(from, { type: 'preVoteResponse', term: term(2), voteGranted: true })
  t.equal(driver.view.role, 'candidate')
})

t.test('vote sent before it is durable (d-engine #444)', async (t) => {
  const driver = server({ autoWrite: false })
  t.equal(driver.ask(n2, requestVote(1, [0, 0])), undefined)
  driver.completeWrite()
  t.match(driver.takeOf('reply'), [{ message: { voteGranted: true } }])
})

t.test('a repeated vote request answered before the first answer is durable', async (t) => {
  const driver = server({ autoWrite: false })
  driver.ask(n2, requestVote(1, [0, 0]))
  t.equal(driver.ask(n2, requestVote(1, [0, 0])), undefined)
})

t.test('acknowledgement sent before the entries are durable (d-engine #444)', async (t) => {
  const driver = server({ term: 1, autoWrite: false })
  t.equal(driver.ask(n2, appendEntries(1, [0, 0], [1, 1])), undefined)
  t.match(
    driver.ask(n2, appendEntries(1, [2, 1])),
    { success: true, matchIndex: 0 },
    'a heartbeat: what is on disk',
  )
  driver.completeWrite()
  t.match(driver.takeOf('reply'), [{ message: { success: true, matchIndex: 2 } }])
})

t.test("a candidate's requests sent before its own vote is durable", async (t) => {
  const driver = stand(server({ autoWrite: false }))
  t.equal(driver.takeSent('requestVote').length, 0)
  driver.completeWrite()
  t.equal(driver.takeSent('requestVote').length, 2)
})

t.test('stale storage acknowledgement after truncation (ABA, etcd)', async (t) => {
  const driver = server({ size: 7, terms: [1], autoWrite: false })
  driver.ask(n2, appendEntries(2, [1, 1], [2, 2]))
  driver.ask(n3, { ...appendEntries(3, [1, 1], [3]), leaderId: n3 })
  driver.ask(n5, { ...appendEntries(4, [1, 1], [2, 2]), leaderId: n5 })
  driver.completeWrite()
  t.equal(driver.view.durableIndex, 1, 'the disk is about to lose what it has just got')
  driver.completeWrite()
  t.equal(driver.view.durableIndex, 1)
  driver.completeWrite()
  t.equal(driver.view.durableIndex, 3)
})

t.test(
  'read index before the first commit of the term (etcd #7331); no entry at the start of a term (Redis-Raft PR 22)',
  async (t) => {
    const driver = lead(server({ terms: [1, 1] }))
    t.match(driver.log.at(-1), { kind: 'empty', term: 2 })
    driver.read(1)
    driver.tickAtDeadline()
    for (const id of others(driver)) acknowledge(driver, id, 2, 1)
    t.equal(driver.takeOf('readReady').length, 0)
    acknowledge(driver, n2, 3, 1)
    acknowledge(driver, n2, 3, driver.takeSent('appendEntries').at(-1)?.message.round ?? 0)
    t.match(driver.takeOf('readReady'), [{ context: 1, index: 3 }])
  },
)

t.test('read silently dropped (etcd #11483)', async (t) => {
  const driver = lead(server())
  driver.read(1)
  driver.read(2)
  driver.ask(n2, appendEntries(5, [0, 0]))
  driver.read(3)
  const refused = [1, 2, 3].map((context) => ({ type: 'readRefused', context, reason: 'notLeader' }))
  t.same(driver.server.view.role, 'follower')
  t.same(driver.takeOf('readRefused'), refused)
})

t.test('read index after a restart that forgot the commit index (etcd-io/raft PR 105)', async (t) => {
  const driver = lead(server({ size: 1, terms: [1, 1, 1], autoWrite: true }))
  driver.tickAtDeadline()
  driver.read(1)
  t.match(driver.takeOf('readReady'), [{ index: 4 }])
})

t.test('pre-vote stuck with unequal terms (etcd #8243, #8501)', async (t) => {
  const terms: Record<string, number> = { n1: 2, n2: 5, n3: 2 }
  const network = new Network(3, undefined, (id) => ({
    hardState: { currentTerm: term(terms[id] ?? 0), votedFor: undefined },
    entries: logOf(id === 'n2' ? [1] : [1, 2], names(3)),
  }))
  network.stand(n1)
  if (network.leaders().length === 0) network.stand(n1)
  t.match(network.leader().view, { id: 'n1' })
  t.ok(network.leader().view.currentTerm > 2)
  network.heartbeat()
  t.same(network.node(n2).terms, network.leader().terms)

  const driver = server({ term: 5, terms: [1] })
  driver.tickAtDeadline()
  t.match(driver.view, { role: 'preCandidate', currentTerm: 5 }, 'it asks before it enters a term')
  for (const from of others(driver))
    driver.answer(from, { type: 'preVoteResponse', term: term(3), voteGranted: false })
  t.equal(driver.view.role, 'follower', 'servers of an older term refuse, and are heard')

  driver.tickAtDeadline()
  driver.answer(n2, { type: 'preVoteResponse', term: term(8), voteGranted: false })
  t.match(
    driver.view,
    { role: 'follower', currentTerm: 8 },
    'so is one of a later term, whose term it enters',
  )
})

t.test('leader stepped down but still believed in (etcd PR 8334)', async (t) => {
  const driver = lead(server())
  driver.tick(300)
  t.equal(driver.view.leaderId, undefined)
  const follower = server()
  follower.ask(n2, appendEntries(1, [0, 0]))
  follower.tickAtDeadline()
  t.equal(follower.view.leaderId, undefined)
})

t.test('partial partition, endless elections (etcd #8129, Cloudflare 2020)', async (t) => {
  const network = new Network(3)
  network.stand(n1)
  network.cut(n1, n3)
  network.cut(n3, n1)
  for (let beat = 0; beat < 40; beat++) {
    network.heartbeat()
    const cutOff = network.node(n3)
    if ((cutOff.view.deadline ?? Infinity) <= network.now) cutOff.tick()
    network.settle()
  }
  t.match(network.leader().view, { id: 'n1', currentTerm: 1 })
})

t.test('reordered old AppendEntries truncates matching, committed entries (openraft)', async (t) => {
  const driver = server()
  driver.ask(n2, appendEntries(1, [0, 0], [1, 1, 1], 3))
  driver.ask(n2, appendEntries(1, [0, 0], [1], 1))
  t.same(driver.terms, [1, 1, 1])
  t.equal(driver.view.commitIndex, 3)
})

t.test('configuration adopted on append not reverted on truncation (NuRaft PR 67)', async (t) => {
  const driver = server({ terms: [1] })
  const configuration = configurationOf([n1, n2])
  const entry = { kind: 'configuration', index: logIndex(2), term: term(1), configuration } as const
  driver.ask(n2, { ...appendEntries(1, [1, 1]), entries: [entry] })
  t.equal(driver.view.configuration.voters.length, 2)
  driver.ask(n3, appendEntries(2, [1, 1], [2]))
  t.equal(driver.view.configuration.voters.length, 3)
  t.equal(driver.events.filter(({ type }) => type === 'configurationChanged').length, 2)
})

t.test('uncommitted-size accounting reset at an election (etcd-io/raft #11)', async (t) => {
  const entries = logOf([1, 1, 1], names(3))
  const hardState = { currentTerm: term(1), votedFor: undefined }
  const options = { ...optionsFor(n1, names(3)), uncommittedSizeMax: 8 }
  const driver = lead(new Driver(options, { entries, hardState }))
  driver.propose('123')
  t.match(driver.takeOf('refused'), [{ reason: 'overloaded' }], 'six units of the last term are still open')
  acknowledge(driver, n2)
  driver.propose('12345678')
  t.equal(driver.view.lastLogIndex, 5)
})

t.test('single voter applies an entry emitted with its own unsaved append (etcd #14370)', async (t) => {
  const driver = server({ size: 1, autoWrite: false })
  driver.tickAtDeadline()
  t.equal(driver.view.role, 'candidate', 'its own vote is not on disk')
  driver.completeWrite()
  t.match(driver.view, { role: 'leader', commitIndex: 0 })
  driver.completeWrite()
  driver.propose('x')
  driver.propose('y')
  t.equal(driver.applied.length, 1)
  driver.completeWrite()
  t.equal(driver.applied.length, 2, 'the write of y is still under way')
  driver.completeWrite()
  t.equal(driver.applied.length, 3)
})

t.test('a server that restarts votes twice in one term', async (t) => {
  const driver = server()
  driver.ask(n2, requestVote(3, [0, 0]))
  const again = new Driver(driver.options, driver.disk)
  t.match(again.ask(n3, requestVote(3, [0, 0], n3)), { voteGranted: false })
  t.match(again.view, { currentTerm: 3, votedFor: 'n2' })
})

t.test('a late refusal undoes what has been proved since', async (t) => {
  const driver = lead(server({ terms: [1, 1, 1] }))
  acknowledge(driver, n2, 4)
  driver.take()
  driver.answer(n2, {
    type: 'appendEntriesResponse',
    term: term(2),
    success: false,
    round: 0,
    matchIndex: logIndex(3),
  })
  driver.propose('x')
  t.match(
    driver.takeSent('appendEntries').find(({ to }) => to === n2),
    { message: { prevLogIndex: 4 } },
  )
  driver.propose('y')
  const next = driver.takeSent('appendEntries').find(({ to }) => to === n2)
  t.match(next, { message: { prevLogIndex: 5 } }, 'it is not probed anew: entries go on without waiting')
})

t.test('a candidate led before its own vote was on disk', async (t) => {
  const driver = stand(server({ autoWrite: false }))
  vote(driver, n2)
  t.equal(driver.view.role, 'candidate', 'one of three votes is durable')
  driver.completeWrite()
  t.equal(driver.view.role, 'leader')
})

t.test('a duplicate vote counted twice', async (t) => {
  const driver = stand(server({ size: 5 }))
  vote(driver, n2)
  vote(driver, n2)
  t.equal(driver.view.role, 'candidate')
})

t.test('lease equal to the heartbeat timeout: two leaders serve reads (Consul 2014)', async (t) => {
  const network = new Network(3, (options) => ({ ...options, readLease: true }))
  network.stand(n1)
  network.heartbeat()
  const old = network.node(n1)
  const rivals = [network.node(n2), network.node(n3)]
  network.isolate(n1)
  let served = 0
  while (!rivals.some(({ view }) => view.role === 'leader')) {
    old.read(++served)
    t.match(old.takeOf('readReady'), served <= 135 ? [{ context: served }] : [])
    network.pass(1)
    for (const rival of rivals) rival.tick()
    network.settle()
  }
  t.ok(served > 150, 'nobody was elected while the lease held')
  t.equal(old.view.role, 'leader', 'it has not noticed yet')
  old.read(0)
  t.same(old.takeOf('readReady'), [])
})

t.test('old snapshot truncates a matching log (etcd PR 1763)', async (t) => {
  const driver = server({ terms: [1, 1, 1, 1, 1] })
  driver.ask(n2, appendEntries(1, [5, 1], [], 2))
  for (const index of [1, 2, 3, 5]) {
    driver.step({ type: 'snapshotStored', exchange: exchange(index), snapshot: snapshotAt(index, 1) })
    t.same(driver.terms, [1, 1, 1, 1, 1], `a snapshot at ${index} of what the log holds`)
  }
  t.equal(driver.view.commitIndex, 5)
  t.match(
    driver.restored.map(({ index }) => index),
    [3, 5],
    'what is committed already is not restored either',
  )
  t.match(new Driver(driver.options, driver.disk).view, { lastLogIndex: 5 })
})

t.test('follower stuck in snapshot state after a crash (dgraph PR 2707)', async (t) => {
  const hardState = { currentTerm: term(1), votedFor: undefined }
  const network = new Network(3, undefined, () => ({ hardState, entries: logOf([1], names(3)) }))
  network.stand(n1)
  network.isolate(n3)
  network.node(n1).propose('missed')
  network.settle()
  network.node(n1).snapshot()
  network.heal()
  const { progress } = network.node(n1).view
  network.pass(50)
  network.node(n1).tick()
  network.collect()
  while (network.storing.length === 0) {
    const [next] = network.queue.splice(0, 1)
    if (next === undefined) throw new Error('no piece of the snapshot came')
    network.deliver(next)
    network.collect()
  }
  network.restart(n3)
  network.settle()
  t.equal(progress.get(n3)?.state, 'snapshot', 'the piece went down with the follower')
  network.node(n1).step({ type: 'peerUnreachable', peer: n3 })
  network.heartbeat()
  t.equal(progress.get(n3)?.state, 'replicate')
  t.equal(network.node(n3).state, network.node(n1).state)
})

t.test('applied index and object state not saved as one (etcd 3.5)', async (t) => {
  const driver = server()
  driver.ask(n2, appendEntries(1, [0, 0], [1, 1, 1], 2))
  driver.snapshot()
  driver.ask(n2, appendEntries(1, [3, 1], [1], 4))
  const again = new Driver(driver.options, driver.disk)
  t.match(again.view, { lastApplied: 2, commitIndex: 2 }, 'as far as its state, not as far as it once was')
  again.ask(n2, appendEntries(1, [4, 1], [], 4))
  t.same(
    again.applied.map(({ index }) => index),
    [3, 4],
  )
  t.equal(again.state, driver.state)
})

t.test('lease kept through a leadership transfer (etcd-io/raft #99)', async (t) => {
  const driver = new Driver({ ...optionsFor(n1, names(3)), readLease: true })
  driver.tick(150)
  ready(driver)
  renewLease(driver)
  acknowledge(driver, n2)
  driver.read(1)
  t.match(driver.takeOf('readReady'), [{ context: 1 }])
  driver.step({ type: 'transfer', to: n2 })
  t.match(driver.takeSent('timeoutNow'), [{ to: n2 }])
  driver.read(2)
  t.same(driver.takeOf('readReady'), [])
  while (driver.view.transferringTo !== undefined) renewLease(driver)
  driver.take()
  driver.read(3)
  t.same(driver.takeOf('readReady'), [], 'it was given up, but the word to stand may still be on its way')
})

function renewLease(driver: Driver): void {
  driver.tickAtDeadline()
  const round = driver.takeSent('appendEntries').at(-1)?.message.round ?? 0
  acknowledge(driver, n2, driver.view.lastLogIndex, round, 150)
}

t.test(
  'single-server changes from different terms both commit (Raft 2015, copycat #23, braft #182)',
  async (t) => {
    const bootstrap = configurationOf(names(4), [n5])
    const network = new Network(5, (options) => ({ ...options, bootstrap }))
    network.stand(n1)
    network.heartbeat()
    network.isolate(n1)
    network.node(n1).configure(names(5))
    network.settle()
    t.same(network.node(n1).view.configuration.voters, names(5), 'adopted by n1 alone')
    network.stand(n2)
    network.leader().configure([n1, n2, n3])
    network.settle()
    network.heal()
    network.heartbeat()
    network.heartbeat()
    t.same(network.node(n1).view.configuration.voters, [n1, n2, n3], 'the change that only n1 had is gone')
    const committed = network.invariants.committed.filter(({ kind }) => kind === 'configuration')
    t.equal(committed.length, 2, 'one change, in two steps')
  },
)

t.test('a leader whose first entry is not committed changes the configuration (Raft 2015)', async (t) => {
  const driver = lead(server({ size: 4, terms: [1] }))
  driver.configure([n1, n2, n3])
  t.match(driver.takeOf('configureRefused'), [{ reason: 'notReady' }])
  t.equal(driver.view.configuration.voters.length, 4)
})

t.test('a member with a new folder is trusted with what its former self had', async (t) => {
  const driver = lead(server({ terms: [1] }))
  for (const id of [n2, n3, n2]) acknowledge(driver, id)
  driver.configure([n1, n2])
  for (const id of [n2, n3, n2]) acknowledge(driver, id)
  driver.configure([n1, n2], [n3])
  acknowledge(driver, n2)
  driver.answer(
    n3,
    {
      type: 'appendEntriesResponse',
      term: term(2),
      success: false,
      round: 1,
      matchIndex: logIndex(driver.view.lastLogIndex - 1),
    },
    incarnation('n3-second'),
  )
  t.equal(driver.view.pins.get(n3), 'n3-second')
  t.equal(driver.view.progress.get(n3)?.matchIndex, 0)
})

t.test('after a restart a member counts only once others that are down have come back', async (t) => {
  const network = new Network(3)
  network.stand(n1)
  network.heartbeat()
  for (const id of names(3)) network.restart(id)
  network.nodes.delete(n2)
  network.stand(n1)
  network.leader().propose('on n1 and n3')
  network.settle()
  t.equal(network.leader().view.commitIndex, network.leader().view.lastLogIndex)
})

t.test(
  'a heartbeat that overtakes a long command is not refused, and the command is sent once',
  async (t) => {
    const driver = ready(server())
    for (const id of [n2, n3, n2]) acknowledge(driver, id)
    driver.take()
    const { lastLogIndex: before } = driver.view
    const checked = () =>
      driver.takeSent('appendEntries').flatMap(({ to, message }) => (to === n2 ? [message.prevLogIndex] : []))
    driver.propose('long'.repeat(10_000))
    driver.propose('behind it')
    t.same(checked(), [before, before + 1])
    driver.tickAtDeadline()
    t.same(checked(), [before], 'behind what has surely arrived')
    acknowledge(driver, n2, before)
    t.same(checked(), [], 'it is on its way')
    acknowledge(driver, n2, before + 2)
    driver.take()
    driver.tickAtDeadline()
    t.same(checked(), [before + 2], 'behind all that was sent, to notice a loss')
  },
)
