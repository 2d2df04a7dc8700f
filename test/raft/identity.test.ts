/** Which incarnation of a member counts, and from when on. */
import t from 'tap'
import type { ServerId } from '../../lib/raft/index.js'
import { clusterId, incarnation, logIndex, term, ticks } from '../../lib/raft/index.js'
import { configurationOf, Driver, names, optionsFor } from './driver.js'
import { Network } from './network.js'
import {
  acknowledge,
  appendEntries,
  lead,
  n1,
  n2,
  n3,
  n4,
  n5,
  n6,
  requestVote,
  server,
  stand,
  vote,
} from './story.js'

const wiped = incarnation('n2-second')

t.test("the first leader's first entry names the cluster and pins itself and its voters", async (t) => {
  const driver = stand(server())
  vote(driver, n2)
  t.match(driver.log, [{ kind: 'identity', index: 1, term: 1, clusterId: 'cluster-of-n1' }])
  t.same([...driver.view.pins].sort(), [
    ['n1', 'n1-first'],
    ['n2', 'n2-first'],
  ])
  t.equal(driver.view.clusterId, undefined, 'not committed yet')
  acknowledge(driver, n2)
  t.equal(driver.view.clusterId, 'cluster-of-n1')
  t.match(driver.events.at(-1), { type: 'clusterPinned' })
})

t.test('a request of another incarnation than the pinned one is rejected, and reported once', async (t) => {
  const driver = server({ terms: [1] })
  t.equal(driver.ask(n2, requestVote(2, [0, 0]), wiped), undefined)
  driver.ask(n2, { type: 'readIndex', term: term(2), serverId: n2, number: 1 }, wiped)
  t.match(driver.takeOf('rejectPeer'), [{ pinned: 'n2-first' }, { pinned: 'n2-first' }])
  t.same(driver.events, [{ type: 'wipedMember', peer: n2, pinned: 'n2-first' }])
  t.equal(driver.view.currentTerm, 1)
})

t.test('votes and pre-votes of a wiped member do not count', async (t) => {
  const driver = server({ terms: [1] })
  driver.tickAtDeadline()
  driver.answer(n2, { type: 'preVoteResponse', term: term(2), voteGranted: true }, wiped)
  t.equal(driver.view.role, 'preCandidate')
  stand(driver)
  driver.answer(n2, { type: 'requestVoteResponse', term: driver.view.currentTerm, voteGranted: true }, wiped)
  t.equal(driver.view.role, 'candidate')
})

t.test('a newcomer that knows nothing of the log votes for nobody: it may have been another before', (t) => {
  const driver = new Driver({ ...optionsFor(n2, [n1, n3]), bootstrap: configurationOf([n1, n3], [n2]) })
  driver.tick(300)
  const preVote = { ...requestVote(1, [0, 0], n1), type: 'preVote' as const }
  t.match(driver.ask(n1, preVote), { voteGranted: false })
  t.match(driver.ask(n1, requestVote(1, [0, 0], n1)), { voteGranted: false })
  t.match(
    driver.ask(n1, requestVote(1, [5, 1], n1)),
    { voteGranted: false },
    'however long the log of who asks',
  )
  t.equal(driver.view.votedFor, undefined)
  t.end()
})

t.test('acknowledgements of a wiped member do not count', async (t) => {
  const driver = lead(server({ terms: [1] }))
  driver.answer(n2, success(2, 2), wiped)
  t.equal(driver.view.commitIndex, 0)
})

t.test('a member first heard by a leader is pinned, and counts once its pin is committed', async (t) => {
  const driver = stand(server())
  vote(driver, n2)
  acknowledge(driver, n3)
  t.match(driver.log.at(-1), { kind: 'identity', index: 2, incarnations: [['n3', 'n3-first']] })
  acknowledge(driver, n3)
  t.equal(driver.view.commitIndex, 0, 'n1 and n3 have both entries, but n3 does not count yet')
  acknowledge(driver, n2)
  t.equal(driver.view.commitIndex, 2)
  driver.propose('x')
  acknowledge(driver, n3)
  t.equal(driver.view.commitIndex, 4, 'now it does')
})

