/**
 * Which incarnation of each member counts, and which entry says so.
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
 * there its own log would have to remove a voter and add it again behind that point, and each of these steps begins
 * with a joint entry that is committed first, by a leader that held x or that the leader of x would have had to follow.
 *
 * One member of x's quorum may do without a committed pin where any two quorums share two voters: of these the other
 * one's pin is committed before x, and its vote alone refuses the candidate. So in a configuration of an even number
 * of voters the newcomer whose pin comes first counts at once; else four that began as three could not spare one of
 * the three when the fourth first starts. During a joint change none does: there two quorums may share a single voter.
 *
 * A member of the first voters that did not answer in that election waits for its pin to be committed, though it may
 * be the one that is needed: of three it may come up when one of the other two has just died. This can't be spared.
 * That one may hold the first entry, which does not name the third, so it would take the vote of any incarnation of it,
 * and with that lead without what the third's former self had helped to commit.
 *
 * A leader that hears no quorum of those that count says so to its callers (contact.ts, `canCommit`): what it took would
 * wait until one of them is back.
 *
 * What no pin can see is a member wiped while the first identity entry itself is
 * still missing on so many others that these and the wiped one make a quorum: to each other they are a cluster that
 * has never been started. That window closes when the first entry reaches them, a round trip after the first election.
 */
import type { IdentityEntry } from './entries.js'
import type { StartPins } from './starts.js'
import { withStarts } from './starts.js'
import type { ClusterId, Incarnation, LogIndex, Pins, ServerId, SnapshotPosition } from './types.js'
import { logIndex } from './types.js'

/** What one identity entry has settled, together with all before it. */
export interface IdentityRecord {
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

/**
 * A snapshot holds what is committed, so its pins count. But not everybody has the snapshot: whether the log itself
 * says so is not known, and a leader that began with this repeats them.
 */
export function identityAt(snapshot: SnapshotPosition | undefined): IdentityRecord {
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

export function identified(before: IdentityRecord, entry: IdentityEntry): IdentityRecord {
  const { index, clusterId, incarnations } = entry
  const isCommitted = ([id, incarnation]: readonly [ServerId, Incarnation]) =>
    before.clusterId !== clusterId || before.pins.get(id) === incarnation
  const pinnedAt = incarnations.map((pin) => [pin[0], isCommitted(pin) ? 0 : index] as const)
  return {
    index,
    clusterId,
    pins: new Map([...before.pins, ...incarnations]),
    pinnedAt: new Map([...before.pinnedAt, ...pinnedAt]),
    starts: withStarts(before.clusterId === clusterId ? before.starts : new Map(), entry),
    backup: before.backup,
  }
}

/** The configuration at `index` names `members` alone. Undefined: nobody else was pinned. */
export function withoutDeparted(
  before: IdentityRecord,
  index: LogIndex,
  members: ReadonlySet<ServerId>,
): IdentityRecord | undefined {
  const { pins, pinnedAt, starts } = before
  if ([...pins.keys(), ...starts.keys()].every((id) => members.has(id))) return undefined
  return {
    ...before,
    index,
    pins: only(members, pins),
    pinnedAt: only(members, pinnedAt),
    starts: only(members, starts),
  }
}

function only<V>(members: ReadonlySet<ServerId>, map: ReadonlyMap<ServerId, V>): ReadonlyMap<ServerId, V> {
  return new Map([...map].filter(([id]) => members.has(id)))
}
