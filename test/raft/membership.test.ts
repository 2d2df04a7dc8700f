/** Who is in the cluster, and how that changes: joint consensus with learners (§6, thesis chapter 4). */
import t from 'tap'
import type { ServerId } from '../../lib/raft/index.js'
import { incarnation, logIndex, term, ticks } from '../../lib/raft/index.js'
import { RecentEnd } from '../../lib/raft/recent-end.js'
import { configurationOf, Driver, logOf, names, optionsFor } from './driver.js'
import { Network } from './network.js'
import { acknowledge, appendEntries, lead, n1, n2, n3, n4, n5, server, stand, vote } from './story.js'

/** Leads n1, n2 and n3, and has committed in its term. Its learners are there from the start, pinned. */
function leader(voters: readonly ServerId[] = names(3), learners: readonly ServerId[] = []): Driver {
  const bootstrap = configurationOf(voters, learners)
  const hardState = { currentTerm: term(1), votedFor: undefined }
  const entries = logOf([1], [...voters, ...learners])
  const driver = lead(new Driver({ ...optionsFor(n1, voters), bootstrap }, { hardState, entries }))
  all(driver)
  driver.take()
  return driver
}

/** Everyone that it speaks to has everything. */
function all(driver: Driver): void {
  for (const id of driver.view.progress.keys()) acknowledge(driver, id)
}

function refusal(driver: Driver): string | undefined {
  return driver.takeOf('configureRefused')[0]?.reason
}

t.test('a target without voters, with an id twice, or without a URI each, is invalid', async (t) => {
  const uris = { n1: 'n1@a:1', n2: 'n2@a:1', n3: 'n2@a:1' }
  const targets = [
    { voters: [], learners: [n1], uris },
    { voters: [n1, n1], learners: [], uris },
    { voters: [n1], learners: [n1], uris },
    { voters: [n1, n4], learners: [], uris },
    { voters: [n1], learners: [n4], uris },
    { voters: [n1], learners: [], uris: { n1: '' } },
    { voters: [n1, n2, n3], learners: [], uris },
  ]
  const driver = leader()
  for (const target of targets) {
    driver.step({ type: 'configure', target })
    t.equal(refusal(driver), 'invalid', JSON.stringify(target))
  }
  t.equal(driver.view.lastLogIndex, 2)
})

t.test('no change before the leader has committed in its term', async (t) => {
  const driver = lead(server({ terms: [1] }))
  driver.configure([n1, n2])
  t.equal(refusal(driver), 'notReady')
  acknowledge(driver, n2)
  driver.configure([n1, n2])
  t.match(driver.takeOf('configured'), [{ index: 3, term: 2 }])
})

t.test('no change without a quorum', async (t) => {
  const driver = leader()
  driver.now = driver.view.deadline ?? driver.now
  driver.tick(150)
  driver.configure([n1])
  t.equal(refusal(driver), 'noQuorum')
})

t.test('no change to voters of whom no majority answers: it could neither end nor be undone', async (t) => {
  const driver = leader(names(5))
  driver.tick(150)
  for (const id of [n2, n3]) acknowledge(driver, id)
  driver.configure([n1, n4, n5])
  t.equal(refusal(driver), 'noQuorum')
  driver.configure([n1, n2, n4])
  t.equal(driver.takeOf('configured').length, 1)
})

t.test(
  'one change at a time: the next waits until nothing is joint and the last entry is committed',
  async (t) => {
    const driver = leader()
    driver.configure(names(3), [n4])
    driver.configure(names(3))
    t.equal(refusal(driver), 'changeUnderWay', 'one entry, not committed')
    acknowledge(driver, n2)
    driver.configure([n1, n2])
    driver.configure([n1, n2])
    t.equal(refusal(driver), 'changeUnderWay', 'the joint entry')
    acknowledge(driver, n2)
    t.equal(driver.view.configuration.outgoing, undefined)
    driver.configure([n1, n2], [n4])
    t.equal(refusal(driver), 'changeUnderWay', 'the final entry')
    acknowledge(driver, n2)
    driver.configure([n1, n2], [n4])
    t.equal(refusal(driver), undefined)
  },
)

t.test('a stranger does not vote: it is a learner first', async (t) => {
  const driver = leader()
  driver.configure([...names(3), n4])
  t.equal(refusal(driver), 'notCaughtUp')
})

