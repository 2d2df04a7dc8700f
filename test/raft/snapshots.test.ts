/** Logs that begin behind a snapshot, and snapshots that leaders send to those who need what is gone. */
import t from 'tap'
import type { Entry, InstallSnapshotResponse, ServerId } from '../../lib/raft/index.js'
import { clusterId, exchange, incarnation, logIndex, term } from '../../lib/raft/index.js'
import { configurationOf, Driver, logOf, names, optionsFor } from './driver.js'
import { Network } from './network.js'
import {
  acknowledge,
  appendEntries,
  command,
  installSnapshot,
  lead,
  n1,
  n2,
  n3,
  n4,
  requestVote,
  server,
  snapshotAt,
} from './story.js'

// Compaction

t.test('compaction drops what a snapshot covers, and keeps the position of its last entry', async (t) => {
  const driver = leaderWithSnapshot(4)
  t.match(driver.view, { snapshotIndex: 4, lastLogIndex: 6, commitIndex: 6 })
  t.same(
    driver.log.map(({ index }) => index),
    [5, 6],
  )
  t.match(driver.server.positionAt(logIndex(4)), { index: 4, term: 1 })
})

t.test('compaction never goes back', async (t) => {
  const driver = leaderWithSnapshot(4)
  driver.step({ type: 'compact', index: logIndex(2) })
  t.equal(driver.view.snapshotIndex, 4)
})

t.test('what is not applied is not compacted', async (t) => {
  const driver = lead(server({ terms: [1, 1] }))
  t.throws(() => driver.step({ type: 'compact', index: logIndex(1) }), {
    name: 'InvariantViolation',
    message: /Only what is applied is compacted/,
  })
})

t.test('a log of which everything is compacted goes on where it ended', async (t) => {
  const driver = leaderWithSnapshot(6)
  driver.propose('next')
  t.match(driver.log, [{ index: 7, term: 2 }])
  t.match(driver.ask(n3, requestVote(3, [6, 1], n3, true)), { voteGranted: false }, 'its last term counts')
})

t.test('a snapshot can stand from where the log begins to what is applied, nowhere else', async (t) => {
  const driver = leaderWithSnapshot(4)
  driver.propose('not committed')
  for (const index of [3, 7, 8]) t.throws(() => driver.server.positionAt(logIndex(index)), RangeError)
  t.equal(driver.server.positionAt(logIndex(6)).term, 2)
})

t.test('a snapshot says what was in force where it stands, whatever came later', async (t) => {
  const driver = server()
  driver.ask(n2, { ...appendEntries(1, [0, 0], [], 4), entries: growing() })
  t.match(driver.server.positionAt(logIndex(1)), {
    configuration: { voters: names(3) },
    clusterId: 'test',
    incarnations: [],
  })
  t.match(driver.server.positionAt(logIndex(4)), {
    configuration: { voters: names(4) },
    incarnations: [['n2', 'n2-first']],
  })
  t.equal(driver.server.positionAt(logIndex(0)).clusterId, undefined)
})

t.test('what compaction has dropped of members and their incarnations stays in force', async (t) => {
  const driver = server()
  driver.ask(n2, { ...appendEntries(1, [0, 0], [], 4), entries: growing() })
  driver.snapshot()
  t.match(driver.view, { clusterId: 'test', configuration: { voters: names(4) }, snapshotIndex: 4 })
  t.same(driver.view.pins.get(n2), 'n2-first')
  const later = { kind: 'configuration', index: logIndex(5), term: term(1) } as const
  const entry = { ...later, configuration: configurationOf([n1, n2]) }
  driver.ask(n2, { ...appendEntries(1, [4, 1]), entries: [entry] })
  driver.ask(n3, { ...appendEntries(2, [4, 1], [2]), leaderId: n3 })
  t.same(driver.view.configuration.voters, names(4), 'a later one that is truncated gives way to it')
})

