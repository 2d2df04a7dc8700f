import {
  clusterId,
  incarnation,
  logIndex,
  serverId,
  term,
  type Configuration,
  type IdentityEntry,
  type SnapshotPosition,
} from '../raft/types.js'
import { fields, list, parse, text, whole } from './stored-json.js'

/** The payloads of the rare entries: JSON, checked field by field when they are read. */

type Identity = Pick<IdentityEntry, 'clusterId' | 'incarnations'>

export function encodeIdentity({ clusterId, incarnations }: Identity): string {
  return JSON.stringify({ clusterId, incarnations })
}

export function decodeIdentity(payload: string): Identity {
  const from = fields(parse(payload), 'identity')
  return {
    clusterId: clusterId(text(from['clusterId'], 'clusterId')),
    incarnations: incarnationsOf(from['incarnations']),
  }
}

export function encodeSnapshotPosition(position: SnapshotPosition): string {
  const { index, term, configuration, clusterId, incarnations } = position
  return JSON.stringify({ index, term, configuration, clusterId, incarnations })
}

export function decodeSnapshotPosition(payload: string): SnapshotPosition {
  const from = fields(parse(payload), 'position')
  const cluster = from['clusterId']
  return {
    index: logIndex(whole(from['index'], 'index')),
    term: term(whole(from['term'], 'term')),
    configuration: configurationOf(from['configuration']),
    clusterId: cluster === undefined ? undefined : clusterId(text(cluster, 'clusterId')),
    incarnations: incarnationsOf(from['incarnations']),
  }
}

function incarnationsOf(value: unknown): IdentityEntry['incarnations'] {
  return list(value, 'incarnations').map((pair) => {
    const [id, pinned] = list(pair, 'pair of incarnations')
    return [serverId(text(id, 'server id')), incarnation(text(pinned, 'incarnation'))] as const
  })
}

export function encodeConfiguration({ voters, outgoing, learners, uris }: Configuration): string {
  return JSON.stringify({ voters, outgoing, learners, uris })
}

export function decodeConfiguration(payload: string): Configuration {
  return configurationOf(parse(payload))
}

/** The guarded door from parsed JSON. Throws a MalformedRecordError. */
export function configurationOf(value: unknown): Configuration {
  const from = fields(value, 'configuration')
  const outgoing = from['outgoing']
  // fromEntries, because assigning to a key named __proto__ would not make a property.
  const uris = Object.entries(fields(from['uris'], 'uris')).map(
    ([id, uri]) => [id, text(uri, 'uri')] as const,
  )
  return {
    voters: servers(from['voters'], 'voters'),
    ...(outgoing === undefined ? {} : { outgoing: servers(outgoing, 'outgoing') }),
    learners: servers(from['learners'], 'learners'),
    uris: Object.fromEntries(uris),
  }
}

function servers(value: unknown, what: string) {
  return list(value, what).map((id) => serverId(text(id, `one of ${what}`)))
}
