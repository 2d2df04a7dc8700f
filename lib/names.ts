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

/** How a name is registered. */
export interface RegisterOptions {
  /** Refuse (NAME_TAKEN) when the name is registered with another URI. Default false. */
  readonly safe?: boolean
  /** Tags to find the name by. Default none. */
  readonly metadata?: readonly string[]
  /** The registration ends by itself this long after it was last renewed, in milliseconds. Default: never. */
  readonly ttlMs?: number
  readonly fence?: Fence
  /**
   * Beside others that are registered as shared under the same name, each with tags and a time of its own. NAME_TAKEN
   * over one that is not, and the other way round. Default false.
   */
  readonly shared?: boolean
  /**
   * An id of the process's own choosing, at most 64 characters: all that is registered with it is renewed by one
   * `renew` of it, and ends together, `ttlMs` after the last one. Nobody else should know it. Default: registered
   * again, it is renewed.
   */
  readonly lease?: string
}

/** A name and what stands behind it. */
export interface NameRecord {
  readonly name: string
  /** Of a shared name one of `uris`. */
  readonly uri: string
  /** Sorted. Of a shared name all that its places have. */
  readonly metadata: readonly string[]
  /** All places of a shared name. Absent of one that is not. */
  readonly uris?: readonly string[]
}

export interface LookupOptions {
  /** The answer is the name's record. Default false: it is a URI. */
  readonly record?: boolean
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

/** Among which names one is chosen. */
export interface AssignOptions {
  /** Those that carry this tag. */
  readonly tag: string
}

/** The object `nameserver`, as its callers see it. */
export interface NameServerApi {
  /** Gives the name to the URI. NAME_TAKEN where another has it and `safe` is set, or it is leased or fenced. */
  register(name: string, uri: string, options?: RegisterOptions): NameRecord
  /** NAME_NOT_FOUND when nobody has registered the name, or its lease has ended. */
  lookup(name: string, options: { readonly record: true }): NameRecord
  /** Of a shared name one of its places, each time another one. */
  lookup(name: string): string
  /** Sorted by name. */
  list(options?: ListOptions): readonly NameRecord[]
  /**
   * The one among the names with that tag that the key belongs to: the same for each who asks, for as long as these
   * names stay the same. Keys are spread evenly; when a name comes, those that it takes move, and no others, and when
   * one goes, those that it had. `key`: at most 1,024 characters. NAME_NOT_FOUND when no name carries the tag,
   * TOO_LARGE when more than 1,000 do.
   */
  assign(key: string, options: AssignOptions): NameRecord
  /** Whether the name was there. Its fence stays. A shared name is removed with all its places. */
  remove(name: string): boolean
  /** Takes back one registration alone: whether that name was there for that URI. Its fence stays. */
  unregister(name: string, uri: string): boolean
  /**
   * Gives the name other tags in place of those that it has; of a shared name all its places, or the one at `uri` alone.
   * NAME_NOT_FOUND when nobody has registered it. Whoever registers the name again brings tags of its own.
   */
  setMetadata(name: string, metadata: readonly string[], uri?: string): NameRecord
  /** How many registrations the lease keeps, all of which are renewed. Nothing is written for it. */
  renew(lease: string): number
  /** Answers, to whoever wonders whether anybody is there. */
  ping(): 'pong'
}
