/** What members send each other is read back as it was meant, or refused. */
import t from 'tap'
import { clusterId, incarnation, logIndex, serverId, start, term } from '../../../lib/raft/types.js'
import type { Entry, Request, Response } from '../../../lib/raft/types.js'
import {
  readRequest,
  readResponse,
  requestToJson,
  responseToJson,
} from '../../../lib/replica/members/messages.js'
import { InvalidParamsError } from '../../../lib/rpc/errors.js'

const at = (index: number) => ({ index: logIndex(index), term: term(2) })
const n1 = serverId('n1')
const entries: readonly Entry[] = [
  { ...at(4), kind: 'identity', clusterId: clusterId('c'), incarnations: [[n1, incarnation('i')]] },
  {
    ...at(5),
    kind: 'identity',
    clusterId: clusterId('c'),
    incarnations: [],
    starts: [
      [n1, start('1-a')],
      [n1, start('2-b'), true],
    ],
  },
  { ...at(6), kind: 'empty' },
  { ...at(7), kind: 'command', data: '[1,"kv","set",["x","\\u0000"],5,6]' },
  {
    ...at(8),
    kind: 'configuration',
    configuration: { voters: [n1], learners: [], uris: { n1: 'n1@localhost:1' } },
  },
]
const append = {
  type: 'appendEntries',
  term: term(2),
  leaderId: n1,
  prevLogIndex: logIndex(3),
  prevLogTerm: term(1),
  entries,
  leaderCommit: logIndex(3),
  round: 9,
} as const
const candidacy = { term: term(2), candidateId: n1, lastLogIndex: logIndex(7), lastLogTerm: term(2) }
const requests: readonly Request[] = [
  append,
  { type: 'preVote', ...candidacy },
  { type: 'requestVote', ...candidacy, transfer: true },
]
const responses: readonly [Request['type'], Response][] = [
  ['preVote', { type: 'preVoteResponse', term: term(2), voteGranted: true }],
  ['requestVote', { type: 'requestVoteResponse', term: term(2), voteGranted: false }],
  [
    'appendEntries',
    {
      type: 'appendEntriesResponse',
      term: term(2),
      success: false,
      round: 9,
      matchIndex: logIndex(3),
      conflict: { index: logIndex(2), term: term(1) },
    },
  ],
]
const overTheWire = (json: unknown): unknown => JSON.parse(JSON.stringify(json))

for (const request of requests) {
  void t.test(`${request.type} comes back whole`, async (t) => {
    t.same(readRequest(request.type, overTheWire(requestToJson(request))), request)
  })
}

for (const [type, response] of responses) {
  void t.test(`the response to ${type} comes back whole`, async (t) => {
    t.same(readResponse(type, overTheWire(responseToJson(response))), response)
  })
}

const good = overTheWire(requestToJson(append)) as Record<string, unknown>
const bad: Record<string, unknown> = {
  'no object': 7,
  'another version': { ...good, version: 2 },
  'a negative term': { ...good, term: -1 },
  'a term as text': { ...good, term: '2' },
  'no leader': { ...good, leaderId: '' },
  'entries that are no list': { ...good, entries: {} },
  'a gap in the entries': { ...good, entries: [[9, 2, 'empty']] },
  'an entry of unknown kind': { ...good, entries: [[4, 2, 'surprise']] },
  'a command without text': { ...good, entries: [[4, 2, 'command', 7]] },
  'an index beyond what numbers hold': { ...good, leaderCommit: 1e300 },
}
for (const [what, json] of Object.entries(bad)) {
  void t.test(`${what} is refused`, async (t) => {
    t.throws(() => readRequest('appendEntries', json), InvalidParamsError)
  })
}
