/** Which of two members knows the newer configuration. */
import type { RaftView } from '../../raft/types.js'

/** Where the configuration that somebody knows stands in the log. */
export type Known = Pick<RaftView, 'configurationIndex' | 'configurationTerm'>

/** As with logs (§5.4.1): what was begun in a later term and lost does not outlive what was committed. */
export function isNewer(one: Known, other: Known): boolean {
  if (one.configurationTerm !== other.configurationTerm)
    return one.configurationTerm > other.configurationTerm
  return one.configurationIndex > other.configurationIndex
}