t.test('what is in force where a log begins stays known when something newer stands behind it', async (t) => {
  const driver = server()
  driver.ask(n2, { ...appendEntries(1, [0, 0], [], 4), entries: growing() })
  const later = { kind: 'configuration', index: logIndex(5), term: term(1) } as const
  const entry = { ...later, configuration: configurationOf([n1, n2]) }
  driver.ask(n2, { ...appendEntries(1, [4, 1]), entries: [entry] })
  driver.snapshot()
  t.match(driver.view, { snapshotIndex: 4, configuration: { voters: [n1, n2] } })
  t.match(driver.server.positionAt(logIndex(4)), { configuration: { voters: names(4) } })
  driver.ask(n3, { ...appendEntries(2, [4, 1], [2]), leaderId: n3 })
  t.same(driver.view.configuration.voters, names(4), 'the newer one was truncated')
})

t.test('entries that are compacted already are agreed with, and those behind them taken', async (t) => {
  const driver = server()
  driver.ask(n2, appendEntries(1, [0, 0], [1, 1, 1], 3))
  driver.snapshot()
  t.match(driver.ask(n2, appendEntries(1, [1, 1], [1, 1, 1])), { success: true, matchIndex: 4 })
  t.match(driver.ask(n2, appendEntries(1, [0, 0], [1])), { success: true, matchIndex: 1 })
  t.same(driver.terms, [1])
})

// Restart

t.test('a server restarts from its snapshot and the log that follows it', async (t) => {
  const driver = server()
  driver.ask(n2, appendEntries(1, [0, 0], [1, 1, 1, 1], 3))
  driver.snapshot(2)
  const again = new Driver(driver.options, driver.disk)
  t.match(again.view, { snapshotIndex: 3, lastApplied: 3, commitIndex: 3, lastLogIndex: 4, durableIndex: 4 })
  t.equal(again.state, driver.state)
  t.same(again.view.configuration, driver.view.configuration)
  t.match(again.ask(n2, appendEntries(1, [3, 1], [1, 1], 5)), { success: true, matchIndex: 5 })
})

t.test('a snapshot that was durable before its term was: the term goes with it', async (t) => {
  const hardState = { currentTerm: term(3), votedFor: n3 }
  const driver = new Driver(optionsFor(n1, names(3)), { hardState, snapshot: snapshotAt(5, 4) })
  t.match(driver.view, { currentTerm: 4, votedFor: undefined })
  const later = { hardState, snapshot: snapshotAt(5, 3), entries: [command(6, 4)] }
  t.throws(() => new Driver(optionsFor(n1, names(3)), later), { name: 'InvariantViolation' })
})

t.test('the pins of a snapshot count, and whoever leads from one repeats them for all', async (t) => {
  const hardState = { currentTerm: term(1), votedFor: undefined }
  const driver = lead(new Driver(optionsFor(n1, names(3)), { hardState, snapshot: snapshotAt(5, 1) }))
  acknowledge(driver, n2)
  t.match(driver.log, [
    { kind: 'empty', index: 6 },
    {
      kind: 'identity',
      index: 7,
      incarnations: [
        ['n1', 'n1-first'],
        ['n2', 'n2-first'],
        ['n3', 'n3-first'],
      ],
    },
  ])
  acknowledge(driver, n2)
  t.match(driver.view, { commitIndex: 7, lastLogIndex: 7 })
})

// The leader

t.test(
  'a slow follower after compaction gets a snapshot in pieces, then the entries behind it',
  async (t) => {
    const network = afterCompaction()
    network.heartbeat()
    const leader = network.leader()
    t.match(network.node(n3).restored, [{ index: 5 }])
    t.equal(network.node(n3).state, leader.state)
    t.match(leader.view.progress.get(n3), { state: 'replicate', matchIndex: 6 })
    t.same(sendings(leader), [5], 'one event for all its pieces')
  },
)

t.test('a follower that the log can still serve gets no snapshot, though it was away', async (t) => {
  const network = afterCompaction({ kept: 3 })
  network.node(n1).step({ type: 'peerUnreachable', peer: n3 })
  network.heartbeat()
  t.same(sendings(network.leader()), [])
  t.equal(network.node(n3).view.lastLogIndex, 6)
})

