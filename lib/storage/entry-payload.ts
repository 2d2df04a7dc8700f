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
import { MalformedRecordError } from './errors.js'

/** The payloads of the rare entries: JSON, checked field by field when they are read. */

type Identity = Pick<IdentityEntry, 'clusterId' | 'incarnations'>

export function encodeIdentity({ clusterId, incarnations }: Identity): string {
  return JSON.stringify({ clusterId, incarnations })
}

export function decodeIdentity(payload: string): Identity {
  const fields = object(parse(payload), 'identity')
  return {
    clusterId: clusterId(text(fields['clusterId'], 'clusterId')),
    incarnations: incarnationsOf(fields['incarnations']),
  }
}

export function encodeSnapshotPosition(position: SnapshotPosition): string {
  const { index, term, configuration, clusterId, incarnations } = position
  return JSON.stringify({ index, term, configuration, clusterId, incarnations })
}

export function decodeSnapshotPosition(payload: string): SnapshotPosition {
  const fields = object(parse(payload), 'position')
  const cluster = fields['clusterId']
  return {
    index: logIndex(counted(fields['index'], 'index')),
    term: term(counted(fields['term'], 'term')),
    configuration: configurationOf(fields['configuration']),
    clusterId: cluster === undefined ? undefined : clusterId(text(cluster, 'clusterId')),
    incarnations: incarnationsOf(fields['incarnations']),
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
  const fields = object(value, 'configuration')
  const outgoing = fields['outgoing']
  // fromEntries, because assigning to a key named __proto__ would not make a property.
  const uris = Object.entries(object(fields['uris'], 'uris')).map(
    ([id, uri]) => [id, text(uri, 'uri')] as const,
  )
  return {
    voters: servers(fields['voters'], 'voters'),
    ...(outgoing === undefined ? {} : { outgoing: servers(outgoing, 'outgoing') }),
    learners: servers(fields['learners'], 'learners'),
    uris: Object.fromEntries(uris),
  }
}

/** The one door for JSON that was read from a file. */
export function parse(payload: string): unknown {
  try {
    return JSON.parse(payload)
  } catch {
    throw new MalformedRecordError('what should be JSON is not')
  }
}

export function object(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new MalformedRecordError(`${what} is not an object`)
  }
  return value as Record<string, unknown>
}

export function text(value: unknown, what: string): string {
  if (typeof value !== 'string' || value === '') throw new MalformedRecordError(`${what} is not a text`)
  return value
}

export function counted(value: unknown, what: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw new MalformedRecordError(`${what} is not a whole number`)
  }
  return value
}

export function list(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new MalformedRecordError(`${what} is not a list`)
  return value
}

function servers(value: unknown, what: string) {
  return list(value, what).map((id) => serverId(text(id, `one of ${what}`)))
}
