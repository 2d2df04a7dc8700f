/** One log line for each event of a replica: what happens to its core, and to its snapshots. */
import type { Logger } from '../ports.js'
import type { Configuration, RaftEvent, RaftView, StepDownReason } from '../raft/types.js'
import { caughtUpSentence, olderCopySentence, wipedSentence } from './members/hello-refusals.js'
import type { SnapshotEvent } from './snapshots/snapshot-event.js'

export type ReplicaEvent = RaftEvent | SnapshotEvent

const REASONS: Readonly<Record<StepDownReason, string>> = {
  higherTerm: 'another member is in a higher term',
  lostQuorum: 'no majority answers',
  storageStalled: 'the disk does not finish its writes',
  stopped: 'this member is stopping',
  electionLost: 'it did not win',
  removed: 'it is no voter any more',
}

/** `view`: of the member, after the event. */
export function logEvent(
  logger: Logger,
  event: ReplicaEvent,
  view: Pick<RaftView, 'role' | 'configuration'>,
): void {
  switch (event.type) {
    case 'stoodForElection':
      return logger.info(`stood for election in term ${event.term}`)
    case 'elected':
      return logger.info(`elected leader in term ${event.term} by ${event.votes.join(', ')}`)
    case 'steppedDown':
      return logger.info(`stepped down in term ${event.term}: ${REASONS[event.reason]}`)
    case 'leaderChanged':
      if (event.leader === undefined) return logger.info(`no leader is known in term ${event.term}`)
      return logger.info(`${event.leader} leads term ${event.term}`)
    case 'lostContact':
      return logger.warn(`lost contact with ${event.peer}`)
    case 'regainedContact':
      return logger.info(`regained contact with ${event.peer}`)
    case 'departed':
      return logger.info(`${event.peer} was removed, and is spoken to no more`)
    case 'configurationChanged':
      return logger.info(`members are now ${membersText(event.configuration)}`)
    case 'configurationCommitted':
      return logger.info(`the change of members is committed at entry ${event.index}`)
    case 'removed':
      return logger.info(`the removal of this member is committed at entry ${event.index}`)
    case 'transferring':
      return logger.info(`handing leadership over to ${event.to}`)
    case 'sendingSnapshot':
      return logger.info(`sending ${event.peer} a snapshot, as the log begins after entry ${event.index}`)
    case 'clusterPinned':
      return logger[isSpokesman(view) ? 'info' : 'debug'](`cluster id ${event.clusterId}`)
    case 'wipedMember':
      return logger.error(wipedSentence(event.peer))
    case 'olderCopy':
      return logger.error(olderCopySentence(event.peer))
    case 'caughtUp':
      return logger.info(caughtUpSentence(event.peer))
    case 'impossibleTerm':
      return logger.warn(
        `dropped a message of ${event.peer} in term ${event.term}, which no election can have reached`,
      )
    case 'snapshotTaken': {
      const { index, bytes, took } = event
      return logger.info(`took a snapshot at entry ${index}`, { bytes, ms: Math.round(took) })
    }
    case 'snapshotRestored':
      return logger.info(`stands at the snapshot of entry ${event.index}`)
  }
}

function membersText({ voters, learners }: Configuration): string {
  const learning = learners.length === 0 ? '' : `; learning from them: ${learners.join(', ')}`
  return voters.join(', ') + learning
}

/** What all members would say alike its leader says; who is alone is told apart from nobody by an id. */
function isSpokesman({ role, configuration }: Pick<RaftView, 'role' | 'configuration'>): boolean {
  return role === 'leader' && configuration.voters.length > 1
}