t.test('a learner is added with one entry, and gets the log from then on', async (t) => {
  const driver = leader()
  driver.configure(names(3), [n4])
  t.match(driver.log.at(-1), { kind: 'configuration', configuration: { voters: names(3), learners: [n4] } })
  t.equal(driver.log.at(-1)?.kind === 'configuration' && 'outgoing' in driver.view.configuration, false)
  t.match(
    driver.takeSent('appendEntries').filter(({ to }) => to === n4),
    [{ message: { prevLogIndex: 2, entries: [], round: 1 } }],
    'a heartbeat of a new round finds out what it has',
  )
  driver.answer(n4, {
    type: 'appendEntriesResponse',
    term: term(2),
    success: false,
    round: 1,
    matchIndex: logIndex(2),
    conflict: { index: logIndex(0), term: term(0) },
  })
  t.match(
    driver.takeSent('appendEntries').filter(({ to }) => to === n4),
    [
      {
        message: {
          prevLogIndex: 0,
          entries: [{ index: 1 }, { index: 2 }, { index: 3 }, { kind: 'identity' }],
        },
      },
    ],
  )
})

t.test('a learner votes once it has what there was an election timeout ago, and is heard', async (t) => {
  const driver = leader(names(3), [n4])
  t.equal(driver.view.progress.get(n4)?.matchIndex, 2)
  driver.propose('a', 'b')
  for (let beat = 0; beat < 7; beat++) {
    driver.tick(50)
    for (const id of [n2, n3]) acknowledge(driver, id)
    acknowledge(driver, n4, 3)
  }
  driver.configure([...names(3), n4])
  t.equal(refusal(driver), 'notCaughtUp', 'it lags')
  acknowledge(driver, n4)
  driver.propose('c')
  acknowledge(driver, n2)
  driver.configure([...names(3), n4])
  t.equal(refusal(driver), undefined, 'what has just come in is not asked for')
  const silent = leader(names(3), [n4])
  silent.tick(150)
  for (const id of [n2, n3]) acknowledge(silent, id)
  silent.configure([...names(3), n4])
  t.equal(refusal(silent), 'notCaughtUp', 'it is silent')
})

t.test('where the log ended a while ago is between one and two election timeouts old', async (t) => {
  const end = new RecentEnd(ticks(0), logIndex(5), ticks(150))
  for (const [now, last, expected] of [
    [149, 6, 5],
    [150, 7, 5],
    [299, 8, 5],
    [300, 9, 7],
  ] as const) {
    end.note(ticks(now), logIndex(last))
    t.equal(end.index, expected, `at ${now}`)
  }
})

t.test('a learner must have all that was there when it was added', async (t) => {
  const driver = leader([n1])
  driver.completeWrite()
  driver.propose('a', 'b', 'c')
  driver.configure([n1], [n2])
  driver.tick(50)
  acknowledge(driver, n2, 2, 1)
  driver.configure([n1, n2])
  t.match(refusal(driver), /notCaughtUp|notReady/)
  acknowledge(driver, n2, driver.view.lastLogIndex, 1)
  driver.configure([n1, n2])
  t.equal(refusal(driver), undefined)
})

t.test('no change while a pin is not written down twice: both majorities may need that member', async (t) => {
  const driver = leader()
  driver.configure(names(3), [n4])
  for (const id of [n2, n4]) acknowledge(driver, id, 3, 1)
  t.match(driver.log.at(-1), { kind: 'identity', index: 4 })
  driver.configure([n1, n2], [n4])
  t.equal(refusal(driver), 'notReady')
  acknowledge(driver, n2)
  t.match(driver.log.at(-1), { kind: 'identity', index: 5 })
  driver.configure([n1, n2], [n4])
  t.equal(refusal(driver), undefined)
})

t.test('other voters: a joint entry, and the leader ends it when it is committed', async (t) => {
  const driver = leader(names(3), [n4])
  driver.configure([n2, n1, n4])
  t.same(driver.view.configuration.outgoing, names(3))
  t.same(driver.view.configuration.voters, [n2, n1, n4])
  t.same(Object.keys(driver.view.configuration.uris).sort(), [n1, n2, n4], 'of those whose URI is known')
  acknowledge(driver, n3)
  t.equal(driver.view.commitIndex, 2, 'a majority of the old voters is not enough')
  acknowledge(driver, n4)
  t.equal(driver.view.commitIndex, 3, 'n1 and n3 of the old, n1 and n4 of the new')
  t.match(driver.log.at(-1), { kind: 'configuration', index: 4, configuration: { voters: [n2, n1, n4] } })
  t.equal(driver.view.configuration.outgoing, undefined)
  acknowledge(driver, n3)
  t.equal(driver.view.commitIndex, 3, 'n3 does not count any more')
  acknowledge(driver, n4)
  t.equal(driver.view.commitIndex, 4)
})

