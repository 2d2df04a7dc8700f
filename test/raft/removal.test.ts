/** Whose removal an entry is: of this very member, or of another one that had its id before. */
import t from 'tap'
import type { ClusterId, Entry, Incarnation, ServerId } from '../../lib/raft/index.js'
import { clusterId, incarnation, logIndex, term } from '../../lib/raft/index.js'
import { configurationOf, Driver, logOf, optionsFor } from './driver.js'
import {
  acknowledge,
  appendEntries,
  installSnapshot,
  n1,
  n2,
  n3,
  n4,
  ready,
  server,
  snapshotAt,
} from './story.js'

const cluster: ClusterId = clusterId('test')
const first = incarnation('n3-first')
const second = incarnation('n3-second')

const pin = (id: ServerId, drawn: Incarnation) => ({ pin: [id, drawn] as const })
const members = (voters: readonly ServerId[], learners: readonly ServerId[] = []) => ({ voters, learners })

type Told = ReturnType<typeof pin> | ReturnType<typeof members> | 'command'

/** A log of term 1 that begins with n1 and n2. */
function history(...told: readonly Told[]): readonly Entry[] {
  const rest = told.map((each, at): Entry => {
    const position = { index: logIndex(at + 2), term: term(1) }
    if (each === 'command') return { kind: 'command', ...position, data: 'x' }
    if ('pin' in each) return { kind: 'identity', ...position, clusterId: cluster, incarnations: [each.pin] }
    return { kind: 'configuration', ...position, configuration: configurationOf(each.voters, each.learners) }
  })
  return [...logOf([1], [n1, n2]), ...rest]
}

/** n3 was added, pinned, removed, added again with another folder, and pinned again. */
const TWO_LIVES = history(
  members([n1, n2], [n3]),
  pin(n3, first),
  members([n1, n2, n3]),
  'command',
  members([n1, n2]),
  'command',
  members([n1, n2], [n3]),
  pin(n3, second),
)

/** n3 in that life, which is told the log in messages of so many entries each, all that it was told committed. */
function told(drawn: Incarnation, entries: readonly Entry[], atOnce: number, founds = false): Driver {
  const bootstrap = founds ? configurationOf([n1, n2, n3]) : configurationOf([n1, n2], [n3])
  const driver = new Driver({ ...optionsFor(n3, [n1, n2]), incarnation: drawn, bootstrap })
  for (let at = 0; at < entries.length; at += atOnce) {
    const some = entries.slice(at, at + atOnce)
    const prev = at === 0 ? ([0, 0] as const) : ([at, 1] as const)
    driver.ask(n2, { ...appendEntries(1, prev), entries: some, leaderCommit: logIndex(at + some.length) })
  }
  return driver
}

const removals = (driver: Driver) => driver.events.filter(({ type }) => type === 'removed').length

t.test('a member that comes back with a new folder is not removed again by what it replays', async (t) => {
  for (const atOnce of [1, 2, 3, 5, 8])
    t.equal(removals(told(second, TWO_LIVES, atOnce)), 0, `${atOnce} at once`)
})

t.test(
  'its former self, which is still there, is told that it was removed, whoever has its id now',
  async (t) => {
    for (const atOnce of [1, 3, 8]) t.equal(removals(told(first, TWO_LIVES, atOnce)), 1, `${atOnce} at once`)
  },
)

t.test('a newcomer that was never heard in its former life waits as if it had none', async (t) => {
  const unheard = history(members([n1, n2], [n3]), members([n1, n2]), 'command', members([n1, n2], [n3]))
  t.equal(removals(told(second, unheard, 1)), 0)
})

t.test('one of the first voters that was never heard is told of its removal', async (t) => {
  t.equal(removals(told(first, history('command', members([n1, n2])), 1, true)), 1)
})

t.test('a removal that is not committed ends nobody', async (t) => {
  const driver = server({ terms: [1] })
  const configuration = configurationOf([n2, n3])
  const removal: Entry = { kind: 'configuration', index: logIndex(2), term: term(1), configuration }
  driver.ask(n2, { ...appendEntries(1, [1, 1]), entries: [removal] })
  t.equal(removals(driver), 0)
  driver.ask(n2, appendEntries(1, [2, 1], [], 2))
  t.equal(removals(driver), 1)
})

t.test(
  'a snapshot without this member, or with another one of its id, says that it was removed',
  async (t) => {
    const install = (driver: Driver, members: readonly ServerId[], drawn = first) => {
      const position = snapshotAt(9, 1, members)
      const incarnations = members.map((id) => [id, id === n3 ? drawn : incarnation(`${id}-first`)] as const)
      const snapshot = { ...position, incarnations }
      driver.ask(n2, installSnapshot(1, snapshot, { done: true }))
      for (const { exchange } of driver.takeOf('storeChunk'))
        driver.step({ type: 'snapshotStored', exchange, snapshot })
      return removals(driver)
    }
    const pinned = () => told(first, history(members([n1, n2], [n3]), pin(n3, first)), 8)
    t.equal(install(pinned(), [n1, n2]), 1)
    t.equal(install(pinned(), [n1, n2, n3], second), 1)
    t.equal(install(pinned(), [n1, n2, n3]), 0)
    t.equal(install(told(second, history('command'), 8), [n1, n2]), 0, 'a newcomer was never in')
  },
)

t.test('bug: the leader of an identity that lost took the first snapshot for its removal', async (t) => {
  const lost: Entry = {
    kind: 'identity',
    index: logIndex(2),
    term: term(1),
    clusterId: clusterId('lost'),
    incarnations: [[n3, first]],
  }
  const driver = told(first, [], 1, true)
  driver.ask(n2, { ...appendEntries(1, [0, 0]), entries: [...logOf([1], [n1, n2]), lost] })
  const unheard = [n1, n2].map((id) => [id, incarnation(`${id}-first`)] as const)
  const snapshot = { ...snapshotAt(9, 2, [n1, n2, n3]), clusterId: cluster, incarnations: unheard }
  driver.ask(n2, installSnapshot(2, snapshot, { done: true }))
  for (const { exchange } of driver.takeOf('storeChunk'))
    driver.step({ type: 'snapshotStored', exchange, snapshot })
  t.equal(driver.view.commitIndex, 9)
  t.equal(removals(driver), 0)
})

t.test('what one that was removed answers in a later term does not unseat the leader', async (t) => {
  const driver = ready(server({ terms: [1] }))
  driver.configure([n1, n2])
  for (let step = 0; step < 2; step++) acknowledge(driver, n2)
  const { currentTerm } = driver.view
  driver.answer(n3, { type: 'requestVoteResponse', term: term(currentTerm + 1), voteGranted: false })
  t.match(driver.view, { role: 'leader', currentTerm })
  driver.answer(n2, { type: 'requestVoteResponse', term: term(currentTerm + 1), voteGranted: false })
  t.match(driver.view, { role: 'follower', currentTerm: currentTerm + 1 }, 'of a member it does')
})

t.test('one whose removal is not committed is heeded still', async (t) => {
  const driver = ready(server({ size: 4, terms: [1] }))
  driver.configure([n1, n2, n3])
  driver.answer(n4, { type: 'requestVoteResponse', term: term(9), voteGranted: false })
  t.match(driver.view, { role: 'follower', currentTerm: 9 })
})
