/** The (role, event) table, cell by cell, and the page that shows it. */
import t from 'tap'
import { readFileSync } from 'node:fs'
import type { Input, Role } from '../../lib/raft/index.js'
import {
  exchange,
  incarnation,
  logIndex,
  persistToken,
  readContext,
  renderTable,
  start,
  term,
  ticks,
} from '../../lib/raft/index.js'
import type { Driver } from './driver.js'
import {
  appendEntries,
  installSnapshot,
  lead,
  n2,
  n6,
  requestVote,
  server,
  snapshotAt,
  stand,
} from './story.js'

const ROLES: Record<Role, () => Driver> = {
  follower: () => server({ terms: [1] }),
  preCandidate: () => {
    const driver = server({ terms: [1], term: 1 })
    driver.tickAtDeadline()
    return driver
  },
  candidate: () => stand(server({ terms: [1] })),
  leader: () => lead(server({ terms: [1] })),
}

/** What follows from each event in each role: the role afterwards, and the answer, if any. */
type Outcome = readonly [role: Role | 'violation', ...answers: string[]]
const EXPECTED: Record<string, Record<Role, Outcome>> = {
  tick: {
    follower: ['preCandidate', 'send'],
    preCandidate: ['preCandidate', 'send'],
    candidate: ['preCandidate', 'send'],
    leader: ['leader', 'send'],
  },
  heldUp: {
    follower: ['follower'],
    preCandidate: ['preCandidate'],
    candidate: ['candidate'],
    leader: ['leader', 'send'],
  },
  preVote: {
    follower: ['follower', 'reply'],
    preCandidate: ['follower', 'reply'],
    candidate: ['candidate', 'reply'],
    leader: ['leader', 'reply'],
  },
  requestVote: {
    follower: ['follower', 'reply'],
    preCandidate: ['preCandidate', 'reply'],
    candidate: ['candidate', 'reply'],
    leader: ['leader', 'reply'],
  },
  appendEntries: {
    follower: ['follower', 'reply'],
    preCandidate: ['follower', 'reply'],
    candidate: ['follower', 'reply'],
    leader: ['violation'],
  },
  installSnapshot: {
    follower: ['follower', 'storeChunk'],
    preCandidate: ['follower', 'storeChunk'],
    candidate: ['follower', 'storeChunk'],
    leader: ['violation'],
  },
  readIndex: {
    follower: ['follower', 'reply'],
    preCandidate: ['preCandidate', 'reply'],
    candidate: ['candidate', 'reply'],
    leader: ['leader'],
  },
  timeoutNow: {
    follower: ['candidate', 'reply', 'send'],
    preCandidate: ['candidate', 'reply', 'send'],
    candidate: ['candidate', 'reply', 'send'],
    leader: ['leader', 'reply'],
  },
  preVoteResponse: {
    follower: ['follower'],
    preCandidate: ['candidate', 'send'],
    candidate: ['candidate'],
    leader: ['leader'],
  },
  requestVoteResponse: {
    follower: ['follower'],
    preCandidate: ['preCandidate'],
    candidate: ['leader', 'send'],
    leader: ['leader'],
  },
  appendEntriesResponse: {
    follower: ['follower'],
    preCandidate: ['preCandidate'],
    candidate: ['candidate'],
    leader: ['leader', 'send'],
  },
  installSnapshotResponse: {
    follower: ['follower'],
    preCandidate: ['preCandidate'],
    candidate: ['candidate'],
    leader: ['leader'],
  },
  readIndexResponse: {
    follower: ['follower'],
    preCandidate: ['preCandidate'],
    candidate: ['candidate'],
    leader: ['leader'],
  },
  timeoutNowResponse: {
    follower: ['follower'],
    preCandidate: ['preCandidate'],
    candidate: ['candidate'],
    leader: ['leader'],
  },
  startKnown: {
    follower: ['follower'],
    preCandidate: ['preCandidate'],
    candidate: ['candidate'],
    leader: ['leader'],
  },
  peerUnreachable: {
    follower: ['follower'],
    preCandidate: ['preCandidate'],
    candidate: ['candidate'],
    leader: ['leader'],
  },
  peerGone: {
    follower: ['follower'],
    preCandidate: ['preCandidate'],
    candidate: ['candidate'],
    leader: ['leader'],
  },
  propose: {
    follower: ['follower', 'refused'],
    preCandidate: ['preCandidate', 'refused'],
    candidate: ['candidate', 'refused'],
    leader: ['leader', 'appended'],
  },
  read: {
    follower: ['follower', 'readRefused'],
    preCandidate: ['preCandidate', 'readRefused'],
    candidate: ['candidate', 'readRefused'],
    leader: ['leader'],
  },
  configure: {
    follower: ['follower', 'configureRefused'],
    preCandidate: ['preCandidate', 'configureRefused'],
    candidate: ['candidate', 'configureRefused'],
    leader: ['leader', 'configureRefused'],
  },
  transfer: {
    follower: ['follower', 'transferEnded'],
    preCandidate: ['preCandidate', 'transferEnded'],
    candidate: ['candidate', 'transferEnded'],
    leader: ['leader', 'transferEnded'],
  },
  compact: {
    follower: ['follower'],
    preCandidate: ['preCandidate'],
    candidate: ['candidate'],
    leader: ['leader'],
  },
  chunkStored: {
    follower: ['follower', 'reply'],
    preCandidate: ['preCandidate', 'reply'],
    candidate: ['candidate', 'reply'],
    leader: ['leader', 'reply'],
  },
  snapshotStored: {
    follower: ['follower', 'reply'],
    preCandidate: ['preCandidate', 'reply'],
    candidate: ['candidate', 'reply'],
    leader: ['leader', 'reply'],
  },
  persisted: {
    follower: ['follower'],
    preCandidate: ['preCandidate'],
    candidate: ['candidate'],
    leader: ['leader'],
  },
  applied: {
    follower: ['follower'],
    preCandidate: ['preCandidate'],
    candidate: ['candidate'],
    leader: ['leader'],
  },
  storageStalled: {
    follower: ['follower'],
    preCandidate: ['preCandidate'],
    candidate: ['candidate'],
    leader: ['follower'],
  },
  stop: { follower: ['follower'], preCandidate: ['follower'], candidate: ['follower'], leader: ['follower'] },
}

