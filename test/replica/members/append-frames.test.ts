/** AppendEntries as bytes is what it is as JSON, and what is none is refused. */
import t from 'tap'
import type { AppendEntries, AppendEntriesResponse, Entry } from '../../../lib/raft/types.js'
import { incarnation, clusterId, logIndex, serverId, term, ticks } from '../../../lib/raft/types.js'
import {
  areOfCommands,
  readAppendEntries,
  readAppendEntriesResponse,
  writeAppendEntries,
  writeAppendEntriesResponse,
} from '../../../lib/replica/members/append-frames.js'
import { InternalError, InvalidParamsError } from '../../../lib/rpc/errors.js'
import { EntryRuns } from '../../../lib/storage/entry-runs.js'

const n1 = serverId('n1')
const at = (index: number) => ({ index: logIndex(index), term: term(2) })
const COMMAND: Entry = { kind: 'command', ...at(4), data: '[1,"kv","set",["x","grün \\u0000"],5,6]' }
const EMPTY: Entry = { kind: 'empty', ...at(5) }
const IDENTITY: Entry = {
  kind: 'identity',
  ...at(6),
  clusterId: clusterId('c'),
  incarnations: [[n1, incarnation('i')]],
}
const HEARTBEAT: AppendEntries = {
  type: 'appendEntries',
  term: term(2),
  leaderId: n1,
  prevLogIndex: logIndex(3),
  prevLogTerm: term(1),
  entries: [],
  leaderCommit: logIndex(Number.MAX_SAFE_INTEGER),
  round: 9,
}
const APPEND = { ...HEARTBEAT, entries: [COMMAND, EMPTY] }

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}

function written(message: AppendEntries): Uint8Array {
  return joined(writeAppendEntries(message, new EntryRuns()))
}

const read = (content: Uint8Array): AppendEntries => readAppendEntries(content, n1, new EntryRuns())

t.test('a message is read back as it was meant, with entries and without', async (t) => {
  for (const message of [HEARTBEAT, APPEND]) t.strictSame(read(written(message)), message)
})

t.test('so is each answer', async (t) => {
  const success = { type: 'appendEntriesResponse', term: term(2), success: true, round: 9 } as const
  const answers: readonly AppendEntriesResponse[] = [
    { ...success, matchIndex: logIndex(7) },
    { ...success, matchIndex: logIndex(7), silence: ticks(150) },
    { ...success, success: false, matchIndex: logIndex(7), conflict: at(3) },
    { ...success, success: false, matchIndex: logIndex(7), conflict: at(0), silence: ticks(0) },
  ]
  for (const answer of answers) {
    const content = joined(writeAppendEntriesResponse(answer))
    t.strictSame(readAppendEntriesResponse(content), answer)
    for (let length = 0; length < content.length; length++)
      t.throws(() => readAppendEntriesResponse(content.subarray(0, length)), InvalidParamsError)
    t.throws(() => readAppendEntriesResponse(new Uint8Array([...content, 0])), InvalidParamsError)
  }
  t.throws(() => writeAppendEntriesResponse({ type: 'timeoutNowResponse', term: term(1) }), InternalError)
})

t.test('a message cut anywhere is refused, but where its entries begin', async (t) => {
  const content = written(APPEND)
  const head = written(HEARTBEAT).length
  for (let length = 0; length < content.length; length++) {
    if (length === head) continue
    t.throws(() => read(content.subarray(0, length)), InvalidParamsError, `${length} bytes`)
  }
})

t.test('what has another kind, a gap, or entries about the cluster is refused', async (t) => {
  const answer = writeAppendEntriesResponse({
    ...{ type: 'appendEntriesResponse', term: term(2), success: true, round: 9 },
    matchIndex: logIndex(7),
  })
  t.throws(() => read(joined(answer)), InvalidParamsError)
  t.throws(() => readAppendEntriesResponse(written(APPEND)), InvalidParamsError)
  t.throws(() => read(written({ ...APPEND, prevLogIndex: logIndex(2) })), {
    message: 'appendEntries: entries must follow entry 2 without a gap',
  })
  t.throws(() => read(written({ ...APPEND, entries: [COMMAND, EMPTY, IDENTITY] })), {
    message: 'appendEntries: entries about the cluster come as JSON',
  })
  t.notOk(areOfCommands([COMMAND, IDENTITY]))
  t.ok(areOfCommands([COMMAND, EMPTY]))
})

t.test('a number beyond 2^53 - 1, and text that is not UTF-8, are refused', async (t) => {
  const content = written(APPEND)
  const beyond = content.slice().fill(0xff, 1, 9)
  t.throws(() => read(beyond), { message: 'a number in a frame is beyond 2^53 - 1' })
  const text = content.slice()
  text[text.indexOf('['.charCodeAt(0)) + 1] = 0xff
  t.throws(() => read(text), { message: 'appendEntries: payload of entry is not UTF-8' })
})
