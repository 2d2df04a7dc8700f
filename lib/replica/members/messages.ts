/**
 * The core's messages as JSON: the one parameter, or the result, of the method that is called like the request. Members
 * are those of the paper's Figure 2 and `version`. An entry is a tuple that begins with index, term and kind:
 *
 *     [7, 2, "command", "[1,…]"]   [1, 1, "identity", clusterId, [[id, incarnation], …], [[id, start, replaces?], …]?]
 *     [8, 3, "empty"]              [9, 3, "configuration", {voters, outgoing?, learners, uris}]
 */
import type { Json, Fields } from '../../json.js'
import type {
  Entry,
  IdentityEntry,
  LogIndex,
  Request,
  RequestOf,
  Response,
  ResponseOf,
  ServerId,
  Term,
} from '../../raft/types.js'
import { clusterId, logIndex, serverId, term, ticks } from '../../raft/types.js'
import { InvalidParamsError } from '../../rpc/errors.js'
import {
  configurationToJson,
  positionToJson,
  readConfiguration,
  readIncarnations,
  readPosition,
  readStarts,
  startsToJson,
} from '../guards/cluster-json.js'
import { fields, flag, list, PROTOCOL_VERSION, shown, text, whole } from '../guards/json-readers.js'

export function requestToJson(request: Request): Json {
  const { type, ...rest } = request
  const version = PROTOCOL_VERSION
  if ('entries' in rest) return { version, ...rest, entries: rest.entries.map(entryToJson) }
  if ('snapshot' in rest) return { version, ...rest, snapshot: positionToJson(rest.snapshot) }
  return { version, ...rest }
}

export function responseToJson({ type: _, ...rest }: Response): Json {
  return { version: PROTOCOL_VERSION, ...rest }
}

export function readRequest(type: Request['type'], json: unknown): Request {
  const from = fields(json, type)
  if (from['version'] !== PROTOCOL_VERSION) throw unknownVersion(from, type)
  return REQUESTS[type](from)
}

/** The response to a request of `type`. */
export function readResponse(type: Request['type'], json: unknown): Response {
  const from = fields(json, `the response to ${type}`)
  if (from['version'] !== PROTOCOL_VERSION) throw unknownVersion(from, `the response to ${type}`)
  return RESPONSES[`${type}Response`](from)
}

/** What is of another version is refused whole. */
function unknownVersion(from: Fields, what: string): InvalidParamsError {
  return new InvalidParamsError(
    `${what} has version ${shown(from['version'])}; this member speaks ${PROTOCOL_VERSION}`,
  )
}

const REQUESTS: { readonly [T in Request['type']]: (from: Fields) => RequestOf<T> } = {
  preVote: (from) => ({ type: 'preVote', ...readCandidacy(from) }),
  requestVote: (from) => ({
    type: 'requestVote',
    ...readCandidacy(from),
    transfer: flag(from['transfer'], 'transfer'),
  }),
  appendEntries: (from) => ({
    type: 'appendEntries',
    term: readTerm(from),
    leaderId: serverId(text(from['leaderId'], 'leaderId')),
    prevLogIndex: logIndex(whole(from['prevLogIndex'], 'prevLogIndex')),
    prevLogTerm: term(whole(from['prevLogTerm'], 'prevLogTerm')),
    entries: readEntries(from['entries'], whole(from['prevLogIndex'], 'prevLogIndex')),
    leaderCommit: logIndex(whole(from['leaderCommit'], 'leaderCommit')),
    round: whole(from['round'], 'round'),
  }),
  installSnapshot: (from) => ({
    type: 'installSnapshot',
    term: readTerm(from),
    leaderId: serverId(text(from['leaderId'], 'leaderId')),
    snapshot: readPosition(from['snapshot']),
    offset: whole(from['offset'], 'offset'),
    data: text(from['data'], 'data'),
    checksum: whole(from['checksum'], 'checksum'),
    done: flag(from['done'], 'done'),
  }),
  readIndex: (from) => ({
    type: 'readIndex',
    term: readTerm(from),
    serverId: serverId(text(from['serverId'], 'serverId')),
    number: whole(from['number'], 'number'),
  }),
  timeoutNow: (from) => ({
    type: 'timeoutNow',
    term: readTerm(from),
    leaderId: serverId(text(from['leaderId'], 'leaderId')),
  }),
}