t.test('a commit of what stands before the joint entry does not end it', async (t) => {
  const driver = leader()
  driver.propose('x')
  driver.configure([n1, n2])
  acknowledge(driver, n2, 3)
  t.match(driver.view, { commitIndex: 3, lastLogIndex: 4, configuration: { outgoing: names(3) } })
})

t.test('a majority of the new voters alone commits nothing during a joint change', async (t) => {
  const driver = leader(names(3), [n4, n5])
  driver.configure([n1, n4, n5])
  for (const id of [n4, n5]) acknowledge(driver, id)
  t.equal(driver.view.commitIndex, 2)
  acknowledge(driver, n2)
  t.equal(driver.view.commitIndex, 3)
})

t.test('the same voters: one entry is enough, also for another address', async (t) => {
  const driver = leader()
  const uris = { n1: 'n1@moved:1', n2: 'n2@host:1', n3: 'n3@host:1', n9: 'n9@gone:1' }
  driver.step({ type: 'configure', target: { voters: [n3, n2, n1], learners: [], uris } })
  t.equal(driver.view.configuration.outgoing, undefined)
  t.same(driver.view.configuration.uris, { n1: 'n1@moved:1', n2: 'n2@host:1', n3: 'n3@host:1' })
  t.same(
    driver.view.configurations.map((each) => each.uris['n1']),
    [undefined, 'n1@moved:1'],
    'either may come to be in force',
  )
  acknowledge(driver, n2)
  t.equal(driver.view.configurations.length, 1)
  t.equal(driver.view.lastLogIndex, 3)
})

t.test('during a joint change pre-votes, check-quorum and reads need both majorities', async (t) => {
  const driver = leader(names(3), [n4, n5])
  driver.configure([n1, n4, n5])
  driver.read(1)
  const { round } = driver.takeSent('appendEntries').at(-1)?.message ?? { round: 0 }
  for (const id of [n4, n5]) acknowledge(driver, id, 2, round)
  t.equal(driver.takeOf('readReady').length, 0)
  acknowledge(driver, n2, 2, round)
  t.equal(driver.takeOf('readReady').length, 1)
  driver.tick(299)
  for (const id of [n4, n5]) acknowledge(driver, id, 2, round)
  driver.tick(1)
  t.match(driver.view.role, 'follower', 'the old majority is silent')
  driver.tickAtDeadline()
  for (const id of [n4, n5]) driver.answer(id, { type: 'preVoteResponse', term: term(3), voteGranted: true })
  t.equal(driver.view.role, 'preCandidate')
  driver.answer(n3, { type: 'preVoteResponse', term: term(3), voteGranted: true })
  t.equal(driver.view.role, 'candidate')
})

for (const committed of [false, true]) {
  t.test(`a new leader ends a joint change that it finds, ${committed ? '' : 'not '}committed`, async (t) => {
    const configuration = { ...configurationOf([n1, n4]), outgoing: names(3) }
    const joint = { kind: 'configuration', index: logIndex(2), term: term(1), configuration } as const
    const driver = new Driver(optionsFor(n1, names(3)), {
      hardState: { currentTerm: term(1), votedFor: undefined },
      entries: [...logOf([1], names(4)), joint],
    })
    if (committed) driver.ask(n2, appendEntries(1, [2, 1], [], 2))
    driver.tick(150)
    stand(driver)
    driver.answer(n2, { type: 'preVoteResponse', term: term(2), voteGranted: true })
    for (const id of [n2, n4]) vote(driver, id)
    t.equal(driver.view.commitIndex, committed ? 2 : 0)
    acknowledge(driver, n4)
    driver.transfer(n2)
    t.match(driver.takeOf('transferEnded'), [{ outcome: 'busy' }])
    t.same(driver.view.configuration.outgoing, names(3), 'not before it has committed in its own term')
    acknowledge(driver, n2)
    t.match(driver.log.at(-1), { kind: 'configuration', term: 2, configuration: { voters: [n1, n4] } })
    t.equal(driver.view.configuration.outgoing, undefined)
  })
}

t.test('everyone says when a change is over, and not that it is half over', async (t) => {
  const network = grown(3, 4)
  network.leader().configure(names(4))
  network.settle()
  network.heartbeat()
  for (const node of network.nodes.values()) {
    const told = node.events.flatMap((event) => (event.type === 'configurationCommitted' ? [event] : []))
    t.match(told.at(-1)?.configuration.voters, names(4), node.options.id)
    t.ok(told.every(({ configuration }) => configuration.outgoing === undefined))
  }
})

