/** What members say to each other in frames: mutated ones at the doors, on a line, and to a member. */
import fc from 'fast-check'
import type { AppendEntries } from '../../lib/raft/types.js'
import { logIndex, serverId, term } from '../../lib/raft/types.js'
import {
  readAppendEntries,
  readAppendEntriesResponse,
  writeAppendEntries,
  writeAppendEntriesResponse,
} from '../../lib/replica/members/append-frames.js'
import { RollcallError } from '../../lib/rpc/errors.js'
import { FrameSplitter } from '../../lib/rpc/messages/frames.js'
import { frameOf, readFrame } from '../../lib/rpc/messages/frames.js'
import { EntryRuns } from '../../lib/storage/entry-runs.js'
import { LoneMember } from '../replica/lone-member.js'
import { mutated } from './mutations.js'
import { scene } from './target.js'
import type { Scene, Target } from './target.js'

export const frameTargets: readonly Target[] = [
  { name: 'whatever a frame says, it is read, or refused as unreadable', runs: 2000, open: doors },
  { name: 'whatever comes between lines and frames, no more is kept than has come', runs: 1000, open: lines },
  {
    name: 'a member answers whatever a frame says; what it refuses changes nothing',
    runs: 200,
    open: member,
  },
]

const n2 = serverId('n2')
const at = (index: number) => ({ index: logIndex(index), term: term(1) })
const HEARTBEAT: AppendEntries = {
  type: 'appendEntries',
  term: term(1),
  leaderId: n2,
  prevLogIndex: logIndex(1),
  prevLogTerm: term(1),
  entries: [],
  leaderCommit: logIndex(1),
  round: 1,
}
const APPEND: AppendEntries = {
  ...HEARTBEAT,
  entries: [
    { kind: 'command', ...at(2), data: '[1,"kv","set",["x","grün"],5,6]' },
    { kind: 'empty', ...at(3) },
    { kind: 'command', ...at(4), data: '[1,"kv","get",["x"],5,6]' },
  ],
  leaderCommit: logIndex(3),
}

const REQUESTS = [HEARTBEAT, APPEND].map((message) =>
  Buffer.concat(writeAppendEntries(message, new EntryRuns())),
)
const ANSWERS = [undefined, at(3)].map((conflict) =>
  Buffer.concat(
    writeAppendEntriesResponse({
      ...{ type: 'appendEntriesResponse', term: term(1), success: conflict === undefined, round: 9 },
      matchIndex: logIndex(4),
      ...(conflict && { conflict }),
    }),
  ),
)

async function doors(): Promise<Scene> {
  const all = [...REQUESTS, ...ANSWERS]
  const runs = new EntryRuns()
  return scene(mutated(all), (content) => {
    for (const read of [() => readAppendEntries(content, n2, runs), () => readAppendEntriesResponse(content)])
      refusing(read)
  })
}

function refusing(read: () => unknown): void {
  try {
    read()
  } catch (error) {
    if (!(error instanceof RollcallError)) throw error
    if (error.message.length > 10_000) throw new Error('the refusal is as long as what it refuses')
  }
}

const BYTES_MAX = 4096

async function lines(): Promise<Scene> {
  const framed = [...REQUESTS, ...ANSWERS].map((content, id) => Buffer.from(frameOf(id + 1, [content])))
  const text = Buffer.from('{"jsonrpc":"2.0","id":1,"result":null}\n')
  const talk = Buffer.concat([text, ...framed, Buffer.from(' '), ...framed, text])
  const input = fc.tuple(mutated([talk, ...framed]), fc.integer({ min: 1, max: 300 }))
  return scene(input, ([bytes, size]) => {
    const splitter = new FrameSplitter(BYTES_MAX)
    const told = { bytes: 0 }
    const frame = (each: Uint8Array): void => {
      told.bytes += each.length
      readFrame(each)
    }
    for (let from = 0; from < bytes.length; from += size) {
      const keptBytes = splitter.push(bytes.subarray(from, from + size), () => undefined, frame)
      if (splitter.keptBytes > BYTES_MAX) throw new Error(`${splitter.keptBytes} bytes are kept`)
      if (keptBytes === undefined) break
    }
    if (told.bytes + splitter.keptBytes > bytes.length) throw new Error('more is told than has come')
  })
}

const HELLO = { version: 1, cluster: 'test', clusterId: null, id: 'n2', incarnation: 'n2-first', frames: 1 }
const IDENTITY = [1, 1, 'identity', 'c', ['n1', 'n2', 'n3'].map((id) => [id, `${id}-first`])]
const FIRST = {
  ...{ version: 1, term: 1, leaderId: 'n2', prevLogIndex: 0, prevLogTerm: 0, entries: [IDENTITY] },
  ...{ leaderCommit: 1, round: 1 },
}

async function member(): Promise<Scene> {
  const said = fc.oneof(mutated(REQUESTS), fc.constantFrom(...REQUESTS))
  return scene(fc.array(said, { minLength: 1, maxLength: 5 }), converse)
}

async function converse(all: readonly Uint8Array[]): Promise<void> {
  const lone = new LoneMember()
  lone.hears = false
  const replica = await lone.start()
  const failures: Error[] = []
  void replica.failed.then((error) => failures.push(error))
  await answered(lone, lone.say(replica, 'hello', HELLO))
  await answered(lone, lone.say(replica, 'appendEntries', FIRST))
  for (const content of all) {
    const before = JSON.stringify(replica.status())
    const answer = await answered(lone, lone.sayFrame(content))
    if (answer instanceof Error && !(answer instanceof RollcallError)) throw answer
    const isRefused = answer instanceof RollcallError && failures.length === 0
    if (isRefused && before !== JSON.stringify(replica.status()))
      throw new Error(`a frame was refused, and changed the member: ${answer.message}`)
  }
  for (const { name, message } of failures) {
    if (/^(Type|Range|Syntax|Reference)Error$/.test(name)) throw new Error(`it stopped: ${name}: ${message}`)
  }
  await replica.stop()
}

/** In milliseconds of that world: far more than the disk takes, less than an election timeout. */
const ANSWER_MS = 40

async function answered(lone: LoneMember, saying: Promise<unknown>): Promise<unknown> {
  let answer: { readonly value: unknown } | undefined
  void saying.then((value) => (answer = { value }))
  for (let passed = 0; passed < ANSWER_MS && answer === undefined; passed++) await lone.pass(1)
  if (answer === undefined) throw new Error('a frame was not answered')
  return answer.value
}
