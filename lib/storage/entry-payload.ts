import {
  clusterId,
  incarnation,
  logIndex,
  serverId,
  start,
  term,
  type Configuration,
  type IdentityEntry,
  type SnapshotPosition,
  type StartPin,
} from '../raft/types.js'
import { fields, list, parse, text, whole } from './stored-json.js'

/** The payloads of the rare entries: JSON, checked field by field when they are read. */

type Identity = Pick<IdentityEntry, 'clusterId' | 'incarnations' | 'starts'>

export function encodeIdentity({ clusterId, incarnations, starts }: Identity): string {
  return JSON.stringify({ clusterId, incarnations, starts })
}

export function decodeIdentity(payload: string): Identity {
  const from = fields(parse(payload), 'identity')
  return {
    clusterId: clusterId(text(from['clusterId'], 'clusterId')),
    incarnations: incarnationsOf(from['incarnations']),
    ...startsOf(from['starts']),
  }
}

export function encodeSnapshotPosition(position: SnapshotPosition): string {
  const { index, term, configuration, clusterId, incarnations, backup, starts } = position
  return JSON.stringify({ index, term, configuration, clusterId, incarnations, backup, starts })
}

export function decodeSnapshotPosition(payload: string): SnapshotPosition {
  const from = fields(parse(payload), 'position')
  const cluster = from['clusterId']
  const backup = from['backup']
  return {
    index: logIndex(whole(from['index'], 'index')),
    term: term(whole(from['term'], 'term')),
    configuration: configurationOf(from['configuration']),
    clusterId: cluster === undefined ? undefined : clusterId(text(cluster, 'clusterId')),
    incarnations: incarnationsOf(from['incarnations']),
    ...(backup === undefined ? {} : { backup: text(backup, 'backup') }),
    ...startsOf(from['starts']),
  }
}

function incarnationsOf(value: unknown): IdentityEntry['incarnations'] {
  return list(value, 'incarnations').map((pair) => {
    const [id, pinned] = list(pair, 'pair of incarnations')
    return [serverId(text(id, 'server id')), incarnation(text(pinned, 'incarnation'))] as const
  })
}

/** Older builds write none, and leave out what they do not know. */
function startsOf(value: unknown): Pick<IdentityEntry, 'starts'> {
  if (value === undefined) return {}
  const starts = list(value, 'starts').map((each): StartPin => {
    const [id, pinned, replaces] = list(each, 'pinned start')
    const pair = [serverId(text(id, 'server id')), start(text(pinned, 'start'))] as const
    return replaces === true ? [...pair, true] : pair
  })
  return { starts }
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
