/** The name server as its callers see it: names to URIs, with fences and metadata. */
import { DEFAULT_CLUSTER } from './defaults.js'

/** Orders registrations that must not overtake each other: a leader's, by its cluster and its term. */
export interface Fence {
  readonly clusterId: string
  readonly term: number
}

/** Under which name an object or a member of the cluster is registered. Both names may hold dots. */
export function nameInCluster(cluster: string, name: string): string {
  return cluster === DEFAULT_CLUSTER ? name : `${cluster}.${name}`
}

export interface RegisterOptions {
  /** Refuse (NAME_TAKEN) when the name is registered with another URI. Default false. */
  readonly safe?: boolean
  /** Tags to find the name by. Default none. */
  readonly metadata?: readonly string[]
  /** The registration ends by itself this long after it was last renewed, in milliseconds. Default: never. */
  readonly ttlMs?: number
  readonly fence?: Fence
}

export interface NameRecord {
  readonly name: string
  readonly uri: string
  readonly metadata: readonly string[]
}

/** Every condition given must hold. */
export interface ListOptions {
  readonly prefix?: string
  /** A regular expression in RE2's syntax, which the whole name must match. At most 200 characters. */
  readonly regex?: string
  /** Records that carry all of these tags. */
  readonly all?: readonly string[]
  /** Records that carry at least one of these tags. */
  readonly any?: readonly string[]
}

export interface NameServerApi {
  register(name: string, uri: string, options?: RegisterOptions): NameRecord
  /** NAME_NOT_FOUND when nobody has registered the name, or its lease has ended. */
  lookup(name: string): string
  /** Sorted by name. */
  list(options?: ListOptions): readonly NameRecord[]
  /** Whether the name was there. Its fence stays. */
  remove(name: string): boolean
  ping(): 'pong'
}
