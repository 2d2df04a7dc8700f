import type { Lineage, StartPins } from './starts.js'
import { isGoneOn } from './starts.js'
import { InForce } from './in-force.js'
import { identified, identityAt, withoutDeparted, type IdentityRecord } from './pins.js'
import type {
  ClusterId,
  Configuration,
  ConfigurationEntry,
  Entry,
  Incarnation,
  LogIndex,
  Pins,
  RaftView,
  ServerId,
  SnapshotPosition,
  StartPin,
  Term,
} from './types.js'
import { membersOf, quorumOverlap } from './quorum.js'
import { logIndex, term } from './types.js'

interface ConfigurationRecord {
  readonly index: LogIndex
  readonly term: Term
  readonly configuration: Configuration
  /** Whom it no longer names, each as it was pinned: undefined for one that had not been heard yet. */
  readonly left: ReadonlyMap<ServerId, Incarnation | undefined>
}

const NOBODY: Configuration = { voters: [], learners: [], uris: {} }

/**
 * What the log says about the cluster itself: who is in it (§6), its id, and which incarnation of each member counts.
 * Both are in force as soon as their entry is appended, and go with it when it is truncated.
 */
export class Membership {
  /** By the log in force, committed or not, as all that follows. */
  configuration = NOBODY
  /**
   * The entry of the configuration: 0 for the one at bootstrap. Of one that came with a snapshot only the snapshot's
   * index is known, which is not below it.
   */
  configurationIndex = logIndex(0)
  /** In which that entry was made, or the snapshot's last one. */
  configurationTerm = term(0)
  clusterId: ClusterId | undefined
  /** By what is committed. */
  committedClusterId: ClusterId | undefined
  /** Those that may come to be in force: the last one known to be committed and all after it, oldest first. */
  configurations: readonly Configuration[] = []
  /** Those that left, as far back as the log goes, and are not back, as they were pinned then. */
  departed: RaftView['departed'] = new Map()
  pins: Pins = new Map()
  /** By which entry each is pinned. */
  pinnedAt: IdentityRecord['pinnedAt'] = new Map()
  starts: StartPins = new Map()
  /** Names the backup that this log began with. */
  backup: string | undefined
  /** The last entry about the cluster itself; 0 when there is none. With a snapshot perhaps the snapshot's index. */
  lastIndex = logIndex(0)
  #identities: InForce<IdentityRecord>
  #configurations: InForce<ConfigurationRecord>
  /** Of the log, as far as it matters here: there is no record between this one and the true one. */
  #commitIndex: LogIndex

  constructor(bootstrap: Configuration, snapshot: SnapshotPosition | undefined, entries: readonly Entry[]) {
    this.#configurations = new InForce(configurationAt(snapshot, bootstrap))
    this.#identities = new InForce(identityAt(snapshot))
    this.#commitIndex = snapshot?.index ?? logIndex(0)
    this.#look()
    this.appended(entries)
  }

  /** The records have changed: what is in force is that of the newest. */
  #look(): void {
    const { configuration, index, term } = this.#configurations.newest
    const { clusterId, pins, pinnedAt, starts, backup, index: identityIndex } = this.#identities.newest
    this.configuration = configuration
    this.configurationIndex = index
    this.configurationTerm = term
    this.departed = departedFrom(this.#configurations.all, configuration)
    this.clusterId = clusterId
    this.pins = pins
    this.starts = starts
    this.backup = backup
    this.pinnedAt = pinnedAt
    this.lastIndex = logIndex(Math.max(index, identityIndex))
    this.#judge()
  }

