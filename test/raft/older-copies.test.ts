/**
 * A member whose folder was put back as it once was: it may have acknowledged what it lacks, and voted in terms it does
 * not remember.
 */
import t from 'tap'
import { clusterId, incarnation, logIndex, start, term } from '../../lib/raft/index.js'
import type { Lineage, ServerId } from '../../lib/raft/index.js'
import { Disk } from './disk.js'
import { Driver } from './driver.js'
import { Network } from './network.js'
import { acknowledge, lead, n1, n2, n3, n4, n5, ready, requestVote, server, stand } from './story.js'

const first = start('1-a')
const second = start('2-b')
/** A copy from before the first one. */
const copied = start('1-c')

/** Three that serve, led by n1; what n3 had on disk between two of its processes can be put back. */
function served() {
  const network = new Network(3, undefined, undefined, true)
  network.stand(n1)
  network.heartbeat()
  const lineage = network.lineages.get(n3) ?? []
  const { disk } = network.node(n3)
  const copy = new Disk(disk)
  network.crash(n3)
  network.start(n3, disk)
  network.heartbeat()
  network.heartbeat()
  const putBack = () => {
    network.nodes.delete(n3)
    network.lineages.set(n3, lineage)
    return network.start(n3, copy)
  }
  return { network, putBack }
}

function propose(network: Network, data: string): void {
  network.leader().propose(data)
  network.settle()
  network.heartbeat()
}

function commands(node: Driver): readonly string[] {
  return node.log.flatMap((entry) => (entry.kind === 'command' ? [entry.data] : []))
}

function told(node: Driver, type: 'olderCopy' | 'caughtUp'): readonly ServerId[] {
  return node.events.flatMap((event) => (event.type === type ? [event.peer] : []))
}

t.test('an older copy and a member that was away do not lose what was acknowledged', (t) => {
  const { network, putBack } = served()
  const away = network.crash(n2)
  propose(network, 'x')
  t.same(commands(network.node(n1)), ['x'])
  t.equal(network.node(n1).view.commitIndex, network.node(n1).view.lastLogIndex, 'n1 and n3 have it')
  putBack()
  const leader = network.crash(n1)
  network.start(n2, away)
  for (const id of [n2, n3, n2, n3]) network.stand(id)
  t.same(network.leaders(), [], 'neither of them leads')
  t.same(told(network.node(n2), 'olderCopy'), [n3], 'and n2 says why, once')
  network.start(n1, leader)
  network.stand(n1)
  for (let round = 0; round < 4; round++) network.heartbeat()
  t.same(commands(network.node(n3)), ['x'])
  t.same(told(network.node(n3), 'olderCopy'), [n3], 'it has read of it itself')
  t.same(told(network.node(n3), 'caughtUp'), [n3])
  t.same(told(network.node(n1), 'caughtUp'), [n3])
  network.crash(n1)
  network.stand(n2)
  t.equal(network.leader().view.id, n2, 'it has a vote again')
  propose(network, 'y')
  t.same(commands(network.node(n3)), ['x', 'y'])
  t.equal(network.node(n2).view.commitIndex, network.node(n2).view.lastLogIndex, 'and counts')
  t.end()
})

t.test('bug: followers went on to tell of an older copy that had caught up', (t) => {
  const { network, putBack } = served()
  const away = network.crash(n2)
  putBack()
  const leader = network.crash(n1)
  network.start(n2, away)
  for (const id of [n2, n3, n2, n3]) network.stand(id)
  t.same([...network.node(n2).view.olderCopies.keys()], [n3])
  network.start(n1, leader)
  network.stand(n1)
  for (let round = 0; round < 5; round++) network.heartbeat()
  t.equal(network.leader().view.id, n1)
  for (const node of network.nodes.values()) t.same([...node.view.olderCopies.keys()], [])
  t.same(told(network.node(n2), 'caughtUp'), [n3])
  t.end()
})