for (const [event, row] of Object.entries(EXPECTED)) {
  for (const role of Object.keys(ROLES).filter(isRole)) {
    t.test(`${event} at a ${role}`, async (t) => {
      const driver = ROLES[role]()
      driver.take()
      t.equal(driver.view.role, role)
      const [then, ...answers] = row[role]
      const input = inputOf(event, driver)
      if (then === 'violation') return void t.throws(() => driver.step(input), { name: 'InvariantViolation' })
      driver.step(input)
      t.equal(driver.view.role, then)
      const types = driver.take().map(({ type }) => type)
      for (const answer of answers)
        t.ok(
          types.some((type) => type === answer),
          `${answer} in ${types.join()}`,
        )
      if (answers.length === 0) t.same(types, [])
    })
  }
}

t.test('docs/raft.md shows the table as it is', async (t) => {
  const page = readFileSync(new URL('../../../docs/raft.md', import.meta.url), 'utf8')
  t.ok(page.includes(renderTable()), renderTable())
})

t.test('every event has a row here', async (t) => {
  const rows = renderTable()
    .split('\n')
    .slice(2)
    .map((line) => line.split(' ')[1])
  t.same(rows, Object.keys(EXPECTED))
})

function isRole(text: string): text is Role {
  return text in ROLES
}

function inputOf(event: string, driver: Driver): Input {
  const { currentTerm, lastLogIndex, deadline } = driver.view
  const from = { from: n2, incarnation: incarnation('n2-first') }
  const request = { type: 'request', ...from, exchange: exchange(99) } as const
  const response = { type: 'response', ...from } as const
  const { transfer: _, ...candidacy } = requestVote(currentTerm + 1, [9, 9])
  switch (event) {
    case 'tick':
      driver.now = deadline ?? driver.now
      return { type: 'tick' }
    case 'heldUp':
      driver.now = ticks((deadline ?? driver.now) + 1000)
      return { type: 'heldUp' }
    case 'preVote':
      return { ...request, message: { ...candidacy, type: 'preVote' } }
    case 'requestVote':
      return { ...request, message: requestVote(currentTerm, [9, 9]) }
    case 'appendEntries':
      return { ...request, message: appendEntries(currentTerm, [1, 1]) }
    case 'readIndex':
      return { ...request, message: { type: 'readIndex', term: currentTerm, serverId: n2, number: 1 } }
    case 'timeoutNow':
      return { ...request, message: { type: 'timeoutNow', term: currentTerm, leaderId: n2 } }
    case 'timeoutNowResponse':
      return { ...response, message: { type: 'timeoutNowResponse', term: currentTerm } }
    case 'configure':
      return { type: 'configure', target: { voters: [], learners: [], uris: {} } }
    case 'transfer':
      return { type: 'transfer', to: n6 }
    case 'installSnapshot':
      return { ...request, message: installSnapshot(currentTerm, snapshotAt(5, 1)) }
    case 'preVoteResponse':
      return {
        ...response,
        message: { type: 'preVoteResponse', term: term(currentTerm + 1), voteGranted: true },
      }
    case 'requestVoteResponse':
      return { ...response, message: { type: 'requestVoteResponse', term: currentTerm, voteGranted: true } }
    case 'appendEntriesResponse':
      return {
        ...response,
        message: {
          type: 'appendEntriesResponse',
          term: currentTerm,
          success: true,
          round: 0,
          matchIndex: lastLogIndex,
        },
      }
    case 'readIndexResponse':
      return {
        ...response,
        message: { type: 'readIndexResponse', term: currentTerm, number: 1, readIndex: null },
      }
    case 'installSnapshotResponse':
      return {
        ...response,
        message: {
          type: 'installSnapshotResponse',
          term: currentTerm,
          snapshotIndex: logIndex(0),
          offset: 0,
          installed: true,
        },
      }
    case 'startKnown': {
      const known = { start: start('9-z'), lastLogIndex: logIndex(9), lastLogTerm: term(9) }
      return { type: 'startKnown', known: { ...known, incarnation: driver.options.incarnation } }
    }
    case 'peerUnreachable':
      return { type: 'peerUnreachable', peer: n2 }
    case 'peerGone':
      return { type: 'peerGone', peer: n2 }
    case 'propose':
      return { type: 'propose', commands: ['x'] }
    case 'read':
      return { type: 'read', context: readContext(1), anywhere: false }
    case 'compact':
      return { type: 'compact', index: logIndex(0) }
    case 'chunkStored':
      return { type: 'chunkStored', exchange: exchange(99), snapshotIndex: logIndex(5), offset: 1 }
    case 'snapshotStored':
      return { type: 'snapshotStored', exchange: exchange(99), snapshot: snapshotAt(1, 1) }
    case 'persisted':
      return { type: 'persisted', token: persistToken(0) }
    case 'applied':
      return { type: 'applied', index: logIndex(0) }
    case 'storageStalled':
      return { type: 'storageStalled', elapsed: ticks(300) }
    default:
      return { type: 'stop' }
  }
}
