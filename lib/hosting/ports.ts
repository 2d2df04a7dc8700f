/** What a process has for the member that it hosts, beside what every part of the inside may ask for. */
import type { LocalNetwork } from '../discovery/local-network.js'
import type { Clock, Disk, Logger, Ms, Random, Secrets, Transport, Watchdog } from '../ports.js'
import type { Replica } from '../replica/replica.js'
import type { SnapshotLimits } from '../replica/snapshots/snapshotter.js'
import type { LogSizes } from '../storage/raft-storage.js'

export interface HostPorts {
  readonly transport: Transport
  readonly clock: Clock
  readonly random: Random
  /** Default: nothing can be found on the local network. */
  readonly localNetwork?: LocalNetwork | undefined
  /**
   * The member's data folder, made if there is none. Rejects when another process has it, or it can't be written to.
   */
  claimFolder(): Promise<ClaimedFolder>
  /** Begins to watch over the methods of objects. `limit`: how long one may run. */
  startWatchdog(limit: Ms, logger: Logger): ClosableWatchdog
  /** Begins to watch how long the process is held up. The result says the longest since it was last asked. */
  watchDelay(): () => Ms
  /** What the system says of the process, as lines of `/metrics`. Default: nothing. */
  processMetrics?(): readonly string[]
  /**
   * What the process's heap can grow to, in bytes. Default: nothing is known of it, and objects may hold any amount.
   */
  readonly heapBytesMax?: number
  /**
   * Callers are judged: what only operators may do takes the token that stands in the data folder. Default: nobody is.
   */
  readonly secrets?: Secrets | undefined
  /** How large the log and what stands behind a snapshot may grow. Default: as for a machine's own disk. */
  readonly sizes?: { readonly log?: LogSizes; readonly snapshots?: SnapshotLimits | undefined }
  /** Told of the member's replica when it begins, before anybody can reach it: to look at, for checks. */
  hosted?(replica: Replica): void
}

/** A folder that this process has for itself. */
export interface ClaimedFolder {
  readonly disk: Disk
  /** Others may have it from now on. */
  release(): Promise<void>
}

export interface ClosableWatchdog extends Watchdog {
  /** Nobody is watched over any more. */
  close(): Promise<void>
}