/** What n1 says to n3 in its hello. */
function tell(network: Network, from: Driver): void {
  const { pins, starts, lastLogIndex, lastLogTerm } = from.view
  const [pinned, last] = [pins.get(n3), starts.get(n3)?.at(-1)]
  if (pinned === undefined || last === undefined) throw new RangeError('n3 is not known')
  const known = { incarnation: pinned, start: last.start, lastLogIndex, lastLogTerm }
  network.node(n3).step({ type: 'startKnown', known })
  network.settle()
}

/** n3 is back with a copy from before x, which it has acknowledged; n2 was away, and only n1 knows. */
function onlyOneKnows(): Network {
  const network = new Network(3, undefined, undefined, true)
  network.stand(n1)
  network.heartbeat()
  const away = network.crash(n2)
  const lineage = network.lineages.get(n3) ?? []
  const copy = new Disk(network.node(n3).disk)
  network.restart(n3)
  for (let round = 0; round < 2; round++) network.heartbeat()
  propose(network, 'x')
  network.crash(n3)
  network.stand(n1)
  network.lineages.set(n3, lineage)
  network.start(n3, copy)
  network.start(n2, away)
  return network
}

t.test('bug: what was acknowledged was lost though one that knew was up, as nobody told the copy', (t) => {
  const network = onlyOneKnows()
  t.equal(network.node(n1).view.commitIndex, network.node(n1).view.lastLogIndex, 'n1 and n3 had x')
  tell(network, network.node(n1))
  t.same(told(network.node(n3), 'olderCopy'), [n3])
  network.isolate(n1)
  for (const id of [n2, n3, n2, n3]) network.stand(id)
  t.same(network.leaders(), [], 'neither of the two that lack x leads')
  network.heal()
  network.stand(n1)
  for (let round = 0; round < 4; round++) network.heartbeat()
  for (const id of [n1, n2, n3]) t.same(commands(network.node(id)), ['x'])
  t.same(told(network.node(n3), 'caughtUp'), [n3])
  network.crash(n1)
  network.stand(n3)
  t.equal(network.leader().view.id, n3, 'and it counts again')
  t.end()
})

t.test('bug: a server whose own log knows of a later start said nothing, and never stood', (t) => {
  const { network } = served()
  const { options, disk } = network.node(n3)
  const copy = new Driver({ ...options, starts: [start('1-z')] }, disk)
  t.same(told(copy, 'olderCopy'), [n3])
  t.same([...copy.view.olderCopies.keys()], [n3])
  t.end()
})

t.test('bug: a member added again with a new folder took that for an older copy of its former one', (t) => {
  const { network } = served()
  const { options, disk } = network.node(n3)
  const anew = { ...options, incarnation: incarnation('n3-anew'), starts: [start('1-z')] }
  const added = new Driver(anew, new Disk(disk))
  t.same(told(added, 'olderCopy'), [])
  added.tickAtDeadline()
  t.equal(added.view.role, 'follower', 'where its former folder is pinned it does not stand')
  t.end()
})

t.test('an older copy that is told in the midst of an election gives it up', (t) => {
  const network = onlyOneKnows()
  const copy = network.node(n3)
  network.pass(300)
  copy.tick()
  t.equal(copy.view.role, 'preCandidate')
  tell(network, network.node(n1))
  t.equal(copy.view.role, 'follower')
  t.end()
})

t.test('the word of a log that is outrun, or about a former folder, makes no older copy', (t) => {
  const { network } = served()
  const { incarnation: own } = network.node(n3).options
  const { lastLogIndex, lastLogTerm } = network.node(n3).view
  const word = { incarnation: own, start: start('9-z'), lastLogIndex, lastLogTerm }
  const ahead = { ...word, lastLogIndex: logIndex(lastLogIndex + 1) }
  const known = network.lineages.get(n3)?.at(0) ?? start('9-z')
  const words = [word, { ...ahead, incarnation: incarnation('n3-former') }, { ...ahead, start: known }]
  for (const said of words) network.node(n3).step({ type: 'startKnown', known: said })
  t.same(told(network.node(n3), 'olderCopy'), [])
  network.crash(n1)
  network.stand(n3)
  t.equal(network.leader().view.id, n3)
  t.end()
})

