/** The Raft paper's sentences, one test each, by section. */
import t from 'tap'
import type { Message } from '../../lib/raft/index.js'
import { logIndex, serverId, term, ticks } from '../../lib/raft/index.js'
import { logOf, names } from './driver.js'
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
  others,
  requestVote,
  server,
  stand,
  vote,
} from './story.js'

t.test('§5.1 a server of any role adopts a higher term and follows', async (t) => {
  for (const begin of [() => server(), () => stand(server()), () => lead(server())]) {
    const driver = begin()
    driver.ask(n2, appendEntries(7, [0, 0]))
    t.match(driver.view, { role: 'follower', currentTerm: 7, leaderId: 'n2' })
  }
})

t.test('§5.1 a reply of a higher term makes a leader follow', async (t) => {
  const driver = lead(server())
  driver.answer(n2, { type: 'requestVoteResponse', term: term(9), voteGranted: false })
  t.match(driver.view, { role: 'follower', currentTerm: 9, leaderId: undefined })
})

t.test('§5.1 a request of a stale term is refused, and the refusal carries the term', async (t) => {
  const driver = server({ term: 5 })
  t.match(driver.ask(n2, appendEntries(4, [0, 0], [4])), { term: 5, success: false })
  t.match(driver.ask(n2, requestVote(4, [9, 4])), { term: 5, voteGranted: false })
  t.equal(driver.view.lastLogIndex, 0)
})

t.test('§5.1 a reply of a stale term is ignored', async (t) => {
  const driver = lead(server())
  driver.answer(n2, {
    type: 'appendEntriesResponse',
    term: term(0),
    success: true,
    round: 9,
    matchIndex: logIndex(1),
  })
  t.equal(driver.view.commitIndex, 0)
})

t.test('§5.2 a server starts as a follower, with the term and vote that it had', async (t) => {
  t.match(server({ term: 3, vote: n2 }).view, { role: 'follower', currentTerm: 3, votedFor: 'n2' })
})

t.test('§5.2 a leader sends heartbeats to all its followers', async (t) => {
  const driver = lead(server())
  for (const id of others(driver)) acknowledge(driver, id)
  driver.take()
  driver.tickAtDeadline()
  const sent = driver.takeSent('appendEntries')
  t.same(
    sent.map(({ to, message }) => [to, message.entries.length]),
    [
      [n2, 0],
      [n3, 0],
    ],
  )
})

t.test('§5.2 a follower that hears no leader stands: term + 1, own vote, RequestVote to all', async (t) => {
  const driver = stand(server({ term: 2 }))
  t.match(driver.view, { role: 'candidate', currentTerm: 3, votedFor: 'n1' })
  t.same(
    driver.takeSent('requestVote').map(({ to, message }) => [to, message.term]),
    [
      [n2, 3],
      [n3, 3],
    ],
  )
})

t.test('§5.2 a candidate whose election times out stands again in a new term', async (t) => {
  const driver = stand(stand(server()))
  t.match(driver.view, { role: 'candidate', currentTerm: 2, votedFor: 'n1' })
})

t.test('§5.2 an election is won, lost or undecided after one round of votes', async (t) => {
  const table: [size: number, granted: number, refused: number, role: string][] = [
    [3, 1, 0, 'leader'],
    [3, 1, 1, 'leader'],
    [3, 0, 2, 'follower'],
    [3, 0, 1, 'candidate'],
    [4, 2, 0, 'leader'],
    [4, 1, 1, 'candidate'],
    [4, 1, 2, 'follower'],
    [5, 2, 0, 'leader'],
    [5, 2, 2, 'leader'],
    [5, 1, 0, 'candidate'],
    [5, 1, 2, 'candidate'],
    [5, 1, 3, 'follower'],
    [5, 0, 0, 'candidate'],
  ]
  for (const [size, granted, refused, role] of table) {
    const driver = stand(server({ size }))
    const ballots = [...Array<boolean>(granted).fill(true), ...Array<boolean>(refused).fill(false)]
    ballots.forEach((ballot, at) => {
      if (driver.view.role === 'candidate') vote(driver, others(driver)[at] ?? n1, ballot)
    })
    t.equal(driver.view.role, role, `${size} servers, ${granted} for, ${refused} against`)
  }
})

