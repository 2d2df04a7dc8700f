/**
 * One Raft member in this process, from its data folder to its open port: what a node and a name server share.
 * What is opened first is closed last, also when a later step of the start fails.
 */
import type { Address, Clock, Logger, Random, Transport } from '../ports.js'
import type { ReplicatedClass } from '../replica/marks.js'
import { Replica } from '../replica/replica.js'
import { Daemon } from '../rpc/daemon.js'
import { formatUri, parseUri, type Uri } from '../rpc/uri.js'
import { serverId, type Configuration, type Incarnation, type ServerId } from '../raft/types.js'
import { readMemberFile, writeMemberFile, type MemberFile } from '../storage/member-file.js'
import { RaftStorage } from '../storage/raft-storage.js'
import type { Disk } from '../ports.js'
import { incarnation as incarnationOf } from '../raft/types.js'
import { systemClock } from './clock.js'
import { openDisk } from './disk.js'
import { lockFolder } from './lock.js'
import { systemRandom } from './random.js'
import { createTransport } from './transport.js'

export interface MemberOptions {
  /** The member's id, and the id of its member object: `node1`. */
  readonly id: string
  readonly cluster: string
  /**
   * The members' URIs that a new data folder starts with; one of them names `id`. A data folder that has been
   * started before keeps the configuration that it has. Absent: a group of this member alone.
   */
  readonly bootstrap?: readonly string[]
  /** Made if it does not exist. */
  readonly dataFolder: string
  /** Default: loopback, 127.0.0.1 and ::1 where the system has it. */
  readonly host?: string
  /** 0 lets the system choose. */
  readonly port: number
  /** The replicated objects by their names. */
  readonly classes: ReadonlyMap<string, ReplicatedClass | (() => object)>
  readonly timing: MemberTiming
  readonly logger: Logger
}

/** In milliseconds. */
export interface MemberTiming {
  readonly electionTimeoutMin: number
  readonly electionTimeoutMax: number
  readonly heartbeat: number
}

export interface Member {
  readonly replica: Replica
  readonly daemon: Daemon
  /** Where the daemon listens; the first one, where it listens at two. */
  readonly address: Address
  /** The member object's: `node1@localhost:9101`. */
  readonly uri: Uri
  readonly transport: Transport
  readonly clock: Clock
  readonly random: Random
  /** Stops accepting, stops the replica, closes the storage, releases the folder. A second call waits for the first. */
  stop(): Promise<void>
}