t.test(
  'a leader counts no acknowledgement of an older copy, however long its log, and confirms no read by it',
  (t) => {
    const { network, putBack } = served()
    const away = network.crash(n2)
    putBack()
    const leader = network.node(n1)
    const { commitIndex } = leader.view
    leader.propose('x')
    leader.read(1)
    network.settle()
    for (let round = 0; round < 3; round++) network.heartbeat()
    t.equal(network.node(n3).view.lastLogIndex, leader.view.lastLogIndex, 'it is brought up to date')
    t.equal(leader.view.commitIndex, commitIndex)
    t.notOk(network.results.some(({ type }) => type === 'readReady'))
    network.start(n2, away)
    for (let round = 0; round < 4; round++) network.heartbeat()
    t.equal(leader.view.commitIndex, leader.view.lastLogIndex, 'with n2 all goes on')
    t.ok(network.results.some(({ type }) => type === 'readReady'))
    t.end()
  },
)

t.test('a member that has restarted with all it had counts at once', (t) => {
  const { network } = served()
  network.crash(n2)
  network.restart(n3)
  propose(network, 'x')
  t.equal(network.leader().view.commitIndex, network.leader().view.lastLogIndex)
  network.restart(n1)
  network.restart(n3)
  network.stand(n1)
  t.equal(network.leader().view.id, n1, 'also when all have restarted')
  for (const node of network.nodes.values()) t.same(told(node, 'olderCopy'), [])
  t.end()
})

t.test('an older copy that has caught up counts after all have restarted, too', (t) => {
  const { network, putBack } = served()
  putBack()
  for (let round = 0; round < 4; round++) network.heartbeat()
  t.same(told(network.node(n1), 'caughtUp'), [n3])
  for (const id of [n1, n2, n3]) network.restart(id)
  network.crash(n2)
  network.stand(n1)
  t.equal(network.leader().view.id, n1, 'though n1 has forgotten what is committed, and only n3 is there')
  t.end()
})

t.test('a copy made while its process ran is found out by the leader that heard more of it', (t) => {
  const driver = numbered()
  refuse(driver, [first, second], 1)
  t.same(told(driver, 'olderCopy'), [n2])
  t.match(
    driver.log.at(-1),
    { kind: 'identity', starts: [['n2', '2-b-lacks-3']] },
    'whoever leads next knows it',
  )
  const { commitIndex } = driver.view
  driver.propose('y')
  says(driver, n2, [first, second])
  t.equal(driver.view.commitIndex, commitIndex, 'nothing counts')
  t.match(driver.log.at(-1), { kind: 'identity', starts: [['n2', '2-b', true]] }, 'until it has caught up')
  says(driver, n3)
  says(driver, n2, [first, second])
  t.same(told(driver, 'caughtUp'), [n2])
  t.end()
})

t.test('what the process before has acknowledged commits nothing until the one that speaks shows it', (t) => {
  const driver = ready(server({ size: 5, terms: [1] }))
  says(driver, n2, [first])
  for (const id of [n3, n4, n5]) acknowledge(driver, id)
  driver.propose('y')
  const end = driver.view.lastLogIndex
  says(driver, n2, [first])
  says(driver, n2, [first, second], 0, end - 1)
  acknowledge(driver, n3, end)
  t.ok(driver.view.commitIndex < end, 'of five two have it for sure')
  says(driver, n2, [first, second])
  t.ok(driver.view.commitIndex >= end)
  t.end()
})

t.test('bug: an older copy that was a little behind all the time never counted again', (t) => {
  const driver = numbered()
  refuse(driver, [copied], 1)
  t.same(told(driver, 'olderCopy'), [n2])
  for (let round = 0; round < 5; round++) {
    driver.propose('y')
    acknowledge(driver, n3)
    says(driver, n2, [copied], 0, driver.view.lastLogIndex - 1)
  }
  t.same(told(driver, 'caughtUp'), [n2])
  t.end()
})

