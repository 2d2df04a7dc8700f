/**
 * A newcomer goes through the log from its begin, and meets configurations of long ago, which do not name it yet: those
 * that they name may all be gone. If it restarts in their midst, its log knows nobody who could bring it further. Until
 * it is where it was added, it believes those whom it was told of when it was made as well.
 */
import { membersOf } from '../../raft/quorum.js'
import type { Configuration, RaftView } from '../../raft/types.js'

const NOBODY: Configuration = { voters: [], learners: [], uris: {} }

/** Those to believe beside the members of the configuration in force. */
export function toldOf({ id, configuration, bootstrap }: RaftView): Configuration {
  return membersOf(configuration).includes(id) ? NOBODY : bootstrap
}