t.test('bug: a leader took what only a newcomer that does not count yet could have committed', async (t) => {
  const driver = stand(server())
  vote(driver, n2)
  acknowledge(driver, n2)
  t.equal(driver.view.commitIndex, 1)
  driver.now = ticks(driver.now + 200)
  acknowledge(driver, n3)
  t.same(driver.server.uncounted(), [n3], 'it is pinned, and n2 has not acknowledged that')
  driver.take()
  driver.propose('x')
  t.match(driver.takeOf('refused'), [{ reason: 'noQuorum' }], 'n2 is silent')
  driver.configure([n1, n3])
  t.match(driver.takeOf('configureRefused'), [{ reason: 'noQuorum' }])
  acknowledge(driver, n2)
  t.same(driver.server.uncounted(), [])
  driver.propose('x')
  t.match(driver.takeOf('appended'), [{ count: 1 }])
})

t.test('a newcomer can be relied upon once what is committed says that it counts', async (t) => {
  const newcomer = new Driver(optionsFor(n3, [n1, n2, n3]))
  const pin = (index: number, id: ServerId) => ({
    ...{ kind: 'identity' as const, index: logIndex(index), term: term(1) },
    clusterId: clusterId('test'),
    incarnations: [[id, incarnation(`${id}-first`)] as const],
  })
  const entries = [pin(1, n1), pin(2, n3), pin(3, n3)]
  const told = (commit: number) =>
    newcomer.ask(n1, { ...appendEntries(1, [0, 0], [], commit), leaderId: n1, entries })
  for (const commit of [0, 1, 2]) {
    told(commit)
    t.same(newcomer.server.uncounted(), [n3], `another leader may not know it at commit index ${commit}`)
  }
  told(3)
  t.same(newcomer.server.uncounted(), [], 'whoever leads has the entry that says so')
})

t.test('one of the two that elected the very first leader dies before the third is pinned', async (t) => {
  for (const isLate of [false, true]) {
    const driver = server()
    driver.tickAtDeadline()
    for (const id of isLate ? [n2, n3] : [n3, n2])
      driver.answer(id, { type: 'preVoteResponse', term: term(1), voteGranted: true })
    vote(driver, n2)
    t.equal(driver.view.pins.get(n3), 'n3-first', 'it was there before the election was won')
    driver.propose('x')
    acknowledge(driver, n3)
    t.equal(driver.view.commitIndex, 2, 'without n2')
  }
})

t.test('a member that was wiped between its pre-vote and its vote is pinned as it voted', async (t) => {
  const driver = server()
  driver.tickAtDeadline()
  for (const id of [n3, n2]) driver.answer(id, { type: 'preVoteResponse', term: term(1), voteGranted: true })
  driver.answer(n2, { type: 'requestVoteResponse', term: term(1), voteGranted: true }, wiped)
  t.equal(driver.view.pins.get(n2), wiped)
})

t.test('a voter is pinned as it voted, whatever it answers later', async (t) => {
  const driver = server({ size: 5 })
  driver.tickAtDeadline()
  for (const id of [n3, n4]) driver.answer(id, { type: 'preVoteResponse', term: term(1), voteGranted: true })
  vote(driver, n2)
  driver.answer(n2, { type: 'preVoteResponse', term: term(1), voteGranted: true }, wiped)
  driver.answer(n2, { type: 'requestVoteResponse', term: term(1), voteGranted: true }, wiped)
  vote(driver, n3)
  t.equal(driver.view.pins.get(n2), 'n2-first')
})

t.test('a committed pin is written down once more, so that it counts after a restart', async (t) => {
  const driver = stand(server())
  vote(driver, n2)
  acknowledge(driver, n3)
  acknowledge(driver, n2)
  t.match(driver.log.at(-1), { kind: 'identity', index: 3, incarnations: [['n3', 'n3-first']] })
  acknowledge(driver, n2)
  t.equal(driver.view.lastLogIndex, 3, 'and then no more')
  const again = lead(new Driver(driver.options, driver.disk))
  t.equal(again.view.commitIndex, 0, 'it has forgotten what is committed')
  acknowledge(again, n3)
  t.equal(again.view.commitIndex, again.view.lastLogIndex, 'without n2')
})

