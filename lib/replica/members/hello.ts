/**
 * What two members tell each other first on each connection, and who is believed. Both sides judge: cluster by name
 * and, once both know it, by id; the member by its id and by the incarnation that the cluster has pinned for it.
 */
import type { CommonSettings } from '../../common-settings.js'
import { membersOf as fieldsOf, type Json } from '../../json.js'
import type { Incarnation, KnownStart, Lineage, RaftView, ServerId } from '../../raft/types.js'
import { incarnation, logIndex, serverId, start, term } from '../../raft/types.js'
import { isVoter, membersOf } from '../../raft/quorum.js'
import { UnauthorizedError } from '../../rpc/errors.js'
import { classesToJson, readClasses } from '../objects/class-said.js'
import type { Classes } from '../objects/class-said.js'
import {
  doubted,
  foundedOtherwise,
  leftBehind,
  notRestoredAlike,
  removed,
  stranger,
  unvouched,
  wiped,
} from './hello-refusals.js'
import { toldOf } from './told-of.js'
import { fields, flag, list, PROTOCOL_VERSION, shortText, shown, whole } from '../guards/json-readers.js'
import { wordOn } from './vouchers.js'
import type { Finding } from './vouchers.js'

/** So many settings of another member are looked at, and none that is longer. */
const SETTINGS_MAX = 32
const SETTING_LENGTH_MAX = 200

export interface Hello {
  readonly version: number
  readonly cluster: string
  /** Null while it does not know that its cluster's id is committed: after a restart that takes a leader. */
  readonly clusterId: string | null
  /** The one that its log names, committed or not. Null: none, or it has not said, as it is of an older build. */
  readonly clusterIdInLog: string | null
  readonly id: ServerId
  readonly incarnation: Incarnation
  /** Names the backup that its log began with; null: none. Undefined: it has not said, as it is of an older build. */
  readonly backup?: string | null | undefined
  /** It has nothing in its log, and would found a cluster. Undefined: it has not said. */
  readonly isFounder?: boolean | undefined
  /**
   * Whom it was told to found the cluster with, itself included, in order. Undefined: nobody, its log says who the
   * members are, or it has not said, as it is of an older build.
   */
  readonly founders?: readonly ServerId[] | undefined
  /** Of its data folder. Undefined: it has not said, as it is of an older build. */
  readonly starts?: Lineage | undefined
  /**
   * Of the one that it speaks to. Undefined: nothing is known of that one, or it has not said, as it is of an older
   * build.
   */
  readonly knows?: KnownStart | undefined
  /** Who of those that could lead should: the one with the highest. */
  readonly priority: number
  /** Undefined: it has not said, as it is of an older build. */
  readonly settings?: CommonSettings | undefined
  /** What it reckons, as in LogTime. Undefined: it does not know, or has not said, as it is of an older build. */
  readonly logTime?: number | undefined
  /** Undefined: it has not said, as it is of an older build. */
  readonly classes: Classes | undefined
  /**
   * The highest version of frames that it understands on this connection. Undefined: none, as it is of an older build,
   * or the connection carries none.
   */
  readonly frames?: number | undefined
}

export function helloOf(
  {
    cluster,
    incarnation,
    starts,
    priority,
    settings,
    logTime,
    classes,
  }: Pick<Hello, 'cluster' | 'incarnation' | 'starts' | 'priority' | 'settings' | 'logTime' | 'classes'>,
  view: RaftView,
  to?: ServerId,
): Hello {
  return {
    version: PROTOCOL_VERSION,
    cluster,
    clusterId: view.clusterId ?? null,
    clusterIdInLog: view.clusterIdInLog ?? null,
    backup: view.backup ?? null,
    isFounder: view.lastLogIndex === 0 && isVoter(view.bootstrap, view.id),
    founders: foundersOf(view),
    id: view.id,
    incarnation,
    starts,
    knows: to === undefined ? undefined : knownOf(to, view),
    priority,
    settings,
    logTime,
    classes,
  }
}

function foundersOf({ bootstrap, configurationIndex, id }: RaftView): Hello['founders'] {
  return configurationIndex === 0 && isVoter(bootstrap, id) ? [...bootstrap.voters].sort() : undefined
}

/** A folder that was put back as it once was knows nothing of its later starts: the others tell it. */
function knownOf(
  id: ServerId,
  { pins, starts, lastLogIndex, lastLogTerm }: RaftView,
): KnownStart | undefined {
  const [incarnation, last] = [pins.get(id), starts.get(id)?.at(-1)]
  if (incarnation === undefined || last === undefined) return undefined
  return { incarnation, start: last.start, lastLogIndex, lastLogTerm }
}

