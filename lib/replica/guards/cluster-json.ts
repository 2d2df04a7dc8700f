/** What a cluster is made of, as JSON: configurations, incarnations, positions of snapshots, members' URIs. */
import type { Json } from '../../json.js'
import type {
  Configuration,
  Incarnation,
  LogIndex,
  ServerId,
  SnapshotPosition,
  StartPin,
} from '../../raft/types.js'
import { clusterId, incarnation, logIndex, serverId, start, term } from '../../raft/types.js'
import { InvalidParamsError } from '../../rpc/errors.js'
import { parseUri } from '../../rpc/uri.js'
import { asUri } from '../../rpc/uri-grammar.js'
import type { Uri } from '../../rpc/uri-grammar.js'
import { fields, list, shown, text, whole } from './json-readers.js'

export function readPosition(json: unknown): SnapshotPosition {
  const from = fields(json, 'snapshot')
  const cluster = from['clusterId']
  const backup = from['backup']
  return {
    index: snapshotIndex(from['index']),
    term: term(whole(from['term'], 'snapshot.term')),
    configuration: readConfiguration(from['configuration']),
    clusterId: cluster === null ? undefined : clusterId(text(cluster, 'clusterId')),
    incarnations: readIncarnations(from['incarnations']),
    ...(backup === undefined ? {} : { backup: text(backup, 'backup') }),
    ...readStarts(from['starts']),
  }
}

/** The log goes on behind the snapshot: one at the end of all numbers would leave no room for another entry. */
const SNAPSHOT_INDEX_MAX = 2 ** 52

function snapshotIndex(json: unknown): LogIndex {
  const index = whole(json, 'snapshot.index')
  if (index >= 1 && index <= SNAPSHOT_INDEX_MAX) return logIndex(index)
  throw new InvalidParamsError(`snapshot.index must be from 1 to ${SNAPSHOT_INDEX_MAX}, not ${index}`)
}

/** A position without a cluster's id is told apart from one whose id was lost. */
export function positionToJson(position: SnapshotPosition): Json {
  const { index, term, configuration, clusterId = null, incarnations, backup, starts } = position
  return {
    index,
    term,
    configuration: configurationToJson(configuration),
    clusterId,
    incarnations,
    ...(backup !== undefined && { backup }),
    ...(starts && { starts: startsToJson(starts) }),
  }
}

export function configurationToJson({ voters, outgoing, learners, uris }: Configuration): Json {
  return { voters, ...(outgoing === undefined ? {} : { outgoing }), learners, uris }
}

export function readIncarnations(json: unknown): readonly (readonly [ServerId, Incarnation])[] {
  return list(json, 'incarnations').map((each) => {
    const [id, drawn] = list(each, 'an incarnation')
    return [serverId(text(id, 'a member id')), incarnation(text(drawn, 'an incarnation'))] as const
  })
}

/** A member of an older build says none. */
export function readStarts(json: unknown): { readonly starts?: readonly StartPin[] } {
  if (json === undefined) return {}
  const starts = list(json, 'starts').map((each): StartPin => {
    const [id, drawn, replaces] = list(each, 'a start')
    const pair = [serverId(text(id, 'a member id')), start(text(drawn, 'a start'))] as const
    return replaces === true ? [...pair, true] : pair
  })
  return { starts }
}

export function startsToJson(starts: readonly StartPin[]): Json {
  return starts.map(([id, start, replaces]) => (replaces === true ? [id, start, true] : [id, start]))
}

export function readConfiguration(json: unknown): Configuration {
  const from = fields(json, 'configuration')
  const outgoing = from['outgoing']
  return sound({
    voters: readIds(from['voters']),
    ...(outgoing === undefined ? {} : { outgoing: readIds(outgoing) }),
    learners: readIds(from['learners']),
    uris: Object.fromEntries(
      Object.entries(fields(from['uris'], 'uris')).map(([id, uri]) => [id, readUri(uri)]),
    ),
  })
}

/** What is no URI can't be dialled, and none gets into a configuration by a leader that checks its operators' words. */
function readUri(json: unknown): Uri {
  const uri = asUri(json)
  if (uri !== undefined) return uri
  throw new InvalidParamsError(`a configuration must name a URI for each member, not ${shown(json)}`)
}

/** No leader proposes one without voters: nobody could decide anything any more, not even to change it again. */
function sound(configuration: Configuration): Configuration {
  const { voters, outgoing, learners, uris } = configuration
  if (voters.length === 0 || outgoing?.length === 0)
    throw new InvalidParamsError('a configuration must leave at least one voter')
  const ids = [...voters, ...learners]
  if (new Set(ids).size !== ids.length || new Set(outgoing).size !== (outgoing ?? []).length)
    throw new InvalidParamsError('a configuration must name no member twice')
  const lost = ids.find((id) => !Object.hasOwn(uris, id))
  if (lost === undefined) return configuration
  throw new InvalidParamsError(`a configuration must say where each member is, and ${shown(lost)} has no URI`)
}

function readIds(json: unknown): readonly ServerId[] {
  return list(json, 'member ids').map((id) => serverId(text(id, 'a member id')))
}

/** The guarded door to a member's own URI. @throws InvalidParamsError */
export function readMemberUri(id: ServerId, uri: Json | undefined): string {
  if (typeof uri !== 'string')
    throw new InvalidParamsError(`the URI of ${shown(id)} is a text such as node5@localhost:9105`)
  const { objectId } = parseUri(uri)
  if (String(objectId) !== String(id))
    throw new InvalidParamsError(`${shown(uri)} is not the URI of a member called ${shown(id)}`)
  return uri
}