t.test('any two of three that have all restarted go on without the third', async (t) => {
  for (const absent of names(3)) {
    const network = new Network(3)
    network.stand(n1)
    network.heartbeat()
    for (const id of names(3)) network.restart(id)
    network.nodes.delete(absent)
    const [first] = names(3).filter((id) => id !== absent)
    network.stand(first ?? n1)
    network.leader().propose('on two')
    network.settle()
    t.equal(network.leader().view.commitIndex, network.leader().view.lastLogIndex, `without ${absent}`)
  }
})

t.test('a member that is removed has no pin, and comes back with another folder', async (t) => {
  const driver = lead(server({ terms: [1] }))
  for (const id of [n2, n3]) acknowledge(driver, id)
  driver.configure([n1, n2])
  for (const id of [n2, n3, n2, n3]) acknowledge(driver, id)
  t.same([...driver.view.pins.keys()], [n1, n2])
  driver.configure([n1, n2], [n3])
  driver.answer(n3, success(driver.view.currentTerm, 1, 1), incarnation('n3-second'))
  t.equal(driver.view.pins.get(n3), 'n3-second')
})

t.test('one that has left is not pinned anew by its answers', async (t) => {
  const driver = lead(server({ terms: [1] }))
  for (const id of [n2, n3]) acknowledge(driver, id)
  driver.configure([n1, n2])
  for (const id of [n2, n3, n2]) acknowledge(driver, id)
  const { lastLogIndex } = driver.view
  acknowledge(driver, n3, 2)
  t.equal(driver.view.lastLogIndex, lastLogIndex)
})

t.test('of four, where two quorums share two voters, the one newcomer counts with its pin', async (t) => {
  const driver = stand(server({ size: 4 }))
  vote(driver, n2)
  vote(driver, n3)
  acknowledge(driver, n4)
  t.match(driver.log.at(-1), { kind: 'identity', index: 2, incarnations: [['n4', 'n4-first']] })
  acknowledge(driver, n4)
  t.equal(driver.view.commitIndex, 0, 'n1 and n4 are no majority')
  acknowledge(driver, n2)
  t.equal(driver.view.commitIndex, 2, 'without n3')
})

t.test('of six, only the newcomer whose pin comes first counts before it is committed', async (t) => {
  const driver = stand(server({ size: 6 }))
  for (const voter of [n2, n3, n4]) vote(driver, voter)
  acknowledge(driver, n5)
  acknowledge(driver, n6)
  t.match(driver.log.slice(-2), [
    { incarnations: [['n5', 'n5-first']] },
    { incarnations: [['n6', 'n6-first']] },
  ])
  for (const newcomer of [n6, n5, n6]) acknowledge(driver, newcomer)
  t.equal(driver.view.commitIndex, 0)
  acknowledge(driver, n2)
  t.equal(driver.view.commitIndex, 0, 'n1, n2, n5 and n6 have all entries, but n6 does not count yet')
  acknowledge(driver, n3)
  t.equal(driver.view.commitIndex, 3)
})

t.test('a leader that was not pinned pins itself, and its own copy counts from then on', async (t) => {
  const entries = [
    {
      kind: 'identity',
      ...at(1, 1),
      clusterId: driverCluster(),
      incarnations: [
        [n2, incarnation('n2-first')],
        [n3, incarnation('n3-first')],
      ],
    },
  ] as const
  const driver = lead(
    new Driver(optionsFor(n1, names(3)), {
      entries,
      hardState: { currentTerm: term(1), votedFor: undefined },
    }),
  )
  t.match(driver.log.at(-1), { kind: 'identity', index: 2, incarnations: [['n1', 'n1-first']] })
  acknowledge(driver, n2)
  t.equal(driver.view.commitIndex, 0)
  acknowledge(driver, n3)
  t.equal(driver.view.commitIndex, 2)
})

t.test('pins and cluster id revert with a truncation', async (t) => {
  const driver = stand(server())
  vote(driver, n2)
  driver.ask(n3, { ...appendEntries(2, [0, 0], [2]), leaderId: n3 })
  t.equal(driver.view.pins.size, 0)
  t.equal(driver.view.clusterId, undefined)
})

