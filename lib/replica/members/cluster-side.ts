/**
 * A replica as the other members see it: messages both ways, who belongs to the cluster, who leads it, and where each
 * one is.
 */
import { commonSettings } from '../../common-settings.js'
import type { Json } from '../../json.js'
import type { MemberSettings } from '../../member-settings.js'
import type { Random, Transport } from '../../ports.js'
import { votersOf } from '../../raft/quorum.js'
import type { Doers, Hearers, Incarnation, Input, Lineage, ServerId } from '../../raft/types.js'
import type { MemberMethod } from '../../roles.js'
import { UnreachableError } from '../../rpc/errors.js'
import type { NotLeaderError } from '../../rpc/errors.js'
import type { RawCall } from '../../rpc/channels/connection-options.js'
import type { ExposedMethod } from '../../rpc/exposed.js'
import type { Shortage } from '../../member.js'
import { ClassVersions } from './class-versions.js'
import type { Load, PeerLoad } from '../guards/budget.js'
import type { Classes } from '../objects/class-said.js'
import type { LogTime } from '../machine/log-time.js'
import { ConfigurationChanges } from './configuration-changes.js'
import { Divergence } from './divergence.js'
import type { DivergenceOptions } from './divergence.js'
import { helloOf, isNamed, type Hello } from './hello.js'
import { givesWay, runTwice as refusedTwice, stranger } from './hello-refusals.js'
import { MembershipCalls } from './membership-calls.js'
import { OwnAddress } from './own-address.js'
import { PeerDoor, type PeerDoorOptions } from './peer-door.js'
import { Peers } from './peers.js'
import type { Greeted } from './proof.js'
import type { LinkHooks, PeerLinks } from './peer-links.js'
import { encounter, FormerPlace } from './run-twice.js'
import { LeaderPriority } from './leader-priority.js'
import { met, type Wanted } from './meeting.js'
import { UnequalSettings } from './unequal-settings.js'
import { Vouchers } from './vouchers.js'

export interface ClusterSideOptions extends Omit<DivergenceOptions, 'ask' | 'stop'> {
  readonly id: ServerId
  readonly cluster: string
  /** As in LinkHooks. */
  readonly door?: LinkHooks['door']
  readonly incarnation: Incarnation
  readonly starts?: Lineage | undefined
  readonly settings: MemberSettings
  readonly classes: Classes
  readonly time: Pick<LogTime, 'reckoned' | 'told'>
  /** Undefined: a connection to each. */
  readonly links: ((hooks: LinkHooks) => PeerLinks) | undefined
  /** As in LinkHooks. */
  readonly elsewhere?: LinkHooks['elsewhere']
  readonly transport: Transport
  readonly random: Random
  readonly take: (input: Input) => void
  readonly raft: PeerDoorOptions['raft']
  readonly runs: PeerDoorOptions['runs']
  readonly backlog: PeerDoorOptions['backlog']
  readonly othersCalls: PeerDoorOptions['othersCalls']
  readonly notLeader: () => NotLeaderError
  /** As in PendingOptions. */
  readonly noQuorum: () => string
  /** What is missing for more of the log; undefined: nothing. */
  readonly room: { readonly shortage: Shortage | undefined }
  /** The others know this member with another data folder. */
  readonly ownFolderLost: () => void
  /** The others know that this member was removed. */
  readonly toldOfRemoval: () => void
  /** Another process runs this member, and this one is to end. `where`: as in RunTwiceError. */
  readonly runTwice: (where?: string) => void
  /** This member's objects differ from the others'. */
  readonly diverged: DivergenceOptions['stop']
}

/** What waits between this member and the others. */
export interface MembersWaiting {
  /** Of the other members, without an answer. */
  readonly peerRequests: Load
  /** On the way to each other member, without an answer. */
  readonly peers: ReadonlyMap<ServerId, PeerLoad>
}