export function helloToJson({ classes, starts, knows, settings, backup, isFounder, ...more }: Hello): Json {
  const { founders, logTime, frames, ...rest } = more
  return {
    ...rest,
    ...(founders && { founders }),
    ...(backup !== undefined && { backup }),
    ...(isFounder !== undefined && { isFounder }),
    ...(starts && { starts }),
    ...(knows && { knows: { ...knows } }),
    ...(settings && { settings }),
    ...(logTime !== undefined && { logTime }),
    ...(classes && { classes: classesToJson(classes) }),
    ...(frames !== undefined && { frames }),
  }
}

export function readHello(json: unknown): Hello {
  const from = fields(json, 'hello')
  const { version } = from
  if (version !== PROTOCOL_VERSION) {
    throw new UnauthorizedError(
      `this member speaks version ${PROTOCOL_VERSION} of the members' protocol, not ${shown(version)}`,
    )
  }
  return {
    version,
    cluster: shortText(from['cluster'], 'cluster'),
    clusterId: textOrNull(from['clusterId'], 'clusterId'),
    clusterIdInLog: textOrNull(from['clusterIdInLog'], 'clusterIdInLog'),
    backup: from['backup'] === undefined ? undefined : textOrNull(from['backup'], 'backup'),
    isFounder: from['isFounder'] === undefined ? undefined : flag(from['isFounder'], 'isFounder'),
    founders: from['founders'] === undefined ? undefined : readFounders(from['founders']),
    id: serverId(shortText(from['id'], 'id')),
    incarnation: incarnation(shortText(from['incarnation'], 'incarnation')),
    starts: from['starts'] === undefined ? undefined : readLineage(from['starts']),
    knows: from['knows'] === undefined ? undefined : readKnownStart(from['knows']),
    priority: from['priority'] === undefined ? 0 : whole(from['priority'], 'priority'),
    settings: from['settings'] === undefined ? undefined : readSettings(from['settings']),
    logTime: from['logTime'] === undefined ? undefined : whole(from['logTime'], 'logTime'),
    classes: from['classes'] === undefined ? undefined : readClasses(from['classes']),
    frames: from['frames'] === undefined ? undefined : whole(from['frames'], 'frames'),
  }
}

function readFounders(json: unknown): readonly ServerId[] {
  return list(json, 'founders').map((each) => serverId(shortText(each, 'a founder')))
}

function readLineage(json: unknown): Lineage {
  return list(json, 'starts').map((each) => start(shortText(each, 'a start')))
}

function readKnownStart(json: unknown): KnownStart {
  const from = fields(json, 'knows')
  return {
    incarnation: incarnation(shortText(from['incarnation'], 'incarnation')),
    start: start(shortText(from['start'], 'a start')),
    lastLogIndex: logIndex(whole(from['lastLogIndex'], 'lastLogIndex')),
    lastLogTerm: term(whole(from['lastLogTerm'], 'lastLogTerm')),
  }
}

/** Of a newer build it may have more than this one knows, which is no reason to refuse it. */
function readSettings(json: unknown): CommonSettings {
  const said = Object.entries(fieldsOf(json)).flatMap(([flag, value]) =>
    typeof value === 'string' && flag.length + value.length <= SETTING_LENGTH_MAX
      ? [[flag, value] as const]
      : [],
  )
  return Object.fromEntries(said.slice(0, SETTINGS_MAX))
}

function textOrNull(value: unknown, what: string): string | null {
  return value === null || value === undefined ? null : shortText(value, what)
}

/**
 * Refuses with UNAUTHORIZED a member that does not belong here, and says why. `finding`: what the others have said of
 * it, where this member may lag behind.
 */
export function judge(other: Hello, own: Hello, view: RaftView, finding?: Finding): void {
  judgeCluster(other, own)
  judgeFounders(other, own, view)
  if (finding === 'vouched') return
  if (finding === 'wiped') throw isOfOtherHistory(other, own) ? ofOtherCluster(other, own) : wiped(other.id)
  const word = wordOn(other.id, other.incarnation, view)
  if (word === 'otherwise') throw doubted(other.id, own.id)
  if (word || membersOf(toldOf(view)).includes(other.id)) return
  if (finding === 'removed' && isOfOwnHistory(other, own)) throw removed(other.id, own.id, view)
  if (!isLeaving(other, view)) throw strangerOf(other, own, view)
}