t.test('bug: leadership was handed to an older copy, which does not stand', (t) => {
  const driver = numbered()
  acknowledge(driver, n3, 1)
  refuse(driver, [copied], 1)
  says(driver, n2, [copied])
  driver.take()
  driver.step({ type: 'transfer', to: undefined })
  t.equal(driver.view.transferringTo, n3, 'though n2 is further ahead')
  t.end()
})

t.test('bug: a hand-over to an older copy was waited for, and nobody said why it could not be', (t) => {
  const driver = numbered()
  refuse(driver, [copied], 1)
  driver.take()
  driver.step({ type: 'transfer', to: n2 })
  t.match(driver.take(), [{ type: 'transferEnded', to: n2, outcome: 'olderCopy' }])
  t.equal(driver.view.transferringTo, undefined, 'commands are taken as before')
  t.end()
})

t.test('bug: a former leader went on to tell of older copies that it could not see catch up', (t) => {
  const driver = numbered()
  refuse(driver, [copied], 1)
  t.same([...driver.view.olderCopies.keys()], [n2])
  driver.ask(n3, requestVote(9, [9, 9], n3))
  driver.tick(1000)
  t.not(driver.view.role, 'leader')
  t.same([...driver.view.olderCopies.keys()], [])
  t.end()
})

t.test('bug: a snapshot that an ended process had installed counted for the one that speaks', (t) => {
  const driver = numbered()
  driver.propose('y')
  acknowledge(driver, n3)
  acknowledge(driver, n3)
  says(driver, n2, [first, second], 0, 1)
  const match = () => driver.view.progress.get(n2)?.matchIndex
  const before = match()
  const installed = { snapshotIndex: driver.view.commitIndex, offset: 0, installed: true }
  const answer = { type: 'installSnapshotResponse', term: driver.view.currentTerm, ...installed } as const
  driver.answer(n2, answer, undefined, [first])
  t.equal(match(), before)
  driver.answer(n2, answer, undefined, [first, second])
  t.equal(match(), driver.view.commitIndex)
  t.end()
})

t.test('a member that is probed after its restart, and has what it acknowledged, is no copy', (t) => {
  const driver = numbered()
  driver.propose('y')
  refuse(driver, [first, second], 3)
  t.same(told(driver, 'olderCopy'), [])
  t.match(driver.log.at(-1), { kind: 'identity', starts: [['n2', '2-b']] })
  t.end()
})

t.test('an answer of a process that has ended since is not taken for that of an older copy', (t) => {
  const driver = numbered()
  says(driver, n2, [first, second])
  says(driver, n2, [first])
  t.same(told(driver, 'olderCopy'), [])
  t.end()
})

t.test('bug: the earlier of two processes was not heard any more when the later one had ended', (t) => {
  const driver = numbered()
  says(driver, n2, [first, second])
  says(driver, n2, [first], 1000)
  t.same(told(driver, 'olderCopy'), [n2], 'it answers to what was sent since: it has not ended')
  t.match(
    driver.log.at(-1),
    { kind: 'identity', starts: [['n2', '1-a', true]] },
    'and counts once this is committed',
  )
  t.end()
})

t.test('nothing is written down of an older copy of who has left', (t) => {
  const { network, putBack } = served()
  const leader = network.leader()
  leader.take()
  network.crash(n3)
  leader.configure([n1, n2])
  network.settle()
  network.heartbeat()
  const { lastLogIndex } = leader.view
  putBack()
  for (let round = 0; round < 4; round++) network.heartbeat()
  t.equal(leader.view.lastLogIndex, lastLogIndex)
  t.end()
})

t.test('two processes of one folder do not both count', (t) => {
  const driver = numbered()
  says(driver, n2, [first, second])
  const { commitIndex } = driver.view
  driver.propose('y')
  says(driver, n2, [first, start('2-c')])
  t.same(told(driver, 'olderCopy'), [n2])
  t.equal(driver.view.commitIndex, commitIndex)
  t.end()
})