t.test('§5.2 a server alone elects itself, and waits for nobody before', async (t) => {
  const driver = server({ size: 1 })
  t.match(driver.view, { role: 'leader', currentTerm: 1, commitIndex: 1 })
})

t.test('§5.2 a server gives one vote a term, first come first served', async (t) => {
  const driver = server()
  t.match(driver.ask(n2, requestVote(1, [0, 0])), { voteGranted: true })
  t.match(driver.ask(n3, requestVote(1, [0, 0], n3)), { voteGranted: false })
  t.match(driver.ask(n2, requestVote(1, [0, 0])), { voteGranted: true }, 'the same one again')
  t.match(driver.ask(n3, requestVote(2, [0, 0], n3)), { voteGranted: true }, 'another term')
})

t.test('§5.2 a candidate that hears a leader of its term or a higher one follows it', async (t) => {
  for (const leaderTerm of [1, 2]) {
    const driver = stand(server())
    driver.ask(n2, appendEntries(leaderTerm, [0, 0]))
    t.match(driver.view, { role: 'follower', currentTerm: leaderTerm, leaderId: 'n2' })
  }
})

t.test('§5.2 every value of the randomised timeout range occurs', async (t) => {
  const driver = server()
  const seen = new Set<number>()
  for (let round = 0; round < 3_000; round++) {
    driver.ask(n2, appendEntries(1, [0, 0]))
    seen.add((driver.view.deadline ?? 0) - driver.now)
  }
  t.equal(seen.size, 151)
  t.equal(Math.min(...seen), 150)
  t.equal(Math.max(...seen), 300)
})

const stranger = serverId('n9')

t.test('§5.2 two servers time out together in at most 30 % of rounds', async (t) => {
  const network = new Network(5, (options) => ({
    ...options,
    electionTimeoutMin: ticks(10),
    electionTimeoutMax: ticks(19),
  }))
  let together = 0
  for (let round = 1; round <= 1_000; round++) {
    for (const node of network.nodes.values()) node.ask(stranger, appendEntries(round, [0, 0]))
    const deadlines = [...network.nodes.values()].map(({ view }) => view.deadline ?? 0).sort((a, b) => a - b)
    if (deadlines[0] === deadlines[1]) together++
  }
  t.ok(together <= 300, `${together} of 1,000`)
  t.ok(together > 0)
})

t.test('§5.3 a leader appends a command to its log and sends it to all, with what precedes it', async (t) => {
  const driver = lead(server({ terms: [1] }))
  for (const id of others(driver)) acknowledge(driver, id)
  driver.take()
  driver.propose('x')
  t.match(driver.log.at(-1), { kind: 'command', index: 3, term: 2, data: 'x' })
  for (const { message } of driver.takeSent('appendEntries')) {
    t.match(message, { prevLogIndex: 2, prevLogTerm: 2, entries: [{ index: 3, term: 2 }] })
  }
})

t.test('§5.3 an entry is committed once the leader has replicated it on a majority', async (t) => {
  const table: [size: number, acknowledgements: number, committed: boolean][] = [
    [1, 0, true],
    [3, 0, false],
    [3, 1, true],
    [3, 2, true],
    [4, 1, false],
    [4, 2, true],
    [5, 0, false],
    [5, 1, false],
    [5, 2, true],
    [5, 3, true],
    [5, 4, true],
  ]
  for (const [size, acknowledgements, committed] of table) {
    const driver = lead(server({ size, terms: [1] }))
    for (const id of others(driver).slice(0, acknowledgements)) acknowledge(driver, id)
    t.equal(
      driver.view.commitIndex === driver.view.lastLogIndex,
      committed,
      `${size} servers, ${acknowledgements} others`,
    )
  }
})

t.test(
  '§5.3 a commit carries all earlier entries along, in order, also those of earlier terms',
  async (t) => {
    const driver = lead(server({ terms: [1, 1, 2] }))
    acknowledge(driver, n2)
    t.same(
      driver.applied.map((entry) => entry.index),
      [1, 2, 3, 4],
    )
  },
)

