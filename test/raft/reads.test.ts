/** Linearizable reads: at the leader and at any other member (thesis §6.4). */
import t from 'tap'
import type { ReadIndex, ReadIndexResponse, Response } from '../../lib/raft/index.js'
import { logIndex, term, ticks } from '../../lib/raft/index.js'
import { READS_WAITING_MAX } from '../../lib/raft/reads.js'
import { configurationOf, Driver, names } from './driver.js'
import { Network } from './network.js'
import { acknowledge, appendEntries, lead, n1, n2, n3, ready, requestVote, server } from './story.js'

/** A follower of n2 in term 1. */
function follower(): Driver {
  const driver = server({ terms: [1] })
  driver.ask(n2, appendEntries(1, [1, 1]))
  driver.take()
  return driver
}

function requests(driver: Driver): readonly ReadIndex[] {
  return driver.takeSent('readIndex').map(({ message }) => message)
}

function onlyRequest(driver: Driver): ReadIndex {
  const [request, ...more] = requests(driver)
  if (request === undefined || more.length > 0) throw new Error('not one request')
  return request
}

function indexFor({ term, number }: ReadIndex, index: number | null): ReadIndexResponse {
  const readIndex = index === null ? null : logIndex(index)
  return { type: 'readIndexResponse', term, number, readIndex }
}

function readIndexOf(driver: Driver, number = 1): ReadIndex {
  return { type: 'readIndex', term: driver.view.currentTerm, serverId: n2, number }
}

function replies(driver: Driver): readonly Response[] {
  return driver.takeOf('reply').map(({ message }) => message)
}

t.test('a follower asks its leader, and a read is ready at the index that comes back', async (t) => {
  const driver = follower()
  driver.read(1, true)
  const [sent] = driver.takeSent('readIndex')
  t.match(sent, { to: n2, message: { term: 1, serverId: n1 } })
  t.equal(driver.takeOf('readReady').length, 0)
  if (sent !== undefined) driver.answer(n2, indexFor(sent.message, 7))
  t.same(driver.takeOf('readReady'), [{ type: 'readReady', context: 1, index: 7 }])
})

t.test('a follower refuses a read that is meant for the leader only', async (t) => {
  const driver = follower()
  driver.read(1)
  t.same(driver.take(), [{ type: 'readRefused', context: 1, reason: 'notLeader' }])
})

t.test('reads that come in while a follower asks share its next request', async (t) => {
  const driver = follower()
  for (const context of [1, 2, 3]) driver.read(context, true)
  driver.answer(n2, indexFor(onlyRequest(driver), 1))
  t.match(driver.takeOf('readReady'), [{ context: 1 }], 'the index may be older than the other two')
  driver.answer(n2, indexFor(onlyRequest(driver), 5))
  t.match(driver.takeOf('readReady'), [
    { context: 2, index: 5 },
    { context: 3, index: 5 },
  ])
  t.equal(requests(driver).length, 0)
})

t.test('a leader that cannot confirm that it leads: reads are refused, the next ones ask anew', async (t) => {
  const driver = follower()
  driver.read(1, true)
  driver.read(2, true)
  driver.answer(n2, indexFor(onlyRequest(driver), null))
  t.same(driver.takeOf('readRefused'), [{ type: 'readRefused', context: 1, reason: 'notLeader' }])
  driver.answer(n2, indexFor(onlyRequest(driver), 3))
  t.match(driver.takeOf('readReady'), [{ context: 2, index: 3 }])
})

t.test('an answer to a request that was given up is for nobody', async (t) => {
  const driver = follower()
  driver.read(1, true)
  const first = onlyRequest(driver)
  driver.step({ type: 'peerUnreachable', peer: n2 })
  driver.read(2, true)
  const second = onlyRequest(driver)
  driver.answer(n2, indexFor(first, 1))
  t.equal(driver.takeOf('readReady').length, 0)
  driver.answer(n2, indexFor(second, 4))
  t.match(driver.takeOf('readReady'), [{ context: 2, index: 4 }])
})

t.test('an answer to a request of a former life is for nobody', async (t) => {
  const driver = follower()
  driver.read(1, true)
  const former = onlyRequest(driver)
  const again = new Driver({ ...driver.options, seed: driver.options.seed + 1 }, driver.disk)
  again.ask(n2, appendEntries(1, [1, 1]))
  again.read(1, true)
  again.answer(n2, indexFor(former, 1))
  t.equal(again.takeOf('readReady').length, 0)
})

t.test('an answer by another than the leader is for nobody', async (t) => {
  const driver = follower()
  driver.read(1, true)
  driver.answer(n3, indexFor(onlyRequest(driver), 1))
  t.equal(driver.takeOf('readReady').length, 0)
})

const LOSSES: Record<string, (driver: Driver) => void> = {
  'its leader is out of reach': (driver) => void driver.step({ type: 'peerUnreachable', peer: n2 }),
  'its leader is not heard any more': (driver) => driver.tickAtDeadline(),
  'another leads in a later term': (driver) =>
    void driver.ask(n3, { ...appendEntries(2, [1, 1]), leaderId: n3 }),
  'its leader asks for votes in a later term': (driver) => {
    driver.tick(150)
    driver.ask(n2, requestVote(2, [9, 1]))
  },
  'it is stopped': (driver) => void driver.step({ type: 'stop' }),
}

for (const [loss, happens] of Object.entries(LOSSES)) {
  t.test(`a follower refuses the reads that wait, at once, when ${loss}`, async (t) => {
    const driver = follower()
    driver.read(1, true)
    driver.read(2, true)
    happens(driver)
    t.match(driver.takeOf('readRefused'), [
      { context: 1, reason: 'notLeader' },
      { context: 2, reason: 'notLeader' },
    ])
  })
}