t.test(
  'a leader that is removed leads until its removal is committed, without counting itself',
  async (t) => {
    const driver = leader()
    driver.configure([n2, n3])
    acknowledge(driver, n2)
    t.equal(driver.view.commitIndex, 2, 'both of the new voters are needed')
    acknowledge(driver, n3)
    t.match(driver.view, { role: 'leader', commitIndex: 3, configuration: { voters: [n2, n3] } })
    driver.propose('no answer would be sure')
    t.match(driver.takeOf('refused'), [{ reason: 'notLeader' }])
    acknowledge(driver, n3)
    t.match(driver.view, { role: 'leader', commitIndex: 3 }, 'its own copy and one of two are no majority')
    driver.take()
    acknowledge(driver, n2, 4)
    t.match(driver.view, { role: 'follower', commitIndex: 4 })
    t.match(driver.takeSent('timeoutNow'), [{ to: n2, message: { term: 2, leaderId: n1 } }])
    t.match(driver.events.at(-2), { type: 'steppedDown', reason: 'removed' })
    driver.tick(1_000)
    t.match(driver.view, { role: 'follower', currentTerm: 2 }, 'it stands no more')
  },
)

t.test('a leader that loses its vote and stays as a learner steps down too', async (t) => {
  const network = grown(3, 3)
  network.leader().configure([n2, n3], [n1])
  network.settle()
  t.not(network.leader().options.id, n1)
  network.heartbeat()
  t.match(network.node(n1).view, { role: 'follower', leaderId: network.leader().options.id })
  t.equal(network.node(n1).view.commitIndex, network.leader().view.commitIndex)
})

t.test('a member that is removed hears of it, and then no more', async (t) => {
  const network = grown(3, 3)
  network.leader().configure([n1, n2])
  network.settle()
  network.heartbeat()
  t.match(network.node(n3).events.at(-1), {
    type: 'configurationCommitted',
    configuration: { voters: [n1, n2] },
  })
  t.same([...network.leader().view.progress.keys()], [n2])
  t.equal(network.node(n3).view.pins.has(n3), false)
  network.pass(1_000)
  network.node(n3).tick()
  t.match(network.node(n3).view, { role: 'follower', leaderId: undefined, deadline: undefined })
})

t.test('a member that is removed and silent is spoken to for ten election timeouts', async (t) => {
  const driver = leader()
  driver.configure([n1, n2])
  acknowledge(driver, n2)
  acknowledge(driver, n2)
  t.same([...driver.view.progress.keys()], [n2, n3])
  for (let beat = 0; beat < 59; beat++) {
    driver.tick(50)
    acknowledge(driver, n2)
  }
  t.ok(driver.view.progress.has(n3))
  t.notOk(driver.events.some(({ type }) => type === 'departed'))
  driver.tick(50)
  t.notOk(driver.view.progress.has(n3))
  t.match(driver.events.at(-1), { type: 'departed', peer: n3 })
})

t.test('one that left and has a new folder refuses what it had: no storm', async (t) => {
  const driver = leader()
  driver.configure([n1, n2])
  for (const id of [n2, n3, n2]) acknowledge(driver, id)
  driver.propose('x')
  driver.step({ type: 'peerUnreachable', peer: n3 })
  driver.tick(50)
  const last = driver.takeSent('appendEntries').findLast(({ to }) => to === n3)?.message
  const refusal = {
    type: 'appendEntriesResponse',
    term: driver.view.currentTerm,
    success: false,
    round: last?.round ?? 0,
    matchIndex: last?.prevLogIndex ?? logIndex(0),
    conflict: { index: logIndex(0), term: term(0) },
  } as const
  driver.answer(n3, refusal, incarnation('n3-second'))
  t.same(driver.takeSent('appendEntries'), [], 'each refusal would bring about the next')
})

t.test('a new leader tells those whose removal it has not seen committed', async (t) => {
  const removal = { kind: 'configuration', index: logIndex(2), term: term(1) } as const
  const entries = [...logOf([1], names(3)), { ...removal, configuration: configurationOf([n1, n2]) }]
  const hardState = { currentTerm: term(1), votedFor: undefined }
  const driver = lead(new Driver(optionsFor(n1, names(3)), { hardState, entries }))
  t.same([...driver.view.progress.keys()], [n2, n3])
  acknowledge(driver, n3)
  t.equal(driver.view.commitIndex, 0, 'it does not count')
  acknowledge(driver, n2)
  acknowledge(driver, n3)
  t.ok(driver.view.progress.has(n3), 'it may not have heard of the commit')
  driver.tick(50)
  acknowledge(driver, n3, 3, 1)
  t.notOk(driver.view.progress.has(n3))
})