t.test(
  'a member that was never heard is probed where the log begins, and refuses before it gets a snapshot',
  async (t) => {
    const driver = leaderWithSnapshot(4)
    driver.step({ type: 'peerUnreachable', peer: n3 })
    driver.tickAtDeadline()
    const toN3 = driver.takeSent('appendEntries').filter(({ to }) => to === n3)
    t.match(toN3, [{ message: { prevLogIndex: 4, prevLogTerm: 1 } }])
    t.equal(driver.takeOf('sendSnapshot').length, 0)
    lagBehind(driver, 4)
    t.match(driver.takeOf('sendSnapshot'), [{ to: 'n3' }])
  },
)

t.test('more pieces leave when one is answered, and heartbeats go on', async (t) => {
  const driver = leaderWithSnapshot(4)
  lagBehind(driver)
  t.match(driver.takeOf('sendSnapshot'), [{ to: 'n3', term: 2, resume: undefined }])
  t.equal(driver.view.progress.get(n3)?.state, 'snapshot')
  driver.propose('x')
  lagBehind(driver)
  driver.tickAtDeadline()
  const toN3 = driver.takeSent('appendEntries').filter(({ to }) => to === n3)
  t.match(toN3, [{ message: { entries: [], prevLogIndex: 4 } }], 'no entries, and a heartbeat')
  t.equal(toN3.length, 1)
  t.equal(driver.takeOf('sendSnapshot').length, 0)
  answerPiece(driver, 5, 1)
  t.match(driver.takeOf('sendSnapshot'), [{ to: 'n3', resume: { index: 5, offset: 1 } }])
})

t.test('installed: entries go on behind the snapshot', async (t) => {
  const driver = leaderWithSnapshot(4)
  lagBehind(driver)
  driver.take()
  answerPiece(driver, 5, 0, { installed: true })
  t.match(driver.view.progress.get(n3), { state: 'replicate', matchIndex: 5 })
  t.match(driver.takeSent('appendEntries'), [
    { to: 'n3', message: { prevLogIndex: 5, entries: [{ index: 6 }] } },
  ])
})

t.test('a piece that was lost leaves again when the follower next answers a heartbeat', async (t) => {
  const driver = leaderWithSnapshot(4)
  lagBehind(driver)
  answerPiece(driver, 5, 2)
  driver.take()
  driver.step({ type: 'peerUnreachable', peer: n3 })
  driver.propose('not a sign of life')
  t.equal(driver.takeOf('sendSnapshot').length, 0)
  lagBehind(driver)
  t.match(driver.takeOf('sendSnapshot'), [{ to: 'n3', resume: { index: 5, offset: 2 }, isAgain: true }])
  lagBehind(driver)
  t.equal(driver.takeOf('sendSnapshot').length, 0)
})

t.test(
  'bug: a loss was forgotten when an answer to an earlier piece came, and all waited for ever',
  async (t) => {
    const driver = leaderWithSnapshot(4)
    lagBehind(driver)
    answerPiece(driver, 5, 2)
    driver.take()
    driver.step({ type: 'peerUnreachable', peer: n3 })
    answerPiece(driver, 5, 3)
    t.equal(driver.takeOf('sendSnapshot').length, 0)
    lagBehind(driver)
    t.match(driver.takeOf('sendSnapshot'), [{ resume: { index: 5, offset: 3 }, isAgain: true }])
    answerPiece(driver, 5, 4)
    t.match(driver.takeOf('sendSnapshot'), [{ resume: { index: 5, offset: 4 }, isAgain: false }])
  },
)

t.test(
  'bug (seed 20010): pieces that overtook each other were thrown away, and nobody sent them again',
  async (t) => {
    const driver = leaderWithSnapshot(4)
    lagBehind(driver)
    answerPiece(driver, 5, 2)
    answerPiece(driver, 5, 2)
    answerPiece(driver, 5, 3)
    driver.take()
    lagBehind(driver)
    t.equal(driver.takeOf('sendSnapshot').length, 0, 'an answer may be on its way')
    driver.tickAtDeadline()
    lagBehind(driver)
    t.match(driver.takeOf('sendSnapshot'), [{ to: 'n3', resume: { index: 5, offset: 3 }, isAgain: true }])
  },
)