t.test(
  'a member that finds itself pinned under another incarnation reports it and does not stand',
  async (t) => {
    const entry = {
      kind: 'identity',
      ...at(1, 1),
      clusterId: driverCluster(),
      incarnations: [[n1, incarnation('n1-older')]],
    } as const
    const driver = server()
    driver.ask(n2, { ...appendEntries(1, [0, 0]), entries: [entry] })
    driver.ask(n2, { ...appendEntries(2, [1, 1]), leaderCommit: logIndex(1) })
    t.equal(driver.events.filter(({ type }) => type === 'wipedMember').length, 0, 'who leads may know more')
    driver.ask(n2, appendEntries(2, [1, 1], [2], 2))
    t.match(driver.events.at(-1), { type: 'wipedMember', peer: 'n1', pinned: 'n1-older' })
    driver.tick(1_000)
    t.equal(driver.view.role, 'follower')
  },
)

t.test('another process that speaks under the same id is rejected', async (t) => {
  const driver = server()
  driver.ask(n1, requestVote(1, [0, 0], n1))
  t.match(driver.takeOf('rejectPeer'), [{ pinned: 'n1-first' }])
})

t.test('a wiped folder cannot break a commit', async (t) => {
  const network = new Network(3)
  network.stand(n1)
  network.heartbeat()
  network.isolate(n3)
  network.node(n1).propose('on n1 and n2 only')
  network.settle()
  network.heal()
  network.nodes.delete(n1)
  network.nodes.delete(n2)
  const adjusted = { ...optionsFor(n2, network.ids), incarnation: wiped }
  network.nodes.set(n2, new Driver(adjusted, {}, network.now))
  network.stand(n3)
  network.stand(n3)
  t.equal(network.leaders().length, 0)
})

/** n3 was removed and is back as a voter with a new folder; n4 is not a member yet. Messages hold one entry. */
function withReplaced(): Network {
  const lives = new Map([[n3, incarnation('n3-first')]])
  const network = new Network(4, (options) => ({
    ...options,
    bootstrap: configurationOf(names(3)),
    incarnation: lives.get(options.id) ?? options.incarnation,
    messageSizeMax: 0,
  }))
  const configure = (voters: readonly ServerId[], learners: readonly ServerId[] = []): void => {
    network.leader().propose('between')
    network.leader().configure(voters, learners)
    network.settle()
    network.heartbeat()
  }
  network.stand(n1)
  network.heartbeat()
  configure([n1, n2])
  network.nodes.delete(n3)
  lives.set(n3, incarnation('n3-second'))
  network.start(n3)
  configure([n1, n2], [n3])
  configure([n1, n2, n3])
  return network
}

t.test('one that is back with a new folder reads of its former self, and is not wiped', async (t) => {
  const network = withReplaced()
  const { view, events } = network.node(n3)
  t.match(view.configuration.voters, [n1, n2, n3])
  t.equal(view.commitIndex, network.leader().view.lastLogIndex)
  t.notOk(events.some(({ type }) => type === 'wipedMember'))
})

t.test('a newcomer whose log still names the former self of its leader catches up', async (t) => {
  const network = withReplaced()
  network.leader().transfer(n3)
  network.settle()
  network.heartbeat()
  t.equal(network.leader().options.id, n3)
  network.leader().configure(names(3), [n4])
  network.settle()
  network.heartbeat()
  t.equal(network.node(n4).view.commitIndex, network.leader().view.lastLogIndex)
})

t.test('a voter that lags behind the return of a candidate votes for it', async (t) => {
  const driver = server({ terms: [1] })
  driver.tick(150)
  t.match(driver.ask(n2, requestVote(3, [9, 3]), wiped), { voteGranted: true })
})

function at(index: number, value: number) {
  return { index: logIndex(index), term: term(value) }
}

function driverCluster() {
  return optionsFor(n1, []).newClusterId
}

function success(value: number, match: number, round = 0) {
  return {
    type: 'appendEntriesResponse',
    term: term(value),
    success: true,
    round,
    matchIndex: logIndex(match),
  } as const
}
