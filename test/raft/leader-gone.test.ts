/** The process of the leader has ended, and its followers know it. */
import t from 'tap'
import { term, ticks, type PreVote } from '../../lib/raft/index.js'
import { Driver, logOf, names, optionsFor } from './driver.js'
import { appendEntries, n1, n2, n3, requestVote, server } from './story.js'

/** n1 follows n2, which it has just heard. */
function follower(driver = server({ terms: [1] })): Driver {
  driver.ask(n2, appendEntries(1, [1, 1]))
  return driver
}

function withLeases(): Driver {
  const recovered = {
    hardState: { currentTerm: term(1), votedFor: undefined },
    entries: logOf([1], names(3)),
  }
  return follower(new Driver({ ...optionsFor(n1, names(3)), readLease: true }, recovered))
}

function preVoteOf(driver: Driver): PreVote {
  const { transfer: _, ...candidacy } = requestVote(driver.view.currentTerm + 1, [1, 1], n3)
  return { ...candidacy, type: 'preVote' }
}

function waits(driver: Driver): number {
  return (driver.view.deadline ?? Infinity) - driver.now
}

t.test('a follower whose leader’s process has ended stands within a heartbeat interval', async (t) => {
  const driver = follower()
  t.ok(waits(driver) >= 150)
  driver.step({ type: 'peerGone', peer: n2 })
  t.match(driver.view, { role: 'follower', leaderId: n2, currentTerm: 1 }, 'at once it changes nothing')
  t.ok(waits(driver) <= 50)
  driver.tickAtDeadline()
  t.match(driver.view, { role: 'preCandidate', currentTerm: 1 })
})

t.test('followers of a leader that has ended do not all stand at the same moment', async (t) => {
  const followers = names(5).filter((id) => id !== n2)
  const moments = followers.map((id) => {
    const recovered = {
      hardState: { currentTerm: term(1), votedFor: undefined },
      entries: logOf([1], names(5)),
    }
    const driver = new Driver(optionsFor(id, names(5)), recovered)
    driver.ask(n2, appendEntries(1, [1, 1]))
    driver.step({ type: 'peerGone', peer: n2 })
    return waits(driver)
  })
  t.equal(new Set(moments).size, followers.length, moments.join())
})

t.test('a leader that has ended is owed no silence: who asks for a vote gets it', async (t) => {
  const driver = follower()
  t.match(driver.ask(n3, preVoteOf(driver)), { voteGranted: false }, 'it is heard')
  driver.step({ type: 'peerGone', peer: n2 })
  t.match(driver.ask(n3, preVoteOf(driver)), { voteGranted: true })
  t.match(driver.ask(n3, requestVote(2, [1, 1], n3)), { voteGranted: true })
})

t.test('what a follower has promised to a lease it keeps, though the leader has ended', async (t) => {
  const driver = withLeases()
  driver.step({ type: 'peerGone', peer: n2 })
  const promised = 150
  t.ok(waits(driver) >= promised && waits(driver) <= promised + 50, `it stands after ${waits(driver)} ms`)
  driver.now = ticks(driver.now + promised - 1)
  t.match(driver.ask(n3, preVoteOf(driver)), { voteGranted: false })
  t.match(driver.ask(n3, requestVote(2, [1, 1], n3)), { voteGranted: false })
  driver.now = ticks(driver.now + 1)
  t.match(driver.ask(n3, preVoteOf(driver)), { voteGranted: true })
})

t.test('when another member has ended the leader is waited for as before', async (t) => {
  const driver = follower()
  const { deadline } = driver.view
  driver.step({ type: 'peerGone', peer: n3 })
  t.equal(driver.view.deadline, deadline)
  t.match(driver.ask(n3, preVoteOf(driver)), { voteGranted: false })
})

t.test('a leader that speaks after it was believed to have ended is followed, and waited for', async (t) => {
  const driver = follower()
  driver.step({ type: 'peerGone', peer: n2 })
  driver.ask(n2, appendEntries(1, [1, 1]))
  t.ok(waits(driver) >= 150)
  t.match(driver.ask(n3, preVoteOf(driver)), { voteGranted: false })
})
