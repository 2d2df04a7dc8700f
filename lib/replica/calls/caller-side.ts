/** A replica as its callers see it: commands, queries, watches and backups, and all who wait for one of them. */
import type { Clock, Logger, Ms, Random, Transport } from '../../ports.js'
import { ms } from '../../ports.js'
import type { Doers, Hearers, Input, RaftServer, RaftView } from '../../raft/types.js'
import { ticks } from '../../raft/types.js'
import type { MemberMethod } from '../../roles.js'
import type { NotLeaderError } from '../../rpc/errors.js'
import type { ExposedMethod, ExposedObject } from '../../rpc/exposed.js'
import type { Shortage } from '../../member.js'
import type { Load } from '../guards/budget.js'
import { ATOMIC_OBJECT, SESSION_OBJECT, WATCH_OBJECT } from '../objects/own-names.js'
import { BackupDoor, type BackupDoorOptions } from './backup-door.js'
import type { Applied } from '../machine/applied.js'
import type { LogTime } from '../machine/log-time.js'
import type { StateMachine } from '../machine/machine.js'
import { Expiries } from './expiries.js'
import { LeaderNews } from './leader-news.js'
import { ObjectDoor } from './object-door.js'
import type { ObjectDoorOptions } from './object-door.js'
import { PassingOn, type PassingOnOptions } from './passing-on.js'
import { Pending } from './pending.js'
import { Reads } from './reads.js'
import { SessionRoom } from './session-room.js'
import { StateQuota } from './state-quota.js'
import { Watches } from './watches.js'

export interface CallerSideOptions {
  readonly clock: Clock
  readonly random: Random
  readonly transport: Transport
  readonly time: LogTime
  readonly machine: StateMachine
  readonly raft: RaftServer
  /** As in BackupDoorOptions. */
  readonly takeSnapshot: BackupDoorOptions['take']
  /** As in StateQuotaOptions. */
  readonly stateBytesMax: number
  readonly state: { readonly stateSize: number }
  readonly room: { readonly shortage: Shortage | undefined }
  readonly logger: Logger
  readonly versions: ObjectDoorOptions['versions']
  readonly hosts: (object: string) => boolean
  readonly take: (input: Input) => void
  readonly view: () => RaftView
  readonly applied: Applied
  readonly notLeader: () => NotLeaderError
  /** As in PendingOptions. */
  readonly noQuorum: () => string
  /** As in PassingOnOptions. */
  readonly greet: PassingOnOptions['greet']
  readonly othersCalls: PassingOnOptions['othersCalls']
  /** As in ExpiriesOptions. */
  readonly leads: () => boolean
}

/** What waits for an answer from here. */
export interface CallersWaiting {
  /** Proposed and not applied yet. */
  readonly commands: Load
  readonly queries: Load
  readonly watches: Load
}

export class CallerSide {
  readonly objects: ReadonlyMap<string, ExposedObject>
  /** The objects were put to where a snapshot stands. */
  readonly restored: Watches['restored']
  readonly #options: CallerSideOptions
  readonly #pending: Pending
  readonly #reads: Reads
  readonly #watches: Watches
  readonly #backups: BackupDoor
  readonly #expiries: Expiries
  readonly #leaderNews: LeaderNews
  readonly #passingOn: PassingOn

  constructor(options: CallerSideOptions) {
    this.#options = options
    const { raft, machine, takeSnapshot } = options
    this.#pending = new Pending(options)
    this.#reads = new Reads(options)
    this.#watches = new Watches({
      ...options,
      get events() {
        return machine.events
      },
      history: () => raft.view.clusterId,
      isInContact: () => raft.view.leaderId !== undefined,
      caughtUp: (deadline, context) => this.#reads.submit('watch.next', deadline, () => null, context),
    })
    this.#backups = new BackupDoor({
      ...options,
      barrier: (deadline) => this.#reads.submit('backup', deadline, () => null),
      isLeader: () => raft.view.role === 'leader',
      take: takeSnapshot,
    })
    this.#leaderNews = new LeaderNews(options)
    this.#passingOn = new PassingOn(options)
    const frees = (object: string, method: string) => machine.marks.get(object)?.frees.has(method) === true
    const quota = new StateQuota({ ...options, frees })
    const calls = { pending: this.#pending, passingOn: this.#passingOn, reads: this.#reads, quota }
    const door = new ObjectDoor({ ...options, ...calls, dataAge: () => this.dataAge() })
    this.#expiries = new Expiries({ ...options, commands: door.commands })
    this.restored = this.#watches.restored.bind(this.#watches)
    const room = new SessionRoom({ ...options, table: () => machine.sessions })
    const session = door.objects.get(SESSION_OBJECT)
    this.objects = new Map([
      // A user's object of that name goes before it.
      [ATOMIC_OBJECT, door.atomic],
      ...door.objects,
      ...(session === undefined ? [] : [[SESSION_OBJECT, room.keptIn(session)] as const]),
      [WATCH_OBJECT, this.#watches.object],
    ])
  }

  /** Of the member's own object. */
  get methods(): readonly [MemberMethod, ExposedMethod][] {
    return [...this.#backups.methods, ...this.#leaderNews.methods]
  }

  /** How much waits here, for metrics. */
  get waiting(): CallersWaiting {
    return { commands: this.#pending.load, queries: this.#reads.load, watches: this.#watches.load }
  }

  get doers(): Doers<'appended' | 'refused' | 'readReady' | 'readRefused'> {
    const [pending, reads] = [this.#pending, this.#reads]
    return {
      appended: pending.appended.bind(pending),
      refused: pending.refused.bind(pending),
      readReady: reads.ready.bind(reads),
      readRefused: reads.refused.bind(reads),
    }
  }

  get hearers(): Hearers {
    return {
      steppedDown: () => this.#pending.abandon('leadership was lost'),
      leaderChanged: () => this.#leaderNews.changed(),
    }
  }

  /** This member begins to lead, or another one does. */
  get officeChanged(): () => void {
    return this.#expiries.look
  }

  /** As in PassingOn. */
  get passOn(): PassingOn['pass'] {
    return this.#passingOn.pass.bind(this.#passingOn)
  }

  /** Answers everyone who waits. */
  end(why: string): void {
    this.#expiries.end()
    this.#pending.abandon(why)
    this.#reads.abandon()
    this.#watches.stop()
    this.#backups.end()
    this.#leaderNews.end()
    this.#passingOn.end()
  }

  /** How long ago this member last knew that it had applied all that was committed; null: not since it started. */
  dataAge(): Ms | null {
    const { raft, clock } = this.#options
    const age = raft.dataAge(ticks(Math.floor(clock.now())))
    return age === undefined ? null : ms(age)
  }
}