t.test('nothing is known of the log of one that comes back', async (t) => {
  const driver = leader()
  driver.configure([n1, n2])
  acknowledge(driver, n2)
  all(driver)
  t.equal(driver.view.progress.get(n3)?.matchIndex, driver.view.lastLogIndex)
  driver.configure([n1, n2, n3])
  t.equal(refusal(driver), 'notCaughtUp', 'it is a learner first')
  driver.configure([n1, n2], [n3])
  t.equal(driver.view.progress.get(n3)?.matchIndex, 0)
  acknowledge(driver, n2)
  driver.configure([n1, n2, n3])
  t.equal(refusal(driver), 'notCaughtUp')
})

t.test(
  'a late answer of its former self settles nothing for one that was removed and added again',
  async (t) => {
    const driver = leader()
    driver.configure([n1, n2])
    for (const id of [n2, n2]) acknowledge(driver, id)
    driver.configure([n1, n2], [n3])
    const former = incarnation('n3-first')
    const answer = { term: driver.view.currentTerm, round: 0, matchIndex: driver.view.lastLogIndex }
    driver.answer(n3, { ...answer, type: 'appendEntriesResponse', success: true }, former)
    const installed = {
      term: answer.term,
      snapshotIndex: driver.view.commitIndex,
      offset: 0,
      installed: true,
    }
    driver.answer(n3, { ...installed, type: 'installSnapshotResponse' }, former)
    t.equal(driver.view.pins.get(n3), undefined)
    t.equal(driver.view.progress.get(n3)?.matchIndex, 0)
    const present = incarnation('n3-second')
    driver.answer(n3, { ...answer, type: 'appendEntriesResponse', success: true, round: 1 }, present)
    t.equal(driver.view.pins.get(n3), present)
  },
)

t.test(
  'one whose removal is not committed stands: it may be the only one that holds the entry',
  async (t) => {
    const network = removalOnlyAtTheRemoved()
    network.stand(n4)
    t.match(network.leader().view.configuration, { voters: [n1, n2, n3], outgoing: undefined })
    t.not(network.leader().options.id, n4, 'it led only until its removal was committed')
  },
)

/** n1 crashed when it had sent the entry that removes n4 to n4 alone; the others hold the joint entry. */
function removalOnlyAtTheRemoved(): Network {
  const joint = {
    kind: 'configuration',
    index: logIndex(2),
    term: term(1),
    configuration: { ...configurationOf([n1, n2, n3]), outgoing: [n1, n2, n4] },
  } as const
  const final = { ...joint, index: logIndex(3), configuration: configurationOf([n1, n2, n3]) }
  const begin = [...logOf([1], names(4)), joint]
  const network = new Network(
    4,
    (options) => ({ ...options, bootstrap: configurationOf([n1, n2, n4], [n3]) }),
    (id) => ({
      hardState: { currentTerm: term(1), votedFor: undefined },
      entries: id === n4 ? [...begin, final] : begin,
    }),
  )
  network.nodes.delete(n1)
  return network
}

t.test('a cluster of one grows to five and shrinks to another one, every member replaced', async (t) => {
  const network = grown(1, 5)
  const members = () => network.leader().view.configuration
  t.same([...members().voters].sort(), names(5))
  for (const id of [n1, n2, n3, n4]) {
    network.leader().configure(members().voters.filter((voter) => voter !== id))
    network.settle()
    network.heartbeat()
  }
  t.same(members().voters, [n5])
  network.leader().propose('alone')
  network.settle()
  t.equal(network.leader().view.commitIndex, network.leader().view.lastLogIndex)
})

/** `from` servers that have elected n1, and those up to `to` added one by one: learner, then voter. */
function grown(from: number, to: number): Network {
  const bootstrap = configurationOf(names(from))
  const network = new Network(to, (options) => ({ ...options, bootstrap }))
  network.stand(n1)
  network.heartbeat()
  for (const id of names(to).slice(from)) {
    const { voters } = network.leader().view.configuration
    network.leader().configure(voters, [id])
    network.settle()
    network.heartbeat()
    network.leader().configure([...voters, id])
    network.settle()
    network.heartbeat()
  }
  return network
}