  /** What follows from how far the log is committed. */
  #judge(): void {
    this.configurations = this.#configurations.from(this.#commitIndex).map((record) => record.configuration)
    this.committedClusterId = this.#identities.at(this.#commitIndex)?.clusterId
  }

  /** To be told when entries about the cluster itself are committed. */
  committed(commitIndex: LogIndex): void {
    this.#commitIndex = commitIndex
    this.#judge()
  }

  /** Whether one change has not ended yet: the next one waits for its last entry's commit. */
  isChanging(commitIndex: LogIndex): boolean {
    return this.configurationIndex > commitIndex || this.configuration.outgoing !== undefined
  }

  /** The configurations that entries after `from`, up to `to`, have brought, oldest first. */
  configurationsBetween(from: LogIndex, to: LogIndex): readonly ConfigurationRecord[] {
    return this.#configurations.all.filter(({ index }) => from < index && index <= to)
  }

  /** The pinned incarnation, when it is another than the one that speaks. */
  contradicted(id: ServerId, incarnation: Incarnation): Incarnation | undefined {
    const pinned = this.pins.get(id)
    return pinned === incarnation ? undefined : pinned
  }

  /**
   * Whether a member's folder lacks a start that the log has heard of: it is an older copy, and may have forgotten its
   * word.
   */
  isOlderCopy(id: ServerId, lineage: Lineage | undefined): boolean {
    return !isGoneOn(this.starts.get(id), lineage, this.#commitIndex)
  }

  /** The committed starts of older copies that have caught up: once more they count for whoever reads it. */
  startsToRepeat(commitIndex: LogIndex): readonly StartPin[] {
    return [...this.starts].flatMap(([id, pinned]) => {
      const last = pinned.at(-1)
      return last !== undefined && pinned.length > 1 && last.index <= commitIndex
        ? [[id, last.start] as const]
        : []
    })
  }

  /**
   * Whether every pin has been repeated: then whoever is pinned counts, whatever a later leader knows of the commit. In
   * a joint change, where nobody is spared, one that does not count could be the one that both majorities need.
   */
  get arePinsKept(): boolean {
    return [...this.pinnedAt.values()].every((at) => at === 0)
  }

  /** The committed pins that no later entry has repeated yet. */
  pinsToRepeat(commitIndex: LogIndex): readonly (readonly [ServerId, Incarnation])[] {
    return [...this.pins].filter(([id]) => {
      const at = this.pinnedAt.get(id) ?? 0
      return at > 0 && at <= commitIndex
    })
  }

  /** The one voter that counts though its pin is not committed: the first in the log, if there may be one. */
  spared(commitIndex: LogIndex): ServerId | undefined {
    if (quorumOverlap(this.configuration) < 2) return undefined
    const at = (id: ServerId) => this.pinnedAt.get(id) ?? 0
    const newcomers = this.configuration.voters.filter((id) => at(id) > commitIndex)
    return newcomers.sort((a, b) => at(a) - at(b))[0]
  }

  /**
   * Whether a leader with this log, which knows that much of it to be committed, counts what `id` acknowledges
   * (pins.ts).
   */
  counts(id: ServerId, commitIndex: LogIndex): boolean {
    const at = this.pinnedAt.get(id)
    return at !== undefined && (at <= commitIndex || id === this.spared(commitIndex))
  }

  /**
   * Whether whoever leads next counts `id`: that its pin is committed stands in what is committed itself. Of a pin in a
   * snapshot it is not known whether the log repeats it; that was long ago.
   */
  isCountedByAll(id: ServerId, snapshotIndex: LogIndex): boolean {
    const at = this.#identities.at(this.#commitIndex)?.pinnedAt.get(id)
    return at !== undefined && at <= snapshotIndex
  }

  appended(entries: readonly Entry[]): void {
    for (const entry of entries) {
      if (entry.kind === 'configuration') this.#reconfigured(entry)
      else if (entry.kind === 'identity') this.#identities.settle(identified(this.#identities.newest, entry))
      else continue
      this.#look()
    }
  }

  #reconfigured({ index, term, configuration }: ConfigurationEntry): void {
    const identity = this.#identities.newest
    const members = new Set(membersOf(configuration))
    const before = membersOf(this.#configurations.newest.configuration)
    const left = new Map(before.filter((id) => !members.has(id)).map((id) => [id, identity.pins.get(id)]))
    this.#configurations.settle({ index, term, configuration, left })
    const without = withoutDeparted(identity, index, members)
    if (without !== undefined) this.#identities.settle(without)
  }

  truncatedFrom(from: LogIndex): void {
    this.#identities.truncatedFrom(from)
    this.#configurations.truncatedFrom(from)
    this.#look()
  }

  /** What was in force at `index`, which is not below the log's begin. */
  at(index: LogIndex): Omit<SnapshotPosition, 'index' | 'term'> {
    const identity = this.#identities.at(index)
    const configuration = this.#configurations.at(index)?.configuration
    if (identity === undefined || configuration === undefined)
      throw new RangeError(`nothing is known of index ${index}`)
    const { clusterId, pins, starts: heard, backup } = identity
    const starts = lastStarts(heard)
    return {
      configuration,
      clusterId,
      incarnations: [...pins],
      ...(backup !== undefined && { backup }),
      ...(starts.length > 0 && { starts }),
    }
  }

  compacted(index: LogIndex): void {
    this.#identities.compacted(index)
    this.#configurations.compacted(index)
    this.#look()
  }

  /** The log has given way to the snapshot. */
  reset(snapshot: SnapshotPosition): void {
    this.#identities = new InForce(identityAt(snapshot))
    this.#configurations = new InForce(configurationAt(snapshot, snapshot.configuration))
    this.#commitIndex = snapshot.index
    this.#look()
  }
}

function configurationAt(
  snapshot: SnapshotPosition | undefined,
  bootstrap: Configuration,
): ConfigurationRecord {
  const index = snapshot?.index ?? logIndex(0)
  const configuration = snapshot?.configuration ?? bootstrap
  return { index, term: snapshot?.term ?? term(0), configuration, left: new Map() }
}

function departedFrom(records: readonly ConfigurationRecord[], present: Configuration): RaftView['departed'] {
  const departed = new Map(records.flatMap(({ left }) => [...left]))
  for (const id of membersOf(present)) departed.delete(id)
  return departed
}

/** What is in a snapshot is committed. */
function lastStarts(heard: StartPins): readonly StartPin[] {
  return [...heard].flatMap(([id, pinned]) => {
    const last = pinned.at(-1)
    return last === undefined ? [] : [[id, last.start] as const]
  })
}