t.test('reads wait on when another than the leader is out of reach', async (t) => {
  const driver = follower()
  driver.read(1, true)
  driver.step({ type: 'peerUnreachable', peer: n3 })
  t.equal(driver.takeOf('readRefused').length, 0)
})

t.test('a follower without a leader, and one that was stopped, refuse a read at once', async (t) => {
  const lost = server()
  lost.read(1, true)
  t.match(lost.take(), [{ type: 'readRefused', context: 1, reason: 'notLeader' }])
  const stopped = follower()
  stopped.step({ type: 'stop' })
  stopped.read(2, true)
  t.match(stopped.take(), [{ type: 'readRefused', context: 2, reason: 'notLeader' }])
})

t.test('a request that nobody answers is repeated while its leader is heard', async (t) => {
  const driver = follower()
  driver.read(1, true)
  const request = onlyRequest(driver)
  driver.tick(149)
  driver.ask(n2, appendEntries(1, [1, 1]))
  t.equal(requests(driver).length, 0)
  driver.tick(1)
  driver.ask(n2, appendEntries(1, [1, 1]))
  t.same(onlyRequest(driver), request, 'the same number: each answer is right for those who wait')
  driver.answer(n2, indexFor(request, 2))
  driver.tick(150)
  driver.ask(n2, appendEntries(1, [1, 1]))
  t.equal(requests(driver).length, 0)
})

t.test('too many reads that wait are refused, at a follower and at the leader', async (t) => {
  for (const driver of [follower(), ready()]) {
    for (let context = 1; context <= READS_WAITING_MAX; context++) driver.read(context, true)
    t.equal(driver.takeOf('readRefused').length, 0)
    driver.read(READS_WAITING_MAX + 1, true)
    t.match(driver.takeOf('readRefused'), [{ context: READS_WAITING_MAX + 1, reason: 'overloaded' }])
  }
})

t.test("a member's request joins the leader's own reads: one round confirms both", async (t) => {
  const driver = ready()
  driver.tickAtDeadline()
  driver.take()
  t.equal(driver.ask(n2, readIndexOf(driver, 9)), undefined)
  driver.read(1, true)
  t.equal(driver.takeSent('appendEntries').length, 2, 'the second one waits for the round after')
  acknowledge(driver, n3, 1, 2)
  t.match(replies(driver), [{ type: 'readIndexResponse', term: 1, number: 9, readIndex: 1 }])
  acknowledge(driver, n3, 1, 3)
  t.match(driver.takeOf('readReady'), [{ context: 1, index: 1 }])
})

t.test("a member's request waits for the first commit of the leader's term", async (t) => {
  const driver = lead(server({ terms: [1, 1] }))
  t.equal(driver.ask(n2, readIndexOf(driver)), undefined)
  driver.tickAtDeadline()
  acknowledge(driver, n2, 2, 1)
  t.same(replies(driver), [])
  acknowledge(driver, n2, 3, 1)
  acknowledge(driver, n2, 3, 2)
  t.match(replies(driver), [{ readIndex: 3 }])
})

t.test('a leader that loses office tells the members that ask, and so does one that never led', async (t) => {
  const driver = ready()
  driver.ask(n2, readIndexOf(driver, 5))
  driver.tick(300)
  t.equal(driver.view.role, 'follower')
  t.match(replies(driver), [{ type: 'readIndexResponse', number: 5, readIndex: null }])
  t.match(driver.ask(n2, readIndexOf(driver, 6)), { number: 6, readIndex: null })
  const later = { ...readIndexOf(driver, 7), term: term(0) }
  t.match(driver.ask(n2, later), { number: 7, readIndex: null, term: 1 }, 'a stale request, too')
})

t.test('what the leader has committed is read at every member, a learner too', async (t) => {
  const learner = names(4).at(-1)
  const bootstrap = configurationOf(names(3), names(4).slice(3))
  const network = new Network(4, (options) => ({ ...options, bootstrap }))
  network.stand(n1)
  network.node(n1).propose('x')
  network.settle()
  const { commitIndex } = network.leader().view
  network.ids.forEach((id, at) => network.node(id).read(at, true))
  network.settle()
  const answers = network.results.filter(({ type }) => type === 'readReady')
  t.match(
    answers.map((answer) => 'context' in answer && answer.context).sort(),
    [0, 1, 2, 3],
    `n1 … ${learner}`,
  )
  for (const answer of answers) t.match(answer, { index: commitIndex })
})

t.test('a read at a member that is cut off with the old leader is not answered with old data', async (t) => {
  const network = new Network(5)
  network.stand(n1)
  network.heartbeat()
  for (const minority of [n1, n2]) {
    for (const other of network.ids.slice(2)) {
      network.cut(minority, other)
      network.cut(other, minority)
    }
  }
  network.node(n2).read(1, true)
  network.settle()
  network.stand(n3)
  network.node(n3).propose('news')
  network.settle()
  network.heal()
  network.heartbeat()
  const results = network.results.filter((result) => 'context' in result)
  t.match(results, [{ type: 'readRefused', context: 1 }])
})

t.test(
  'bug: under steady reads, each a round of its own, a leader never noticed who was silent',
  async (t) => {
    const driver = ready()
    const end = driver.now + 500
    for (let context = 1; driver.now < end; context++) {
      const isDue = driver.now + 5 >= (driver.view.deadline ?? Infinity)
      if (isDue) driver.tick(5)
      else driver.now = ticks(driver.now + 5)
      driver.read(context)
      const round = driver.takeSent('appendEntries').at(-1)?.message.round
      if (round !== undefined) acknowledge(driver, n2, driver.view.lastLogIndex, round)
    }
    t.equal(driver.view.role, 'leader')
    t.equal(driver.view.progress.get(n3)?.lostContact, true)
  },
)
