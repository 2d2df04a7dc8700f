/** The name server as its callers see it: it maps names to URIs, with tags, leases and fences. */
import { DEFAULT_CLUSTER } from './defaults.js'

/** Orders the registrations of leaders, so that a deposed one can't overwrite its successor's. */
export interface Fence {
  readonly clusterId: string
  readonly term: number
}

/** The name under which an object or a member of the cluster is registered. Both parts may contain dots. */
export function nameInCluster(cluster: string, name: string): string {
  return cluster === DEFAULT_CLUSTER ? name : `${cluster}.${name}`
}

/** How to register a name. */
export interface RegisterOptions {
  /** Whether to refuse (NAME_TAKEN) if the name is registered with another URI. Default false. */
  readonly safe?: boolean
  /** Tags by which the name can be found. Default none. */
  readonly metadata?: readonly string[]
  /** The registration ends by itself this long after it was last renewed, in milliseconds. Default: never. */
  readonly ttlMs?: number
  /** Refuses (STALE_TERM) what a leader of an earlier term registers. Default none. */
  readonly fence?: Fence
  /**
   * Whether others may register as shared under the same name, each with tags and a lifetime of its own. A name is
   * either shared or not: NAME_TAKEN for whoever registers it the other way. Default false.
   */
  readonly shared?: boolean
  /**
   * A secret id of the process's own choosing, at most 64 characters. Everything registered with it is renewed by a
   * single `renew`, and ends together, `ttlMs` after the last one. Default none: registering again renews.
   */
  readonly lease?: string
}

/** A name and what is registered under it. */
export interface NameRecord {
  readonly name: string
  /** For a shared name, one of `uris`. */
  readonly uri: string
  /** The tags, sorted; for a shared name, those of all its places. */
  readonly metadata: readonly string[]
  /** All places of a shared name. Absent if the name is not shared. */
  readonly uris?: readonly string[]
}

export interface LookupOptions {
  /** Whether to answer with the name's record instead of a URI. Default false. */
  readonly record?: boolean
}

/** Which names to list: those for which every given condition holds. */
export interface ListOptions {
  /** What the name begins with. */
  readonly prefix?: string
  /** A regular expression in RE2's syntax, which the whole name must match. At most 200 characters. */
  readonly regex?: string
  /** Tags that the name must carry, all of them. */
  readonly all?: readonly string[]
  /** Tags of which the name must carry at least one. */
  readonly any?: readonly string[]
}

/** The names to choose among. */
export interface AssignOptions {
  /** The tag that they carry. */
  readonly tag: string
}

/** The object `nameserver`, as its callers see it. */
export interface NameServerApi {
  /**
   * Registers the name for the URI. NAME_TAKEN if another URI has it and `safe` is set, if a fence other than this
   * cluster's holds it, or if it is shared and this is not, or the reverse; STALE_TERM if a later leader of the same
   * cluster has registered it; OVERLOADED when the name server is full.
   */
  register(name: string, uri: string, options?: RegisterOptions): NameRecord
  /** NAME_NOT_FOUND when nobody has registered the name, or its lease has ended. */
  lookup(name: string, options: { readonly record: true }): NameRecord
  /** The name's URI; for a shared name, each of its places in turn. NAME_NOT_FOUND when nobody has registered it. */
  lookup(name: string): string
  /** The records for which all conditions hold, sorted by name. TOO_LARGE when they don't fit into one answer. */
  list(options?: ListOptions): readonly NameRecord[]
  /**
   * Assigns a key to one of the names with that tag: the same one for everybody, as long as these names stay the same.
   * Keys are spread evenly, and only those of a name that comes or goes move (rendezvous hashing). `key`: at most 1,024
   * characters. NAME_NOT_FOUND when no name carries the tag, TOO_LARGE when more than 1,000 do.
   */
  assign(key: string, options: AssignOptions): NameRecord
  /** Removes the name, a shared one with all its places, and returns whether it was there. Its fences stay. */
  remove(name: string): boolean
  /** Removes one registration, and returns whether that name was registered for that URI. Its fences stay. */
  unregister(name: string, uri: string): boolean
  /**
   * Replaces the tags of a name; of a shared name, those of all its places, or of the one at `uri` alone. Registering
   * the name again replaces them once more. NAME_NOT_FOUND when nobody has registered it.
   */
  setMetadata(name: string, metadata: readonly string[], uri?: string): NameRecord
  /** Renews all registrations of the lease, without writing to the log, and returns how many they are. */
  renew(lease: string): number
  /** Answers, to show that somebody is there. */
  ping(): 'pong'
}