t.test('a piece is lost with the contact to the follower', async (t) => {
  const driver = leaderWithSnapshot(4)
  lagBehind(driver)
  driver.take()
  for (let beat = 0; beat < 4; beat++) {
    driver.tickAtDeadline()
    acknowledge(driver, n2)
  }
  t.equal(driver.view.progress.get(n3)?.lostContact, true)
  lagBehind(driver)
  t.match(driver.takeOf('sendSnapshot'), [{ to: 'n3', resume: undefined }])
})

t.test('installed, and the answer that says so is lost: the next heartbeat finds out', async (t) => {
  const driver = leaderWithSnapshot(4)
  lagBehind(driver)
  driver.take()
  acknowledge(driver, n3, 3)
  t.equal(driver.view.progress.get(n3)?.state, 'snapshot', 'what it has on disk does not reach the log yet')
  acknowledge(driver, n3, 4)
  t.match(driver.view.progress.get(n3), { state: 'replicate', matchIndex: 4 })
  t.match(driver.takeSent('appendEntries'), [
    { to: 'n3', message: { prevLogIndex: 4, entries: [{ index: 5 }, { index: 6 }] } },
  ])
})

t.test('an answer that does not move on waits for a heartbeat: a refused piece is no storm', async (t) => {
  const driver = leaderWithSnapshot(4)
  lagBehind(driver)
  answerPiece(driver, 5, 2)
  driver.take()
  answerPiece(driver, 5, 2)
  answerPiece(driver, 5, 0)
  answerPiece(driver, 4, 3)
  t.equal(driver.takeOf('sendSnapshot').length, 0)
  lagBehind(driver)
  t.match(driver.takeOf('sendSnapshot'), [{ resume: { index: 5, offset: 0 } }], 'where the follower stands')
})

t.test('a snapshot that the log has left behind meanwhile is followed by a newer one', async (t) => {
  const driver = leaderWithSnapshot(4)
  lagBehind(driver)
  answerPiece(driver, 4, 1)
  driver.take()
  driver.snapshot()
  answerPiece(driver, 4, 0, { installed: true })
  driver.propose('more')
  t.match(driver.view.progress.get(n3), { state: 'snapshot', matchIndex: 4 })
  t.match(driver.takeOf('sendSnapshot'), [{ to: 'n3', resume: undefined }])
  t.same(sendings(driver), [4, 6])
})

t.test('an answer about more than is committed is not to this leader', async (t) => {
  const driver = leaderWithSnapshot(4)
  lagBehind(driver)
  driver.propose('x')
  driver.take()
  answerPiece(driver, 7, 0, { installed: true })
  t.match(driver.view.progress.get(n3), { state: 'snapshot', matchIndex: 0 })
  answerPiece(driver, 5, 1, { from: n4 })
  t.same(driver.takeOf('sendSnapshot'), [])
})

t.test('an answer to a piece settles nobody: the answer that asked for pieces did', async (t) => {
  const driver = new Driver(optionsFor(n1, names(3)), {
    hardState: { currentTerm: term(1), votedFor: undefined },
    entries: logOf([1, 1], [n1, n2]),
  })
  lead(driver)
  acknowledge(driver, n2)
  driver.snapshot()
  driver.tickAtDeadline()
  answerPiece(driver, 0, 0)
  t.equal(driver.view.pins.get(n3), undefined)
})

// The follower