/** Its removal stands in the log here, and may not be committed: until it is, this member may lead, and be needed. */
function isLeaving({ id, incarnation }: Hello, { configurations, departed }: RaftView): boolean {
  return departed.get(id) === incarnation && configurations.some((each) => membersOf(each).includes(id))
}

/**
 * What is a majority for one of them is none for the other. A cluster that is there already, and has no place for the
 * other one, has a better reason to refuse it.
 */
function judgeFounders(other: Hello, own: Hello, view: RaftView): void {
  const [one, another] = [own.founders, other.founders]
  if (one === undefined || another === undefined || one.join() === another.join()) return
  const isBegun = own.isFounder !== true
  if (isBegun && (other.isFounder !== true || !isNamed(other.id, view))) return
  throw foundedOtherwise({ id: other.id, founders: another }, { id: own.id, founders: one })
}

function isOfOwnHistory({ clusterIdInLog }: Hello, { clusterId }: Hello): boolean {
  return clusterId !== null && clusterIdInLog === clusterId
}

/** It has a log, so that it has lost nothing, and its log names another cluster than the one that is known here. */
function isOfOtherHistory({ clusterIdInLog }: Hello, { clusterId }: Hello): boolean {
  return clusterId !== null && clusterIdInLog !== null && clusterIdInLog !== clusterId
}

function ofOtherCluster(other: Hello, own: Hello): UnauthorizedError {
  const [ownId, otherId] = [own, other].map(({ clusterId, clusterIdInLog }) => clusterId ?? clusterIdInLog)
  return new UnauthorizedError(
    `${own.id} belongs to the cluster ${own.cluster} with id ${ownId ?? ''}, not to the one with id ${otherId ?? ''}: ` +
      `one of the two has a data folder of another cluster`,
  )
}

/**
 * An id that is not committed is no reason to refuse a member, whose log would give way; of a stranger it says more.
 */
function strangerOf({ id, clusterIdInLog }: Hello, own: Hello, view: RaftView): UnauthorizedError {
  const isKnown = clusterIdInLog === null || own.clusterId === null || clusterIdInLog === own.clusterId
  if (!isKnown) return leftBehind(id, clusterIdInLog, own.cluster, own.clusterId)
  const awaited = membersOf(view.bootstrap).filter((member) => member !== own.id)
  const isWaiting = view.lastLogIndex === 0 && !isVoter(view.bootstrap, own.id) && awaited.length > 0
  return isWaiting ? unvouched(id, own.id, awaited) : stranger(id, own.id)
}

/**
 * Whether `restored` was made from a backup, has not joined a cluster since, and `other` was not made from the same:
 * all that it would found is a mixture of two histories. Whoever joins has nothing yet, and takes what it finds.
 */
function isApart({ backup = null, clusterIdInLog }: Hello, other: Hello): boolean {
  if (backup === null || clusterIdInLog !== null || other.backup === undefined) return false
  const isJoining = other.isFounder === false && other.clusterIdInLog === null && other.backup === null
  return other.backup !== backup && !isJoining
}

/**
 * After a restart neither may know that its cluster's id is committed. Members that found a cluster together can have
 * different ones in their logs too, but what their logs began with is the same.
 */
function areOfOtherHistories(one: Hello, other: Hello): boolean {
  if (one.clusterIdInLog === null || other.clusterIdInLog === null || other.backup === undefined) return false
  return one.clusterIdInLog !== other.clusterIdInLog && (one.backup ?? null) !== other.backup
}

export function judgeCluster(other: Hello, own: Hello): void {
  if (other.cluster !== own.cluster) {
    throw new UnauthorizedError(`${own.id} belongs to cluster ${own.cluster}, not to ${other.cluster}`)
  }
  if (other.clusterId !== null && own.clusterId !== null && other.clusterId !== own.clusterId)
    throw ofOtherCluster(other, own)
  if (areOfOtherHistories(own, other)) {
    throw typeof own.backup === 'string' ? notRestoredAlike(own, other) : notRestoredAlike(other, own)
  }
  if (isApart(own, other)) throw notRestoredAlike(own, other)
  if (isApart(other, own)) throw notRestoredAlike(other, own)
}

/**
 * Who is not named by the configuration speaks for nobody: its requests could raise terms and unseat a leader, and the
 * answer to its hello would tell it an incarnation to pose with.
 */
export function isNamed(id: ServerId, { configuration }: RaftView): boolean {
  return membersOf(configuration).includes(id)
}