t.test('who does not say its starts is of an older build, and counts', (t) => {
  const driver = numbered()
  driver.propose('y')
  says(driver, n2)
  t.equal(driver.view.commitIndex, driver.view.lastLogIndex)
  t.end()
})

t.test('a folder that has forgotten its oldest starts is not taken for an older copy', (t) => {
  const driver = numbered()
  driver.propose('y')
  says(driver, n2, [start('300-x'), start('301-y')])
  t.same(told(driver, 'olderCopy'), [])
  t.equal(driver.view.commitIndex, 4)
  t.end()
})

t.test('votes of an older copy are no votes, and it gives none once it knows', (t) => {
  const leader = numbered()
  const driver = stand(new Driver(leader.options, leader.disk))
  const granted = { type: 'requestVoteResponse', term: driver.view.currentTerm, voteGranted: true } as const
  driver.answer(n2, granted, undefined, [copied])
  t.equal(driver.view.role, 'candidate')
  t.same(told(driver, 'olderCopy'), [n2])
  driver.answer(n2, granted, undefined, [first, second])
  t.equal(driver.view.role, 'leader')

  const copy = new Driver(
    { ...leader.options, id: n2, incarnation: incarnation('n2-first'), starts: [copied] },
    leader.disk,
  )
  copy.tick(300)
  t.equal(copy.view.role, 'follower', 'it does not stand')
  const request = { ...requestVote(9, [9, 9], n3), transfer: true }
  t.match(copy.ask(n3, request), { voteGranted: false })
  t.end()
})

t.test('a snapshot says which starts are known', (t) => {
  const driver = numbered()
  const position = driver.snapshot()
  t.same(position.starts, [['n2', first]])
  const again = new Driver(driver.options, driver.disk)
  stand(again)
  again.answer(
    n2,
    { type: 'requestVoteResponse', term: again.view.currentTerm, voteGranted: true },
    undefined,
    [copied],
  )
  t.equal(again.view.role, 'candidate')
  t.end()
})

t.test('a cluster that was made anew from one folder knows no starts of the old one', (t) => {
  const driver = numbered()
  const { lastLogIndex } = driver.view
  const identity = { kind: 'identity' as const, term: term(2) }
  const incarnations = [[n1, driver.options.incarnation]] as const
  const entries = [
    ...driver.log,
    {
      ...identity,
      index: logIndex(lastLogIndex + 1),
      clusterId: clusterId('cluster-of-n1'),
      incarnations: [],
      starts: [[n1, first]] as const,
    },
    { ...identity, index: logIndex(lastLogIndex + 2), clusterId: clusterId('other'), incarnations },
  ]
  const again = new Driver(
    { ...driver.options, starts: [copied] },
    { hardState: { currentTerm: term(2), votedFor: n1 }, entries },
  )
  t.same(told(again, 'olderCopy'), [])
  stand(again)
  t.equal(again.view.role, 'candidate')
  t.end()
})

/** n1 leads; n2 has acknowledged all three entries in its first start. */
function numbered(): Driver {
  const driver = lead(server({ terms: [1] }))
  says(driver, n2, [first])
  says(driver, n2, [first])
  driver.take()
  return driver
}

function says(
  driver: Driver,
  from: ServerId,
  starts?: Lineage,
  round = 0,
  match: number = driver.view.lastLogIndex,
): void {
  const answer = {
    type: 'appendEntriesResponse',
    term: driver.view.currentTerm,
    success: true,
    round,
    matchIndex: logIndex(match),
  } as const
  driver.answer(from, answer, undefined, starts)
}

/** Its log ends at `end`. */
function refuse(driver: Driver, starts: Lineage, end: number): void {
  const { currentTerm, lastLogIndex: matchIndex } = driver.view
  const conflict = { index: logIndex(end), term: term(1) }
  const answer = {
    type: 'appendEntriesResponse',
    term: currentTerm,
    success: false,
    round: 0,
    matchIndex,
    conflict,
  } as const
  driver.answer(n2, answer, undefined, starts)
}