t.test('a piece makes the follower follow, and is handed out to be stored', async (t) => {
  const driver = server({ term: 1 })
  driver.tickAtDeadline()
  const message = installSnapshot(2, snapshotAt(5, 2))
  t.equal(driver.ask(n2, message), undefined)
  t.match(driver.view, { role: 'follower', leaderId: 'n2', currentTerm: 2 })
  t.match(driver.takeOf('storeChunk'), [{ message }])
  driver.tick(149)
  t.equal(driver.view.role, 'follower', 'its election timer started anew')
  driver.step({ type: 'chunkStored', exchange: exchange(1), snapshotIndex: logIndex(5), offset: 1 })
  t.match(driver.takeOf('reply'), [{ message: { snapshotIndex: 5, offset: 1, installed: false } }])
})

t.test('a piece of a stale term is refused with the current one', async (t) => {
  const driver = server({ term: 3 })
  t.match(driver.ask(n2, installSnapshot(2, snapshotAt(5, 2))), { term: 3, installed: false })
  t.equal(driver.takeOf('storeChunk').length, 0)
})

t.test('a snapshot of another cluster, or of a term that has not begun, is not stored', async (t) => {
  const driver = server()
  driver.ask(n2, appendEntries(1, [0, 0], [], 0))
  t.match(driver.ask(n2, installSnapshot(1, snapshotAt(5, 2))), { installed: false, offset: 0 })
  driver.ask(n2, { ...appendEntries(1, [0, 0], [], 1), entries: logOf([1], names(3)) })
  const foreign = { ...snapshotAt(5, 1), clusterId: clusterId('another') }
  t.match(driver.ask(n2, installSnapshot(1, foreign, { offset: 3 })), { installed: false, offset: 0 })
  t.equal(driver.takeOf('storeChunk').length, 0)
})

t.test('an installed snapshot: the log goes on behind it, with its members and its cluster', async (t) => {
  const driver = server({ terms: [1, 1], autoWrite: false })
  stored(driver, 9, 3, [n1, n2, n4])
  t.match(driver.view, { snapshotIndex: 9, lastLogIndex: 9, commitIndex: 9, lastApplied: 9 })
  t.match(driver.restored, [{ index: 9 }])
  t.same(driver.log, [])
  t.same(driver.view.configuration.voters, ['n1', 'n2', 'n4'])
  t.match(driver.writing, [{ hardState: { currentTerm: 3 } }, { reset: { index: 9, term: 3 }, entries: [] }])
  t.match(
    driver.events.slice(-2),
    [
      { type: 'configurationCommitted', index: 9 },
      { type: 'clusterPinned', clusterId: 'test' },
    ],
    'neither was committed here before',
  )
  driver.completeWrite()
  t.same(driver.takeOf('reply'), [], 'the log on disk still begins before it')
  driver.completeWrite()
  t.match(driver.takeOf('reply'), [{ message: { snapshotIndex: 9, installed: true } }])
  t.match(driver.ask(n2, appendEntries(3, [9, 3], [3], 10)), undefined)
  driver.completeWrite()
  t.equal(driver.applied.at(-1)?.index, 10, 'the first entry that is applied after it')
})

t.test('the state machine is restored before what follows is applied', async (t) => {
  const driver = server({ terms: [1, 1, 1] })
  driver.ask(n2, appendEntries(1, [3, 1]))
  const effects = driver.step({ type: 'snapshotStored', exchange: exchange(9), snapshot: snapshotAt(2, 1) })
  t.match(
    effects.map(({ type }) => type),
    ['event', 'restore', 'reply'],
  )
  t.match(driver.ask(n2, appendEntries(1, [3, 1], [], 3)), { success: true })
  t.same(
    driver.applied.map(({ index }) => index),
    [3],
  )
})

t.test('a snapshot that ends exactly at the last index keeps the log', async (t) => {
  const driver = server({ terms: [1, 1, 1] })
  stored(driver, 3, 1)
  t.match(driver.view, { snapshotIndex: 0, lastLogIndex: 3, commitIndex: 3, lastApplied: 3 })
  t.match(driver.restored, [{ index: 3 }])
  t.match(driver.takeOf('reply'), [{ message: { installed: true } }])
})

t.test('what follows a snapshot in a log that agrees with it is kept', async (t) => {
  const driver = server({ terms: [1, 1, 1, 2, 2] })
  stored(driver, 3, 1)
  t.same(driver.terms, [1, 1, 1, 2, 2])
  t.equal(driver.view.commitIndex, 3)
})

