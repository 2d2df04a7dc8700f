/**
 * Changes of the configuration by joint consensus (§6). Where the voters stay the same one entry does it. Else the
 * joint entry needs both majorities, and when it is committed the leader of the day appends the one that ends it.
 */
import { canCommit, isHeard, quorumHeardAt } from './contact.js'
import { isFollowed, noteCommittedDepartures, trackMembers } from './departures.js'
import type { Events } from './events.js'
import { isVoter, membersOf, uriIn } from './quorum.js'
import { appendAsLeader, hasCommittedInTerm } from './replication.js'
import { stepDown } from './roles.js'
import type { Leader, State } from './state.js'
import { bestSuccessor, nameSuccessor } from './transfer.js'
import type { Configuration, ConfigureRefusal, ServerId, Target } from './types.js'
import { logIndex } from './types.js'

export function onConfigure(s: State, { target }: Events['configure'], leader: Leader): void {
  const reason = refusal(s, leader, target)
  if (reason !== undefined) return void s.effects.push({ type: 'configureRefused', reason })
  const index = logIndex(s.log.lastIndex + 1)
  s.effects.push({ type: 'configured', index, term: s.currentTerm })
  appendConfiguration(s, leader, firstStep(s.membership.configuration, target))
}

/** What a commit brings about: the second half of a change, or the end of a leader that has no vote any more. */
export function concludeChange(s: State, leader: Leader): void {
  noteCommittedDepartures(s, leader)
  const { configuration, configurationIndex } = s.membership
  if (configurationIndex > s.commitIndex) return
  if (configuration.outgoing !== undefined) appendConfiguration(s, leader, settled(configuration))
  else if (!isVoter(configuration, s.options.id)) retire(s, leader)
}

function refusal(s: State, leader: Leader, target: Target): ConfigureRefusal | undefined {
  if (!isValid(target)) return 'invalid'
  if (!canCommit(s, leader)) return 'noQuorum'
  if (leader.transferringTo !== undefined) return 'changeUnderWay'
  // The bug of 2015: changes of two leaders, neither of which knew the other's, could both be committed.
  if (!hasCommittedInTerm(s, leader)) return 'notReady'
  if (!s.membership.arePinsKept) return 'notReady'
  if (s.membership.isChanging(s.commitIndex)) return 'changeUnderWay'
  const { configuration } = s.membership
  const newcomers = target.voters.filter((id) => !configuration.voters.includes(id))
  if (!newcomers.every((id) => hasCaughtUp(s, leader, id))) return 'notCaughtUp'
  return isReachable(s, leader, target) ? undefined : 'noQuorum'
}

function isValid(target: Target): boolean {
  const { voters, learners } = target
  const ids = [...voters, ...learners]
  const addresses = ids.map((id) => uriIn(target, id))
  const areAllThere = addresses.every((uri) => uri !== undefined && uri !== '')
  const areUnique = new Set(ids).size === ids.length && new Set(addresses).size === ids.length
  return voters.length > 0 && areAllThere && areUnique
}

/**
 * A learner that lags by no more than an election timeout: commits must not wait for it. Its first answer has pinned
 * it, so its acknowledgements count from the first moment.
 */
function hasCaughtUp(s: State, leader: Leader, id: ServerId): boolean {
  const progress = leader.progress.get(id)
  if (progress === undefined || !s.membership.configuration.learners.includes(id)) return false
  return isHeard(s, progress) && progress.matchIndex >= leader.recentEnd.index
}

/** Whether a majority of the voters-to-be is in contact: without one the change could neither end nor be undone. */
function isReachable(s: State, leader: Leader, { voters }: Target): boolean {
  const heardAt = quorumHeardAt(s, leader, s.now, { voters, learners: [], uris: {} })
  return s.now - heardAt < s.options.electionTimeoutMin
}

function firstStep(current: Configuration, { voters, learners, uris }: Target): Configuration {
  const isSame = voters.length === current.voters.length && voters.every((id) => current.voters.includes(id))
  if (isSame) return settled({ voters, learners, uris })
  return { voters, outgoing: current.voters, learners, uris: { ...urisOf(current), ...uris } }
}

/** Without what was only there for the change. */
function settled({ voters, learners, uris }: Configuration): Configuration {
  const configuration = { voters, learners, uris }
  return { ...configuration, uris: urisOf(configuration) }
}

function urisOf(configuration: Configuration): Configuration['uris'] {
  const members = new Set<string>(membersOf(configuration))
  return Object.fromEntries(Object.entries(configuration.uris).filter(([id]) => members.has(id)))
}

/** It is in force as soon as it is in the log, for the leader as for everyone (§6). */
function appendConfiguration(s: State, leader: Leader, configuration: Configuration): void {
  const index = logIndex(s.log.lastIndex + 1)
  const isNew = (id: ServerId) => id !== s.options.id && !isFollowed(leader, id)
  if (membersOf(configuration).some(isNew)) leader.recentEnd.demand(s.now, index)
  leader.lease?.end()
  appendAsLeader(s, leader, [{ kind: 'configuration', index, term: s.currentTerm, configuration }])
  trackMembers(s, leader)
}

/**
 * "The leader steps down once it has committed the C_new log entry" (§6), and spares the others an election timeout.
 */
function retire(s: State, leader: Leader): void {
  const successor = bestSuccessor(s, leader)
  if (successor !== undefined) nameSuccessor(s, leader, successor)
  stepDown(s, 'removed')
}
