/**
 * What members say to each other: mutated requests and responses at the doors, and to a member that takes them for a
 * peer's.
 */
import fc from 'fast-check'
import type { Json } from '../../lib/json.js'
import type { Configuration, Request } from '../../lib/raft/types.js'
import { readHello } from '../../lib/replica/members/hello.js'
import { readRequest, readResponse } from '../../lib/replica/members/messages.js'
import type { Replica } from '../../lib/replica/replica.js'
import { RollcallError } from '../../lib/rpc/errors.js'
import { parseUri } from '../../lib/rpc/uri.js'
import { LoneMember } from '../replica/lone-member.js'
import { changedJson, hostileJson } from './hostile-json.js'
import { scene } from './target.js'
import type { Scene, Target } from './target.js'
import { traffic } from './traffic.js'

export const peerTargets: readonly Target[] = [
  {
    name: 'a message between members of any shape is read, or refused as unreadable',
    runs: 2000,
    open: doors,
  },
  {
    name: 'a member answers whatever a peer says; what it refuses changes nothing',
    runs: 200,
    open: member,
  },
]

const TYPES: readonly Request['type'][] = [
  'preVote',
  'requestVote',
  'appendEntries',
  'installSnapshot',
  'readIndex',
  'timeoutNow',
]

/** A text and the door that it is for. */
interface Passage {
  readonly text: string
  readonly door: (json: unknown) => unknown
}

async function doors(): Promise<Scene> {
  const recorded = await recordedParams()
  const passages = TYPES.flatMap((type): fc.Arbitrary<Passage>[] => [
    at(recorded.requests.get(type) ?? [], (json) => soundRequest(readRequest(type, json))),
    at(recorded.responses.get(type) ?? [], (json) => readResponse(type, json)),
  ])
  const hello = at(recorded.requests.get('hello') ?? [], readHello)
  return scene(fc.oneof(hello, ...passages), ({ text, door }) => {
    try {
      door(JSON.parse(text))
    } catch (error) {
      if (!(error instanceof RollcallError)) throw error
      if (error.message.length > 10_000) throw new Error('the refusal is as long as what it refuses')
    }
  })
}

function at(texts: readonly string[], door: Passage['door']): fc.Arbitrary<Passage> {
  return fc.oneof(changedJson(texts), hostileJson).map((text) => ({ text, door }))
}

/** Members are dialled where a configuration says that they are. */
function soundRequest(request: Request): void {
  const configurations: Configuration[] = []
  if (request.type === 'installSnapshot') configurations.push(request.snapshot.configuration)
  if (request.type === 'appendEntries')
    configurations.push(
      ...request.entries.flatMap((entry) => (entry.kind === 'configuration' ? [entry.configuration] : [])),
    )
  for (const uri of configurations.flatMap(({ uris }) => Object.values(uris))) {
    if (!isUri(uri)) throw new Error(`a member may be at ${JSON.stringify(uri)}`)
  }
}

function isUri(text: string): boolean {
  try {
    return parseUri(text).objectId !== ''
  } catch {
    return false
  }
}

interface Params {
  readonly requests: ReadonlyMap<string, readonly string[]>
  readonly responses: ReadonlyMap<string, readonly string[]>
}

/** First parameters and results of the members' methods, as if they came from n2, in the cluster with the id "c". */
async function recordedParams(): Promise<Params> {
  const { requests, responses } = await traffic()
  const requestsOf = [...requests].map(([method, texts]) => [nameOf(method), texts.map(firstParam)] as const)
  const responsesOf = [...responses].map(([method, texts]) => [nameOf(method), texts.map(result)] as const)
  return { requests: new Map(requestsOf), responses: new Map(responsesOf) }
}

function nameOf(method: string): string {
  return method.slice(method.lastIndexOf('.') + 1)
}

function firstParam(request: string): string {
  const { params } = JSON.parse(request) as { params: readonly Json[] }
  return asN2(JSON.stringify(params[0] ?? null))
}

function result(response: string): string {
  const { result } = JSON.parse(response) as { result?: Json }
  return asN2(JSON.stringify(result ?? null))
}