t.test('a log that went another way gives way to the snapshot as a whole', async (t) => {
  const driver = server({ terms: [1, 1, 2, 2, 2] })
  stored(driver, 3, 3)
  t.match(driver.view, { snapshotIndex: 3, lastLogIndex: 3 })
})

t.test('a snapshot older than expected is installed already: nothing changes', async (t) => {
  const driver = server()
  driver.ask(n2, appendEntries(1, [0, 0], [1, 1, 1], 3))
  const message = installSnapshot(1, snapshotAt(2, 1))
  t.match(driver.ask(n2, message), { installed: true, snapshotIndex: 2 })
  t.equal(driver.takeOf('storeChunk').length, 0)
  stored(driver, 3, 1)
  t.match(driver.takeOf('reply'), [{ message: { installed: true, snapshotIndex: 3 } }])
  t.same(driver.restored, [])
  t.equal(driver.view.lastLogIndex, 3)
})

t.test('that a snapshot is there is not said before it is so on disk', async (t) => {
  const driver = server({ term: 1, autoWrite: false })
  driver.ask(n2, appendEntries(1, [0, 0], [1, 1], 2))
  t.equal(driver.ask(n2, installSnapshot(1, snapshotAt(2, 1))), undefined)
  stored(driver, 9, 1)
  t.equal(driver.ask(n2, installSnapshot(1, snapshotAt(5, 1))), undefined)
  driver.completeWrite()
  t.match(driver.takeOf('reply').length, 2, 'the entries, and the snapshot that ends with them')
  driver.completeWrite()
  t.equal(driver.takeOf('reply').length, 2)
})

t.test('writes of a log that has given way to a snapshot prove nothing', async (t) => {
  const driver = server({ term: 1, autoWrite: false })
  driver.ask(n2, appendEntries(1, [0, 0], [1, 1]))
  stored(driver, 9, 1)
  driver.ask(n2, appendEntries(1, [9, 1], [1, 1]))
  t.equal(driver.view.durableIndex, 0)
  driver.completeWrite()
  t.equal(driver.view.durableIndex, 0, 'two entries of a log that is gone')
  driver.completeWrite()
  t.equal(driver.view.durableIndex, 9)
  driver.completeWrite()
  t.equal(driver.view.durableIndex, 11)
})

t.test('a server that crashes before its log begins anew on disk starts at the snapshot', async (t) => {
  const network = afterCompaction()
  const follower = network.node(n3)
  follower.autoWrite = false
  network.heartbeat()
  t.equal(follower.view.snapshotIndex, 5)
  t.match(follower.writing, [{ reset: { index: 5 } }])
  const again = network.restart(n3)
  t.match(again.view, { snapshotIndex: 5, lastLogIndex: 5, lastApplied: 5 })
  network.heartbeat()
  t.equal(again.view.lastLogIndex, 6)
  t.equal(again.state, network.leader().state)
})

t.test('a snapshot that is complete only when its receiver leads moves its commit index on', async (t) => {
  const options = { ...optionsFor(n1, names(3)), uncommittedSizeMax: 8 }
  const hardState = { currentTerm: term(1), votedFor: undefined }
  const driver = lead(new Driver(options, { hardState, entries: logOf([1, 1, 1], names(3)) }))
  for (const id of [n2, n3]) acknowledge(driver, id, 1)
  driver.propose('12345')
  t.match(driver.takeOf('refused'), [{ reason: 'overloaded' }])
  stored(driver, 3, 1)
  t.match(driver.view, { role: 'leader', commitIndex: 3, lastApplied: 3, lastLogIndex: 4 })
  driver.propose('12345')
  t.equal(driver.view.lastLogIndex, 5, 'what the snapshot covers is not open any more')
  const other = { type: 'snapshotStored', exchange: exchange(9), snapshot: snapshotAt(9, 1) } as const
  t.throws(() => driver.step(other), { name: 'InvariantViolation' })
})