t.test(
  '§5.3 a follower applies what its leader has committed, in order, and no more than it has',
  async (t) => {
    const driver = server()
    driver.ask(n2, appendEntries(1, [0, 0], [1, 1, 1], 2))
    t.same(
      driver.applied.map((entry) => entry.index),
      [1, 2],
    )
    driver.ask(n2, appendEntries(1, [2, 1], [], 3))
    t.equal(driver.view.commitIndex, 2, 'index 3 is not proved by this message')
    driver.ask(n2, appendEntries(1, [3, 1], [1], 9))
    t.same(
      driver.applied.map((entry) => entry.index),
      [1, 2, 3, 4],
    )
  },
)

t.test('§5.3 a follower refuses entries whose predecessor it does not have', async (t) => {
  const table: [prev: [number, number], success: boolean][] = [
    [[0, 0], true],
    [[1, 1], true],
    [[2, 2], true],
    [[2, 1], false],
    [[3, 2], false],
    [[1, 2], false],
  ]
  for (const [prev, success] of table) {
    const driver = server({ terms: [1, 2] })
    t.match(driver.ask(n2, appendEntries(3, prev)), { success }, `after ${prev.join()}`)
  }
})

t.test('§5.3 a follower deletes what conflicts and appends what it lacks', async (t) => {
  const table: [prev: [number, number], sent: number[], then: number[]][] = [
    [[2, 2], [3], [1, 2, 3]],
    [
      [1, 1],
      [3, 4],
      [1, 3, 4],
    ],
    [[0, 0], [1], [1, 2]],
    [[0, 0], [3], [3]],
    [
      [0, 0],
      [1, 2, 4],
      [1, 2, 4],
    ],
  ]
  for (const [prev, sent, then] of table) {
    const driver = server({ terms: [1, 2] })
    driver.ask(n2, appendEntries(4, prev, sent))
    t.same(driver.terms, then)
    t.same(
      driver.disk.entries.map((entry) => entry.term),
      then,
      'on disk too',
    )
  }
})

t.test('§5.3 a leader repairs the six followers of Figure 7', async (t) => {
  const figure7 = [
    [1, 1, 1, 4, 4, 5, 5, 6, 6],
    [1, 1, 1, 4],
    [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6],
    [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7],
    [1, 1, 1, 4, 4, 4, 4],
    [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3],
  ]
  const leaders = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6]
  const terms = [leaders, ...figure7]
  const network = new Network(7, undefined, (id) => {
    const own = terms[Number(id.slice(1)) - 1] ?? []
    return {
      hardState: { currentTerm: term(Math.max(...own, 7)), votedFor: undefined },
      entries: logOf(own, names(7)),
    }
  })
  for (const better of [n4, n5]) network.isolate(better)
  network.stand(n1)
  network.heal()
  network.heartbeat()
  network.heartbeat()
  for (const node of network.nodes.values()) t.same(node.terms, [...leaders, 8], node.options.id)
})

t.test('§5.4.1 a RequestVote carries the last index and term of the log', async (t) => {
  const driver = stand(server({ terms: [1, 2, 2] }))
  for (const { message } of driver.takeSent('requestVote'))
    t.match(message, { lastLogIndex: 3, lastLogTerm: 2 })
})

t.test('§5.4.1 a voter refuses a log less complete than its own', async (t) => {
  const table: [own: number[], candidates: [number, number], voteGranted: boolean][] = [
    [[1], [1, 1], true],
    [[1], [2, 1], true],
    [[1, 1], [1, 1], false],
    [[1], [1, 2], true],
    [[1, 1], [1, 2], true],
    [[2], [1, 1], false],
    [[2], [2, 1], false],
    [[1, 1], [2, 0], false],
  ]
  for (const [terms, last, voteGranted] of table) {
    const asked = server({ terms })
    t.match(asked.ask(n2, requestVote(3, last)), { voteGranted }, `${terms.join()} against ${last.join()}`)
    const { transfer: _, ...fields } = requestVote(3, last)
    const preVote: Message = { ...fields, type: 'preVote' }
    t.match(server({ terms }).ask(n2, preVote), { voteGranted }, 'a pre-vote too')
  }
})

t.test('§5.4.2 only entries of the current term are committed by counting', async (t) => {
  const driver = lead(server({ terms: [1, 2] }))
  acknowledge(driver, n2, 2)
  t.equal(driver.view.commitIndex, 0)
  acknowledge(driver, n2, 3)
  t.equal(driver.view.commitIndex, 3)
})
