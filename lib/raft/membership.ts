import type { Lineage, StartPins } from './starts.js'
import { isGoneOn, withStarts } from './starts.js'
import type {
  ClusterId,
  Configuration,
  ConfigurationEntry,
  Entry,
  IdentityEntry,
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

/** What one identity entry has settled, together with all before it. */
interface IdentityRecord {
  readonly index: LogIndex
  readonly clusterId: ClusterId | undefined
  readonly pins: Pins
  /**
   * The entry that pinned each member; 0 for what the first identity entry of the cluster's id pinned, and for what a
   * later one repeats: that pin was committed before it was repeated. The id changes only where an operator has made
   * one member a cluster of its own.
   */
  readonly pinnedAt: ReadonlyMap<ServerId, number>
  readonly starts: StartPins
  readonly backup: string | undefined
}

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
 * Both take effect when their entry is appended and revert when it is truncated; so each is a stack of records.
 *
 * Why a wiped folder cannot break a commit. An acknowledgement counts only from a pinned incarnation, and only once
 * that pin is committed (or stands in the first identity entry, whose pins are those who answered its leader in the
 * election, each as it voted). So whatever was committed after that first entry lies on a quorum whose pins are all
 * committed before it. Take the first such entry x that a candidate lacks: the candidate's log holds everything
 * committed before x, hence the pins of x's whole quorum. A quorum of votes meets that quorum in some member, and its
 * vote counts with this candidate only if it comes from the pinned incarnation, which still has x and refuses a log
 * without it. A member that is wiped comes back as another incarnation: it cannot vote for what its former self has
 * refused, nor acknowledge the same entry twice.
 *
 * After a restart nobody knows how far the log is committed. So once a pin is committed the leader repeats it in
 * another identity entry, and whoever holds that one knows without asking: else three of which one is down could not
 * commit again when all have restarted and the pin of one of the two left is not of the first entry.
 *
 * A member that is not in the configuration has no pin, so that it can come back with a new folder; it is pinned
 * anew then, and that pin is repeated before it may become a voter (configure.ts). The argument above holds: a
 * candidate that lacks x shares all that is before x with the leader that committed x. For another incarnation to vote
 * there its own log would have to remove a voter and add it again behind that point, and each of these steps begins with
 * a joint entry that is committed first, by a leader that held x or that the leader of x would have had to follow.
 *
 * One member of x's quorum may do without a committed pin where any two quorums share two voters: of these the other
 * one's pin is committed before x, and its vote alone refuses the candidate. So in a configuration of an even number
 * of voters the newcomer whose pin comes first counts at once; else four that began as three could not spare one of
 * the three when the fourth first starts. During a joint change none does: there two quorums may share a single voter.
 *
 * A member of the first voters that did not answer in that election waits for its pin to be committed, though it may
 * be the one that is needed: of three it may come up when one of the other two has just died. This can't be spared. That
 * one may hold the first entry, which does not name the third, so it would take the vote of any incarnation of it, and
 * with that lead without what the third's former self had helped to commit.
 *
 * What no pin can see is a member wiped while the first identity entry itself is
 * still missing on so many others that these and the wiped one make a quorum: to each other they are a cluster that
 * has never been started. That window closes when the first entry reaches them, a round trip after the first election.
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
  starts: StartPins = new Map()
  /** Names the backup that this log began with. */
  backup: string | undefined
  /** The last entry about the cluster itself; 0 when there is none. With a snapshot perhaps the snapshot's index. */
  lastIndex = logIndex(0)
  #pinnedAt: IdentityRecord['pinnedAt'] = new Map()
  #identities: IdentityRecord[]
  #configurations: ConfigurationRecord[]
  /** Of the log, as far as it matters here: there is no record between this one and the true one. */
  #commitIndex: LogIndex

  constructor(bootstrap: Configuration, snapshot: SnapshotPosition | undefined, entries: readonly Entry[]) {
    this.#configurations = [configurationAt(snapshot, bootstrap)]
    this.#identities = [identityAt(snapshot)]
    this.#commitIndex = snapshot?.index ?? logIndex(0)
    this.#look()
    this.appended(entries)
  }

  /** The records have changed: what is in force is that of the newest. */
  #look(): void {
    const { configuration, index, term } = newest(this.#configurations)
    const { clusterId, pins, pinnedAt, starts, backup, index: identityIndex } = newest(this.#identities)
    this.configuration = configuration
    this.configurationIndex = index
    this.configurationTerm = term
    this.departed = departedFrom(this.#configurations)
    this.clusterId = clusterId
    this.pins = pins
    this.starts = starts
    this.backup = backup
    this.#pinnedAt = pinnedAt
    this.lastIndex = logIndex(Math.max(index, identityIndex))
    this.#judge()
  }

  /** What follows from how far the log is committed. */
  #judge(): void {
    const start = this.#configurations.findLastIndex((record) => record.index <= this.#commitIndex)
    this.configurations = this.#configurations.slice(Math.max(start, 0)).map((record) => record.configuration)
    this.committedClusterId = this.#identities.findLast(
      (record) => record.index <= this.#commitIndex,
    )?.clusterId
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
    return this.#configurations.filter(({ index }) => from < index && index <= to)
  }

  /** The pinned incarnation, when it is another than the one that speaks. */
  contradicted(id: ServerId, incarnation: Incarnation): Incarnation | undefined {
    const pinned = this.pins.get(id)
    return pinned === incarnation ? undefined : pinned
  }

  /** Whether a member's folder lacks a start that the log has heard of: it is an older copy, and may have forgotten its word. */
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

  /** Whether what this member has in its log may be counted towards a commit. */
  acknowledgementCounts(id: ServerId, commitIndex: LogIndex): boolean {
    const pinnedAt = this.#pinnedAt.get(id)
    if (pinnedAt === undefined) return false
    return pinnedAt <= commitIndex || id === this.#spared(commitIndex)
  }

  /**
   * Whether every pin has been repeated: then whoever is pinned counts, whatever a later leader knows of the commit. In a
   * joint change, where nobody is spared, one that does not count could be the one that both majorities need.
   */
  get arePinsKept(): boolean {
    return [...this.#pinnedAt.values()].every((at) => at === 0)
  }

  /** The committed pins that no later entry has repeated yet. */
  pinsToRepeat(commitIndex: LogIndex): readonly (readonly [ServerId, Incarnation])[] {
    return [...this.pins].filter(([id]) => {
      const at = this.#pinnedAt.get(id) ?? 0
      return at > 0 && at <= commitIndex
    })
  }

  /** The one voter that counts though its pin is not committed: the first in the log, if there may be one. */
  #spared(commitIndex: LogIndex): ServerId | undefined {
    if (quorumOverlap(this.configuration) < 2) return undefined
    const at = (id: ServerId) => this.#pinnedAt.get(id) ?? 0
    const newcomers = this.configuration.voters.filter((id) => at(id) > commitIndex)
    return newcomers.sort((a, b) => at(a) - at(b))[0]
  }

  appended(entries: readonly Entry[]): void {
    for (const entry of entries) {
      if (entry.kind === 'configuration') this.#reconfigured(entry)
      else if (entry.kind === 'identity') this.#identified(entry)
      else continue
      this.#look()
    }
  }

  #reconfigured({ index, term, configuration }: ConfigurationEntry): void {
    const { clusterId, pins, pinnedAt, starts, backup } = newest(this.#identities)
    const members = new Set(membersOf(configuration))
    const before = membersOf(newest(this.#configurations).configuration)
    const left = new Map(before.filter((id) => !members.has(id)).map((id) => [id, pins.get(id)]))
    this.#configurations.push({ index, term, configuration, left })
    if ([...pins.keys(), ...starts.keys()].every((id) => members.has(id))) return
    this.#identities.push({
      index,
      clusterId,
      pins: only(members, pins),
      pinnedAt: only(members, pinnedAt),
      starts: only(members, starts),
      backup,
    })
  }

  #identified(entry: IdentityEntry): void {
    const { index, clusterId, incarnations } = entry
    const before = newest(this.#identities)
    const isCommitted = ([id, incarnation]: readonly [ServerId, Incarnation]) =>
      before.clusterId !== clusterId || before.pins.get(id) === incarnation
    const pinnedAt = incarnations.map((pin) => [pin[0], isCommitted(pin) ? 0 : index] as const)
    this.#identities.push({
      index,
      clusterId,
      pins: new Map([...before.pins, ...incarnations]),
      pinnedAt: new Map([...before.pinnedAt, ...pinnedAt]),
      starts: withStarts(before.clusterId === clusterId ? before.starts : new Map(), entry),
      backup: before.backup,
    })
  }

  truncatedFrom(from: LogIndex): void {
    dropFrom(this.#identities, from)
    dropFrom(this.#configurations, from)
    this.#look()
  }

  /** What was in force at `index`, which is not below the log's begin. */
  at(index: LogIndex): Omit<SnapshotPosition, 'index' | 'term'> {
    const { clusterId, pins, starts: heard, backup } = inForceAt(this.#identities, index)
    const { configuration } = inForceAt(this.#configurations, index)
    const starts = lastStarts(heard)
    return {
      configuration,
      clusterId,
      incarnations: [...pins],
      ...(backup !== undefined && { backup }),
      ...(starts.length > 0 && { starts }),
    }
  }

  /** The log begins at `index` now: what was in force there is what was there before the log. */
  compacted(index: LogIndex): void {
    dropBefore(this.#identities, index)
    dropBefore(this.#configurations, index)
    this.#look()
  }

  /** The log has given way to the snapshot. */
  reset(snapshot: SnapshotPosition): void {
    this.#identities = [identityAt(snapshot)]
    this.#configurations = [configurationAt(snapshot, snapshot.configuration)]
    this.#commitIndex = snapshot.index
    this.#look()
  }
}

/**
 * A snapshot holds what is committed, so its pins count. But not everybody has the snapshot: whether the log itself says
 * so is not known, and a leader that began with this repeats them.
 */
function identityAt(snapshot: SnapshotPosition | undefined): IdentityRecord {
  const incarnations = snapshot?.incarnations ?? []
  const index = snapshot?.index ?? logIndex(0)
  return {
    index,
    clusterId: snapshot?.clusterId,
    pins: new Map(incarnations),
    pinnedAt: new Map(incarnations.map(([id]) => [id, index])),
    starts: withStarts(new Map(), { index, starts: snapshot?.starts ?? [] }),
    backup: snapshot?.backup,
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

function departedFrom(records: readonly ConfigurationRecord[]): RaftView['departed'] {
  const departed = new Map(records.flatMap(({ left }) => [...left]))
  for (const id of membersOf(newest(records).configuration)) departed.delete(id)
  return departed
}

/** What is in a snapshot is committed. */
function lastStarts(heard: StartPins): readonly StartPin[] {
  return [...heard].flatMap(([id, pinned]) => {
    const last = pinned.at(-1)
    return last === undefined ? [] : [[id, last.start] as const]
  })
}

function inForceAt<R extends { readonly index: LogIndex }>(records: readonly R[], index: LogIndex): R {
  const record = records.findLast((candidate) => candidate.index <= index)
  if (record === undefined) throw new RangeError(`nothing is known of index ${index}`)
  return record
}

/** The first record is what was there before the log; it is never dropped. */
function newest<R>(records: readonly R[]): R {
  const record = records.at(-1)
  if (record === undefined) throw new RangeError('no record')
  return record
}

function only<V>(members: ReadonlySet<ServerId>, map: ReadonlyMap<ServerId, V>): ReadonlyMap<ServerId, V> {
  return new Map([...map].filter(([id]) => members.has(id)))
}

function dropFrom(records: { readonly index: LogIndex }[], from: LogIndex): void {
  while (records.length > 1 && newest(records).index >= from) records.pop()
}

function dropBefore(records: { readonly index: LogIndex }[], index: LogIndex): void {
  records.splice(
    0,
    records.findLastIndex((record) => record.index <= index),
  )
}