t.test('the age of the data counts from the state machine, not from the snapshot on disk', async (t) => {
  const driver = server()
  const age = () => driver.server.dataAge(driver.now)
  driver.ask(n2, appendEntries(1, [0, 0], [1], 1))
  driver.tick(100)
  const core = driver.server
  core.step({ type: 'snapshotStored', exchange: exchange(9), snapshot: snapshotAt(5, 1) }, driver.now)
  const heartbeat = { ...appendEntries(1, [5, 1], [], 5), round: 2 }
  core.step(
    {
      type: 'request',
      from: n2,
      incarnation: incarnation('n2-first'),
      message: heartbeat,
      exchange: exchange(8),
    },
    driver.now,
  )
  t.equal(age(), 100, 'still what it was')
  core.step({ type: 'applied', index: logIndex(5) }, driver.now)
  core.step(
    {
      type: 'request',
      from: n2,
      incarnation: incarnation('n2-first'),
      message: heartbeat,
      exchange: exchange(7),
    },
    driver.now,
  )
  t.equal(age(), 0)
})

/** The leader n1 of three, in term 2, with six entries committed and its log compacted up to `index`. */
function leaderWithSnapshot(index: number): Driver {
  const driver = lead(server({ terms: [1, 1, 1, 1, 1] }))
  acknowledge(driver, n2)
  driver.snapshot(index)
  driver.take()
  return driver
}

/** n3 answers a heartbeat that checked `refused`: it lacks all but the first entry. */
function lagBehind(driver: Driver, refused = 5): void {
  driver.answer(n3, {
    type: 'appendEntriesResponse',
    term: driver.view.currentTerm,
    success: false,
    round: 0,
    matchIndex: logIndex(refused),
    conflict: { index: logIndex(1), term: term(1) },
  })
}

function answerPiece(
  driver: Driver,
  snapshotIndex: number,
  offset: number,
  { installed = false, from = n3 }: { installed?: boolean; from?: ServerId } = {},
): void {
  const message: InstallSnapshotResponse = {
    type: 'installSnapshotResponse',
    term: driver.view.currentTerm,
    snapshotIndex: logIndex(snapshotIndex),
    offset,
    installed,
  }
  driver.answer(from, message)
}

/** The snapshot of a leader in `lastTerm` has come in whole. */
function stored(driver: Driver, index: number, lastTerm: number, members = names(3)): void {
  const snapshot = snapshotAt(index, lastTerm, members)
  if (lastTerm > driver.view.currentTerm) driver.ask(n2, installSnapshot(lastTerm, snapshot))
  driver.step({ type: 'snapshotStored', exchange: exchange(99), snapshot })
}

/** n1 leads three and has committed six entries; n3 has only the first two, and its leader's log begins at 5 - kept. */
function afterCompaction({ kept = 0 } = {}): Network {
  const begin = { hardState: { currentTerm: term(1), votedFor: undefined }, entries: logOf([1], names(3)) }
  const network = new Network(3, undefined, () => begin)
  network.stand(n1)
  network.isolate(n3)
  network.node(n1).propose('2', '3', '4')
  network.settle()
  const { lastApplied } = network.node(n1).view
  network.node(n1).snapshot(lastApplied - kept)
  network.node(n1).propose('5')
  network.settle()
  network.heal()
  return network
}

function sendings(driver: Driver): readonly number[] {
  return driver.events.flatMap((event) => (event.type === 'sendingSnapshot' ? [event.index] : []))
}

/** A cluster of three that is named, pins n2, and grows to four. */
function growing(): readonly Entry[] {
  const at = (index: number) => ({ index: logIndex(index), term: term(1) })
  return [
    { kind: 'identity', ...at(1), clusterId: clusterId('test'), incarnations: [] },
    {
      kind: 'identity',
      ...at(2),
      clusterId: clusterId('test'),
      incarnations: [[n2, incarnation('n2-first')]],
    },
    command(3, 1),
    { kind: 'configuration', ...at(4), configuration: configurationOf(names(4)) },
  ]
}
