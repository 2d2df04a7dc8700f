/**
 * The core's messages as JSON: the one parameter, or the result, of the method that is called like the request. Members
 * are those of the paper's Figure 2 and `version`. An entry is a tuple that begins with index, term and kind:
 *
 *     [7, 2, "command", "[1,…]"]   [1, 1, "identity", clusterId, [[id, incarnation], …]]
 *     [8, 3, "empty"]              [9, 3, "configuration", {voters, outgoing?, learners, uris}]
 */
import type { Json } from '../../json.js'
import type { Entry, Request, Response, ServerId, Term } from '../../raft/types.js'
import { clusterId, logIndex, serverId, term } from '../../raft/types.js'
import { InvalidParamsError } from '../../rpc/errors.js'
import {
  configurationToJson,
  positionToJson,
  readConfiguration,
  readIncarnations,
  readPosition,
} from '../guards/cluster-json.js'
import {
  checkVersion,
  fields,
  flag,
  list,
  PROTOCOL_VERSION,
  shown,
  text,
  whole,
} from '../guards/json-readers.js'

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
  checkVersion(from, type)
  switch (type) {
    case 'preVote':
      return { type, ...readCandidacy(from) }
    case 'requestVote':
      return { type, ...readCandidacy(from), transfer: flag(from['transfer'], 'transfer') }
    case 'appendEntries':
      return {
        type,
        term: term(whole(from['term'], 'term')),
        leaderId: serverId(text(from['leaderId'], 'leaderId')),
        prevLogIndex: logIndex(whole(from['prevLogIndex'], 'prevLogIndex')),
        prevLogTerm: term(whole(from['prevLogTerm'], 'prevLogTerm')),
        entries: readEntries(from['entries'], whole(from['prevLogIndex'], 'prevLogIndex')),
        leaderCommit: logIndex(whole(from['leaderCommit'], 'leaderCommit')),
        round: whole(from['round'], 'round'),
      }
    case 'installSnapshot':
      return {
        type,
        term: term(whole(from['term'], 'term')),
        leaderId: serverId(text(from['leaderId'], 'leaderId')),
        snapshot: readPosition(from['snapshot']),
        offset: whole(from['offset'], 'offset'),
        data: text(from['data'], 'data'),
        checksum: whole(from['checksum'], 'checksum'),
        done: flag(from['done'], 'done'),
      }
    case 'readIndex':
      return {
        type,
        term: readTerm(from),
        serverId: serverId(text(from['serverId'], 'serverId')),
        number: whole(from['number'], 'number'),
      }
    case 'timeoutNow':
      return { type, term: readTerm(from), leaderId: serverId(text(from['leaderId'], 'leaderId')) }
  }
}

/** The member whose request it is, by its own word. */
export function senderOf(request: Request): ServerId {
  if ('leaderId' in request) return request.leaderId
  return 'candidateId' in request ? request.candidateId : request.serverId
}

function readTerm(from: ReturnType<typeof fields>): Term {
  return term(whole(from['term'], 'term'))
}

function readCandidacy(from: ReturnType<typeof fields>) {
  return {
    term: term(whole(from['term'], 'term')),
    candidateId: serverId(text(from['candidateId'], 'candidateId')),
    lastLogIndex: logIndex(whole(from['lastLogIndex'], 'lastLogIndex')),
    lastLogTerm: term(whole(from['lastLogTerm'], 'lastLogTerm')),
  }
}

/** The response to a request of `type`. */
export function readResponse(type: Request['type'], json: unknown): Response {
  const from = fields(json, `the response to ${type}`)
  checkVersion(from, `the response to ${type}`)
  const entered = term(whole(from['term'], 'term'))
  switch (type) {
    case 'preVote':
      return { type: 'preVoteResponse', term: entered, voteGranted: flag(from['voteGranted'], 'voteGranted') }
    case 'requestVote':
      return {
        type: 'requestVoteResponse',
        term: entered,
        voteGranted: flag(from['voteGranted'], 'voteGranted'),
      }
    case 'appendEntries':
      return {
        type: 'appendEntriesResponse',
        term: entered,
        success: flag(from['success'], 'success'),
        round: whole(from['round'], 'round'),
        matchIndex: logIndex(whole(from['matchIndex'], 'matchIndex')),
        ...(from['conflict'] === undefined ? {} : { conflict: readConflict(from['conflict']) }),
      }
    case 'installSnapshot':
      return {
        type: 'installSnapshotResponse',
        term: entered,
        snapshotIndex: logIndex(whole(from['snapshotIndex'], 'snapshotIndex')),
        offset: whole(from['offset'], 'offset'),
        installed: flag(from['installed'], 'installed'),
      }
    case 'readIndex': {
      const readIndex = from['readIndex']
      return {
        type: 'readIndexResponse',
        term: entered,
        number: whole(from['number'], 'number'),
        readIndex: readIndex === null ? null : logIndex(whole(readIndex, 'readIndex')),
      }
    }
    case 'timeoutNow':
      return { type: 'timeoutNowResponse', term: entered }
  }
}

function readConflict(json: unknown) {
  const from = fields(json, 'conflict')
  return {
    index: logIndex(whole(from['index'], 'conflict.index')),
    term: term(whole(from['term'], 'conflict.term')),
  }
}

export function entryToJson(entry: Entry): Json {
  const { index, kind } = entry
  switch (kind) {
    case 'command':
      return [index, entry.term, kind, entry.data]
    case 'empty':
      return [index, entry.term, kind]
    case 'identity':
      return [index, entry.term, kind, entry.clusterId, entry.incarnations]
    case 'configuration':
      return [index, entry.term, kind, configurationToJson(entry.configuration)]
  }
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

export function readEntry(json: unknown): Entry {
  const [at, entered, kind, content, more] = list(json, 'an entry')
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
      }
    case 'configuration':
      return { kind, ...position, configuration: readConfiguration(content) }
    default:
      throw new InvalidParamsError(`an entry of unknown kind ${shown(kind)}`)
  }
}