function asN2(text: string): string {
  return text
    .replace(/"(leaderId|candidateId|serverId|id)":"n\d"/g, '"$1":"n2"')
    .replace(/"incarnation":"n\d-first"/g, '"incarnation":"n2-first"')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}/g, 'c')
}

const HELLO = { version: 1, cluster: 'test', clusterId: null, id: 'n2', incarnation: 'n2-first' }
const IDENTITY = [1, 1, 'identity', 'c', ['n1', 'n2', 'n3'].map((id) => [id, `${id}-first`])]

const append = (more: { readonly [name: string]: Json }): Json => ({
  ...{ version: 1, term: 1, leaderId: 'n2', prevLogIndex: 0, prevLogTerm: 0, entries: [] },
  ...{ leaderCommit: 0, round: 1, ...more },
})

/** They go on behind the first entry, so that mutations of them get past the consistency check. */
const FITTING: readonly string[] = [
  append({
    prevLogIndex: 1,
    prevLogTerm: 1,
    entries: [
      [2, 1, 'command', '[1,"kv","set",["x",1],5,6]'],
      [3, 1, 'empty'],
    ],
    leaderCommit: 2,
  }),
  append({
    prevLogIndex: 1,
    prevLogTerm: 1,
    entries: [
      [
        2,
        1,
        'configuration',
        {
          voters: ['n1', 'n2', 'n3'],
          learners: [],
          uris: { n1: 'n1@localhost:9101', n2: 'n2@localhost:9102', n3: 'n3@localhost:9103' },
        },
      ],
    ],
  }),
].map((json) => JSON.stringify(json))

interface Said {
  readonly method: string
  readonly json: Json
}

const METHODS = ['hello', 'vouch', 'address', 'digest', 'digestOfEvents', 'parted', 'passedOn', ...TYPES]

async function member(): Promise<Scene> {
  const { requests } = await recordedParams()
  const said = fc.constantFrom(...METHODS).chain((method) => {
    const texts = [...(requests.get(method) ?? ['"n2"', '1']), ...(method === 'appendEntries' ? FITTING : [])]
    return fc
      .oneof(changedJson(texts), fc.constantFrom(...texts), hostileJson)
      .map((text): Said => ({ method, json: JSON.parse(text) as Json }))
  })
  return scene(fc.array(said, { minLength: 1, maxLength: 5 }), converse)
}

async function converse(all: readonly Said[]): Promise<void> {
  const lone = new LoneMember()
  lone.hears = false
  const replica = await lone.start()
  const failures: Error[] = []
  void replica.failed.then((error) => failures.push(error))
  await answered(lone, replica, 'hello', HELLO)
  await answered(lone, replica, 'appendEntries', append({ entries: [IDENTITY], leaderCommit: 1 }))
  for (const { method, json } of all) {
    const before = JSON.stringify(replica.status())
    const answer = await answered(lone, replica, method, json)
    if (answer instanceof Error && !(answer instanceof RollcallError)) throw answer
    if (
      answer instanceof RollcallError &&
      failures.length === 0 &&
      before !== JSON.stringify(replica.status())
    )
      throw new Error(`${method} was refused, and changed the member: ${answer.message}`)
  }
  for (const { name, message } of failures) {
    // Members that lie can make one stop; it has to know why.
    if (/^(Type|Range|Syntax|Reference)Error$/.test(name)) throw new Error(`it stopped: ${name}: ${message}`)
  }
  await replica.stop()
}

/** In milliseconds of that world: far more than the disk takes, less than an election timeout. */
const ANSWER_MS = 40

async function answered(lone: LoneMember, replica: Replica, method: string, json: Json): Promise<unknown> {
  let answer: { readonly value: unknown } | undefined
  void lone.say(replica, method, json).then((value) => (answer = { value }))
  for (let passed = 0; passed < ANSWER_MS && answer === undefined; passed++) await lone.pass(1)
  if (answer === undefined) throw new Error(`${method} was not answered`)
  return answer.value
}