const RESPONSES: { readonly [T in Response['type']]: (from: Fields) => ResponseOf<T> } = {
  preVoteResponse: (from) => ({
    type: 'preVoteResponse',
    term: readTerm(from),
    voteGranted: flag(from['voteGranted'], 'voteGranted'),
  }),
  requestVoteResponse: (from) => ({
    type: 'requestVoteResponse',
    term: readTerm(from),
    voteGranted: flag(from['voteGranted'], 'voteGranted'),
  }),
  appendEntriesResponse: (from) => ({
    type: 'appendEntriesResponse',
    term: readTerm(from),
    success: flag(from['success'], 'success'),
    round: whole(from['round'], 'round'),
    matchIndex: logIndex(whole(from['matchIndex'], 'matchIndex')),
    ...(from['conflict'] === undefined ? {} : { conflict: readConflict(from['conflict']) }),
    ...(from['silence'] === undefined ? {} : { silence: ticks(whole(from['silence'], 'silence')) }),
  }),
  installSnapshotResponse: (from) => ({
    type: 'installSnapshotResponse',
    term: readTerm(from),
    snapshotIndex: logIndex(whole(from['snapshotIndex'], 'snapshotIndex')),
    offset: whole(from['offset'], 'offset'),
    installed: flag(from['installed'], 'installed'),
  }),
  readIndexResponse: (from) => ({
    type: 'readIndexResponse',
    term: readTerm(from),
    number: whole(from['number'], 'number'),
    readIndex: readConfirmed(from['readIndex']),
  }),
  timeoutNowResponse: (from) => ({ type: 'timeoutNowResponse', term: readTerm(from) }),
}

/** The member whose request it is, by its own word. */
export function senderOf(request: Request): ServerId {
  if ('leaderId' in request) return request.leaderId
  return 'candidateId' in request ? request.candidateId : request.serverId
}

function readTerm(from: Fields): Term {
  return term(whole(from['term'], 'term'))
}

function readCandidacy(from: Fields) {
  return {
    term: readTerm(from),
    candidateId: serverId(text(from['candidateId'], 'candidateId')),
    lastLogIndex: logIndex(whole(from['lastLogIndex'], 'lastLogIndex')),
    lastLogTerm: term(whole(from['lastLogTerm'], 'lastLogTerm')),
  }
}

function readConfirmed(json: unknown): LogIndex | null {
  return json === null ? null : logIndex(whole(json, 'readIndex'))
}

function readConflict(json: unknown) {
  const from = fields(json, 'conflict')
  return {
    index: logIndex(whole(from['index'], 'conflict.index')),
    term: term(whole(from['term'], 'conflict.term')),
  }
}

function entryToJson(entry: Entry): Json {
  const { index, kind } = entry
  switch (kind) {
    case 'command':
      return [index, entry.term, kind, entry.data]
    case 'empty':
      return [index, entry.term, kind]
    case 'identity':
      return [index, entry.term, kind, ...identityToJson(entry)]
    case 'configuration':
      return [index, entry.term, kind, configurationToJson(entry.configuration)]
  }
}

function identityToJson({ clusterId, incarnations, starts }: IdentityEntry): readonly Json[] {
  return starts === undefined ? [clusterId, incarnations] : [clusterId, incarnations, startsToJson(starts)]
}

/** Entries follow each other without a gap, from the one after `previous` on. */
function readEntries(json: unknown, previous: number): readonly Entry[] {
  return list(json, 'entries').map((each, at) => {
    const entry = readEntry(each)
    if (entry.index !== previous + 1 + at)
      throw new InvalidParamsError(`entries must follow entry ${previous} without a gap`)
    return entry
  })
}

function readEntry(json: unknown): Entry {
  const [at, entered, kind, content, more, starts] = list(json, 'an entry')
  const position = {
    index: logIndex(whole(at, "an entry's index")),
    term: term(whole(entered, "an entry's term")),
  }
  switch (kind) {
    case 'command':
      return { kind, ...position, data: text(content, "a command's text") }
    case 'empty':
      return { kind, ...position }
    case 'identity':
      return {
        kind,
        ...position,
        clusterId: clusterId(text(content, 'clusterId')),
        incarnations: readIncarnations(more),
        ...readStarts(starts),
      }
    case 'configuration':
      return { kind, ...position, configuration: readConfiguration(content) }
    default:
      throw new InvalidParamsError(`an entry of unknown kind ${shown(kind)}`)
  }
}
