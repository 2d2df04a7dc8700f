/**
 * One Raft member in this process, from its data folder to its open port: what a node and a name server share.
 * What is opened first is closed last, also when a later step of the start fails.
 */
import type { Clock, Disk, Logger, Random, Transport } from '../ports.js'
import { ms } from '../ports.js'
import type { ReplicatedSource } from '../replica/marks.js'
import { Replica } from '../replica/replica.js'
import { Daemon } from '../rpc/daemon.js'
import { InvalidParamsError } from '../rpc/errors.js'
import { formatUri, parseUri, uri, type Uri } from '../rpc/uri.js'
import { incarnation, serverId, type Configuration } from '../raft/types.js'
import { readMemberFile, writeMemberFile, type MemberFile } from '../storage/member-file.js'
import { RaftStorage } from '../storage/raft-storage.js'
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
  readonly classes: ReadonlyMap<string, ReplicatedSource>
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
  /** The member object's: `node1@localhost:9101`. */
  readonly uri: Uri
  readonly transport: Transport
  readonly clock: Clock
  readonly random: Random
  /** Stops accepting, stops the replica, closes the storage, releases the folder. A second call waits for the first. */
  stop(): Promise<void>
}

/**
 * Resolves once the member listens; it need not know a leader yet. Rejects when the folder is in use, damaged or
 * another member's, when no URI names the member, or when the port can't be had. Nothing stays open then.
 */
export async function startMember(options: MemberOptions): Promise<Member> {
  const open = new Opened()
  try {
    return await start(options, open)
  } catch (error) {
    await open.close()
    throw error
  }
}

async function start(options: MemberOptions, open: Opened): Promise<Member> {
  const { dataFolder, logger } = options
  const disk = await openDisk(dataFolder)
  const lock = await lockFolder(dataFolder)
  open.add(() => lock.release())
  const file = await memberFile(disk, options)
  const { storage, recovered } = await RaftStorage.open(disk, logger)
  let isDriven = false
  open.add(() => (isDriven ? Promise.resolve() : storage.close()))
  const transport = createTransport()
  const daemon = new Daemon({ transport, clock: systemClock, logger })
  open.add(() => daemon.close())
  const port = await listen(daemon, options)
  const replica = await Replica.start({
    id: file.id,
    cluster: options.cluster,
    bootstrap: file.bootstrap,
    incarnation: file.incarnation,
    storage,
    recovered,
    classes: options.classes,
    timing: {
      electionTimeoutMin: ms(options.timing.electionTimeoutMin),
      electionTimeoutMax: ms(options.timing.electionTimeoutMax),
      heartbeat: ms(options.timing.heartbeat),
    },
    transport,
    clock: systemClock,
    random: systemRandom,
    logger,
  })
  // From here on the replica closes the storage, after its last write.
  isDriven = true
  open.add(() => replica.stop())
  daemon.host.register(options.id, replica.member)
  for (const [name, object] of replica.objects) daemon.host.register(name, object)
  const ports = { transport, clock: systemClock, random: systemRandom }
  return { replica, daemon, uri: ownUri(file, port), ...ports, stop: () => open.close() }
}

/** Whose folder this is; a new one becomes this member's. */
async function memberFile(disk: Disk, { id, cluster, bootstrap }: MemberOptions): Promise<MemberFile> {
  const found = await readMemberFile(disk)
  if (found === undefined) {
    const made: MemberFile = {
      format: 1,
      id: serverId(id),
      cluster,
      incarnation: incarnation(systemRandom.identifier()),
      bootstrap: configurationOf(id, bootstrap ?? []),
    }
    await writeMemberFile(disk, made)
    return made
  }
  if (found.id === id && found.cluster === cluster) return found
  throw new InvalidParamsError(
    `${disk.name} is the folder of member ${found.id} of cluster ${found.cluster}, not of ${id} of ${cluster}: give this member a folder of its own (--data)`,
  )
}

/** All who are named vote. Without any, the member is a group of its own. */
function configurationOf(id: string, members: readonly string[]): Configuration {
  const uris = Object.fromEntries(members.map((member) => [parseUri(member).objectId, member]))
  if (members.length > 0 && !(id in uris)) {
    throw new InvalidParamsError(`no member is called ${id}: the members are ${members.join(', ')}`)
  }
  const ids = members.length > 0 ? Object.keys(uris) : [id]
  return { voters: ids.map((each) => serverId(each)), learners: [], uris }
}

function ownUri({ id, bootstrap }: MemberFile, port: number): Uri {
  const configured = bootstrap.uris[id]
  return configured === undefined ? formatUri(id, { kind: 'tcp', host: 'localhost', port }) : uri(configured)
}

/** On the host that was asked for, or on both loopback addresses under one port; resolves to the port. */
async function listen(daemon: Daemon, { host, port }: MemberOptions): Promise<number> {
  const first = await daemon.listen({ kind: 'tcp', host: host ?? '127.0.0.1', port })
  const chosen = first.kind === 'tcp' ? first.port : port
  if (host === undefined)
    await daemon.listen({ kind: 'tcp', host: '::1', port: chosen }).catch(ignoreMissingIPv6)
  return chosen
}

function ignoreMissingIPv6(error: unknown): void {
  const code = error instanceof Error ? Reflect.get(error, 'code') : undefined
  if (code !== 'EADDRNOTAVAIL' && code !== 'EAFNOSUPPORT') throw error
}

/** What is open, closed in the opposite order, once. */
class Opened {
  readonly #closers: (() => Promise<void>)[] = []
  #closing: Promise<void> | undefined

  add(closer: () => Promise<void>): void {
    this.#closers.unshift(closer)
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#closeAll())
  }

  async #closeAll(): Promise<void> {
    for (const close of this.#closers) await close()
  }
}