export class ClusterSide {
  readonly send: PeerLinks['send']
  readonly versions: ClassVersions
  readonly #options: ClusterSideOptions
  readonly #peers: PeerLinks
  readonly #door: PeerDoor
  readonly #changes: ConfigurationChanges
  readonly #calls: MembershipCalls
  readonly #vouchers: Vouchers
  readonly #leaderPriority: LeaderPriority
  readonly #divergence: Divergence
  readonly #hello: (to?: ServerId) => Hello
  #address: OwnAddress | undefined
  #formerPlace: FormerPlace | undefined

  constructor(options: ClusterSideOptions) {
    this.#options = options
    const { view, take, clock, time } = options
    const { priority } = options.settings
    const isFull = () => options.room.shortage !== undefined
    const { starts } = options
    const settings = commonSettings(options.settings)
    const unequal = new UnequalSettings(options)
    const hello = (to?: ServerId) =>
      helloOf({ ...options, starts, priority, settings, logTime: time.reckoned }, view(), to)
    this.#hello = hello
    const heed = ({ knows, logTime }: Hello): void => {
      if (logTime !== undefined) time.told(logTime)
      if (knows !== undefined) take({ type: 'startKnown', known: knows })
    }
    const greeted = (other?: Hello): void => {
      this.versions.forget()
      if (other !== undefined) unequal.met(settings, other)
      if (other !== undefined) heed(other)
    }
    this.#peers = openLinks(options, { hello, greeted })
    this.send = this.#peers.send.bind(this.#peers)
    this.#changes = new ConfigurationChanges(clock, take)
    this.#calls = new MembershipCalls({ ...options, changes: this.#changes })
    this.#vouchers = new Vouchers({ view, ask: (to, method, params) => this.#ask(to, method, params) })
    this.#leaderPriority = new LeaderPriority({
      ...options,
      priority,
      priorityOf: (id) => this.#peers.greeting?.(id)?.priority,
      transfer: (to) => this.#calls.transfer(to),
      isFull,
    })
    this.versions = new ClassVersions({
      ...options,
      own: options.classes,
      saidBy: (id) => this.#peers.greeting?.(id)?.classes,
    })
    this.#divergence = new Divergence({
      ...options,
      ask: (to, method, params) => this.#ask(to, method, params),
      stop: options.diverged,
    })
    this.#door = new PeerDoor({
      ...options,
      hello,
      greeted: heed,
      left: (id) => void this.#left(id),
      divergence: this.#divergence,
      vouchers: this.#vouchers,
      moved: (id, uri, isPassedOn) => this.#moved(id, uri, isPassedOn),
      isFull,
      metItself: (other) => this.#metItself(other),
    })
  }

  /** Of the member's own object. */
  get methods(): readonly [MemberMethod, ExposedMethod][] {
    return [...this.#door.methods, ...this.#calls.methods]
  }

  /** What a connection to that member begins with, as of {@link met}. */
  readonly greet = (call: RawCall, wanted: Wanted): Promise<Greeted> =>
    met(call, wanted, this.#hello(wanted.id), this.#options)

  /** Why there is no understanding with a member, of each with which there is none. */
  get refusals(): ReadonlyMap<ServerId, string> {
    return this.#peers.refusals ?? new Map()
  }

  /** How much waits here, for metrics. */
  get waiting(): MembersWaiting {
    return { peerRequests: this.#door.load, peers: this.#peers.loads ?? new Map() }
  }

  get doers(): Doers<'send' | 'reply' | 'rejectPeer' | 'configured' | 'configureRefused' | 'transferEnded'> {
    const [door, changes, calls] = [this.#door, this.#changes, this.#calls]
    return {
      send: this.send,
      reply: door.answer.bind(door),
      rejectPeer: door.reject.bind(door),
      configured: changes.configured.bind(changes),
      configureRefused: changes.refused.bind(changes),
      transferEnded: calls.transferEnded.bind(calls),
    }
  }

  get hearers(): readonly Hearers[] {
    const forgetDeparted = () => this.#peers.forgetDeparted?.()
    const own = {
      configurationChanged: () => this.#configurationChanged(),
      configurationCommitted: forgetDeparted,
      departed: forgetDeparted,
      steppedDown: forgetDeparted,
    }
    return [this.#changes.hearers, this.#divergence.hearers, own]
  }

  #configurationChanged(): void {
    this.#vouchers.clear()
    this.versions.forget()
    this.#peers.configurationChanged?.()
  }

  /** To be called at the start, and when the role, the leader or the configuration has changed. */
  check(): void {
    this.#address?.check()
    this.#leaderPriority.check()
  }

  /** This member listens at `uri`: the leader is told if the configuration says otherwise. */
  isAt(uri: string): void {
    this.#address?.end()
    this.#address = new OwnAddress({ ...this.#options, uri, tell: (to) => this.#tellAddress(to, uri) })
    this.#address.check()
    this.#formerPlace?.end()
    const metAnother = (where: string): void => this.#options.runTwice(where)
    this.#formerPlace = new FormerPlace({ ...this.#options, uri, hello: this.#hello, metAnother })
    this.#formerPlace.look()
    this.#greetAll()
  }

  /**
   * A folder that was started before may be an older copy, and whoever knows that says so in its hello: not before this
   * member needs it, but before others need its vote.
   */
  #greetAll(): void {
    const { view, starts = [], id } = this.#options
    if (starts.length < 2) return
    const others = votersOf(view().configuration).filter((each) => each !== id)
    for (const each of others) void this.#ask(each, 'isLeader', []).catch(() => undefined)
  }

  /** As the leader, lets the voter that is furthest ahead take over; resolves when it has, or can't. */
  async handOver(): Promise<void> {
    const { role, configuration, id } = this.#options.view()
    if (role !== 'leader' || votersOf(configuration).every((voter) => voter === id)) return
    await this.#calls.transfer(undefined)
  }

  end(why: string): void {
    this.#changes.abandon(why)
    this.#calls.end()
    this.#address?.end()
    this.#formerPlace?.end()
    this.#leaderPriority.end()
    this.#divergence.end()
    this.#door.close()
    this.#peers.close()
  }

  #ask(to: ServerId, method: string, params: readonly Json[]): Promise<Json> {
    const asked = this.#peers.ask?.(to, method, params)
    return asked ?? Promise.reject(new UnreachableError(`${to} can't be asked for ${method}`))
  }

  /** A leader that lives has closed a connection for reasons of its own; of one that has ended nothing is left. */
  async #left(id: ServerId): Promise<void> {
    const { view, take } = this.#options
    if (id === view().leaderId && (await this.#peers.isDeserted?.(id)) === true)
      take({ type: 'peerGone', peer: id })
  }

  #metItself(other: Hello): never {
    const { id, runTwice, view } = this.#options
    const met = encounter(this.#hello(), other, view())
    if (met === 'itself' || met === 'stays') throw met === 'itself' ? stranger(id, id) : refusedTwice(id)
    if (met === 'handsOver') void this.handOver().catch(() => undefined)
    if (met === 'givesWay') runTwice()
    throw givesWay(id)
  }

  /** A member that has been away may not know the leader: whoever it finds passes on where it is. */
  #moved(id: ServerId, uri: string, isPassedOn: boolean): Promise<Json> {
    const view = this.#options.view()
    if (isNamed(id, view)) this.#peers.moved?.(id, uri)
    const { role, leaderId } = view
    if (role === 'leader' || leaderId === undefined || isPassedOn) return this.#calls.move(id, uri)
    return this.#ask(leaderId, 'address', [uri, id])
  }

  #tellAddress(to: ServerId, uri: string): Promise<Json> {
    return to === this.#options.id ? this.#calls.move(to, uri) : this.#ask(to, 'address', [uri])
  }
}

function openLinks(options: ClusterSideOptions, hooks: Pick<LinkHooks, 'hello' | 'greeted'>): PeerLinks {
  const { electionTimeout } = options.settings
  const patience = { silenceMs: electionTimeout.min, requestTimeoutMs: electionTimeout.max * 4 }
  return options.links?.({ ...options, ...hooks }) ?? new Peers({ ...options, ...patience, ...hooks })
}
