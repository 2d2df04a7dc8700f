/** What a server is told when it is made. */
import type { Configuration } from './entries.js'
import type { Lineage } from './starts.js'
import type { ClusterId, Incarnation, ServerId, Ticks } from './values.js'

export interface RaftOptions {
  readonly id: ServerId
  readonly incarnation: Incarnation
  /** Of its folder. Absent: it does not say, and is taken at its word. */
  readonly starts?: Lineage
  /** In force while neither the log nor a snapshot has a configuration. */
  readonly bootstrap: Configuration
  /** The id that this server gives to the cluster if it turns out to be its first leader. */
  readonly newClusterId: ClusterId
  /** The randomised election timeout is drawn from [min, max] (§9.3). Default 150-300. */
  readonly electionTimeoutMin: Ticks
  readonly electionTimeoutMax: Ticks
  /** How often a leader speaks when it has nothing to say. Well below electionTimeoutMin. Default 50. */
  readonly heartbeatInterval: Ticks
  /**
   * Seed of the jitter on timeouts, any 32-bit number, drawn anew at each start. The same seed and inputs give the same
   * effects.
   */
  readonly seed: number
  /** Most AppendEntries with entries on their way to one follower. Default 8. */
  readonly inflightMessagesMax: number
  /** Most UTF-16 units of command data in one AppendEntries; one entry always fits. Default 128 Ki. */
  readonly messageSizeMax: number
  /**
   * Most UTF-16 units of command data that a leader has appended and not applied yet, so of the uncommitted tail and
   * the apply queue together; beyond it a proposal is refused, unless it is the only one. Default 64 MiB.
   */
  readonly uncommittedSizeMax: number
  /**
   * Linearizable reads without a round of messages while a quorum's answers are fresh enough to rule out another leader
   * (thesis §6.4.1). A lease rests on what each follower promises in its answers, so it lasts as the shortest election
   * timeout of a quorum says, and there is none where a quorum has this off. Right only while no two members' clocks
   * run at rates that differ by more than a twentieth. Default false.
   */
  readonly readLease: boolean
  /** What this server may have promised before it was last started (messages.ts). Default 0: nothing. */
  readonly promisedSilence: Ticks
}
