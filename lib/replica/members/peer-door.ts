/** The way in for the other members: hello first, then Raft's requests, under the id that the hello has settled. */
import { membersOf, type Json } from '../../json.js'
import type { EffectOf, Input, RaftServer, RaftView, Request, Response, ServerId } from '../../raft/types.js'
import { contentSize } from '../../raft/log.js'
import { membersOf as membersIn } from '../../raft/quorum.js'
import { incarnation, logIndex, serverId, term } from '../../raft/types.js'
import type { MemberMethod } from '../../roles.js'
import { OverloadedError, UnauthorizedError } from '../../rpc/errors.js'
import type { CallContext, ConnectionContext, ExposedMethod, Handler, JsonText } from '../../rpc/exposed.js'
import { checkRoom } from '../guards/budget.js'
import type { Load } from '../guards/budget.js'
import type { OthersCalls } from '../guards/passed-on.js'
import { CallersElsewhere } from './callers-elsewhere.js'
import type { Divergence } from './divergence.js'
import type { EntryRuns } from '../../storage/entry-runs.js'
import { FRAMES_VERSION, readAppendEntries, writeAppendEntriesResponse } from './append-frames.js'
import type { Hello } from './hello.js'
import { helloToJson, judge, judgeCluster, readHello } from './hello.js'
import { doubted, wiped } from './hello-refusals.js'
import { judged, type MemberDoor, type Shown } from './proof.js'
import { readRequest, responseToJson, senderOf } from './messages.js'
import type { Applied } from '../machine/applied.js'
import type { Compared } from '../machine/digest.js'
import { readMemberUri } from '../guards/cluster-json.js'
import { shortText, whole } from '../guards/json-readers.js'
import { wordOn, wordTo } from './vouchers.js'
import type { Known } from './configuration-age.js'
import type { Vouchers } from './vouchers.js'
import { WaitingRequests } from './waiting-requests.js'
import { withoutStack } from '../../without-stack.js'

export interface PeerDoorOptions {
  /** What this member says of itself to `to`. */
  readonly hello: (to?: ServerId) => Hello
  readonly runs: EntryRuns
  /** How members show that they belong. Undefined: whoever says so is believed. */
  readonly door?: MemberDoor | undefined
  /** A member has said hello, and is believed. */
  readonly greeted: (other: Hello) => void
  /** A connection of that member's has ended. */
  readonly left: (id: ServerId) => void
  readonly raft: Pick<RaftServer, 'view'>
  readonly take: (input: Input) => void
  readonly vouchers: Vouchers
  /** A member says where it is now: itself, or through another one that passes it on. */
  readonly moved: (id: ServerId, uri: string, isPassedOn: boolean) => Promise<Json>
  readonly applied: Pick<Applied, 'index'>
  /** UTF-16 units of commands that are committed and not applied here yet. */
  readonly backlog: { readonly size: number }
  /** The disk has no room for more of the log. */
  readonly isFull: () => boolean
  /** Another process says that it is this very member, with the same folder. Throws what it is told. */
  readonly metItself: (other: Hello) => never
  readonly divergence: Pick<Divergence, 'digest' | 'parted'>
  readonly othersCalls: Pick<OthersCalls, 'run'>
}

/** What of the others waits at most for an answer of this member's core and disk. A leader's window is far below it. */
const WAITING_MAX = { calls: 1024, bytes: 64 * 1024 * 1024 }
/** The longest message of whoever has not said hello. Most of a hello are the names of a member's commands. */
const STRANGER_BYTES_MAX = 256 * 1024
/** Entries are taken while less than this waits to be applied. UTF-16 units. */
const APPLY_BACKLOG_MAX = 64 * 1024 * 1024

/** Each of Raft's requests is a method of its own. */
const REQUESTS: { readonly [T in Request['type']]: T } = {
  preVote: 'preVote',
  requestVote: 'requestVote',
  appendEntries: 'appendEntries',
  installSnapshot: 'installSnapshot',
  readIndex: 'readIndex',
  timeoutNow: 'timeoutNow',
}

/** Who speaks on a connection, and the configurations that were last seen to name it. */
interface Speaker {
  readonly hello: Hello
  /** Whether what has shown that it is a member counts still. Undefined: nothing was asked of it. */
  readonly isStill: (() => boolean) | undefined
  namedBy: RaftView['configurations'] | undefined
}

export class PeerDoor {
  readonly #greeted = new WeakMap<ConnectionContext, Speaker>()
  readonly #waiting: WaitingRequests
  #isClosed = false
  readonly #callersElsewhere: CallersElsewhere

  constructor(private readonly options: PeerDoorOptions) {
    this.#waiting = new WaitingRequests(options.take)
    this.#callersElsewhere = new CallersElsewhere(options.othersCalls)
  }

  get methods(): [MemberMethod, ExposedMethod][] {
    const door = (handler: Handler): ExposedMethod => ({
      kind: 'plain',
      handler,
      bytesMax: STRANGER_BYTES_MAX,
    })
    return [
      ['challenge', door((_, { connection }) => this.#challenge(connection))],
      ['hello', door(([json, said], context) => this.#hello(json, said, context))],
      ...Object.values(REQUESTS).map((type): [MemberMethod, ExposedMethod] => [
        type,
        door((params, context) => this.#request(type, params, context)),
      ]),
      ['vouch', door((params, context) => this.#vouch(params, context))],
      ['address', door(([uri, of], context) => this.#address(uri, of, context))],
      ['digest', door(([index], context) => this.#digest(index, 'results', context))],
      ['digestOfEvents', door(([index], context) => this.#digest(index, 'events', context))],
      ['parted', door((params, context) => this.#parted(params, context))],
      ['passedOn', door(([call], context) => this.#passedOn(call, context))],
    ]
  }

  #challenge(connection: ConnectionContext): Json {
    return this.options.door?.proof?.challenge(connection) ?? { nonce: '' }
  }

  #hello(json: Json | undefined, said: Json | undefined, { connection }: CallContext): Json {
    if (this.#isClosed) throw stopping()
    const other = readHello(json)
    const own = this.options.hello(other.id)
    // Whoever does not belong here learns nothing of those that do.
    const { door } = this.options
    const greeting = { by: other, json: membersOf(json) }
    const { isStill, nonces } = door ? judged(door, greeting, own.id, said, connection) : NOTHING_ASKED
    this.#judge(other, own)
    if (other.id === own.id && other.incarnation === own.incarnation) this.options.metItself(other)
    const speaker = { hello: other, isStill, namedBy: undefined }
    if (!this.#greeted.has(connection)) this.#hearOfEnd(connection, other.id)
    this.#greeted.set(connection, speaker)
    this.#favour(connection, speaker)
    this.options.greeted(other)
    const takesFrames =
      other.frames !== undefined && connection.takeFrames?.((content) => this.#frame(connection, content))
    const answer = helloToJson({ ...own, frames: takesFrames === true ? FRAMES_VERSION : undefined })
    const seal = nonces && door?.proof?.answer({ by: own, json: answer }, other.id, nonces)
    return seal === undefined ? answer : { ...membersOf(answer), seal }
  }

  #hearOfEnd(connection: ConnectionContext, id: ServerId): void {
    const gone = (): void => {
      if (!this.#isClosed) this.options.left(id)
    }
    connection.onEnd?.({ gone, isAtRest: () => true })
  }

  /** For as long as the speaker belongs to the cluster, and what it has shown counts. */
  #favour(connection: ConnectionContext, speaker: Speaker): void {
    connection.favour?.(() => {
      if (speaker.isStill?.() === false) return false
      try {
        this.#demandMember(speaker)
        return true
      } catch {
        return false
      }
    })
  }

  /**
   * A stranger is refused, and so is one that is pinned otherwise; what the others say of it counts for its next hello.
   */
  #judge(other: Hello, own: Hello): void {
    const { raft, vouchers } = this.options
    judgeCluster(other, own)
    try {
      judge(other, own, raft.view, vouchers.finding(other))
    } catch (error) {
      vouchers.inquire(other)
      throw error
    }
  }

  #vouch([id, drawn, index, term, roll]: readonly Json[], { connection }: CallContext): Json {
    this.#senderOn(connection, 'vouch')
    const about = [
      serverId(shortText(id, 'a member id')),
      incarnation(shortText(drawn, 'an incarnation')),
    ] as const
    const view = this.options.raft.view
    // A member of the build before does not say what it knows.
    if (index === undefined) return wordOn(...about, view)
    return wordTo({ ...readKnown(index, term), roll }, ...about, view)
  }

  /** `of` is there when it is about another member than the one that the hello has settled. */
  #address(uri: Json | undefined, of: Json | undefined, { connection }: CallContext): Promise<Json> {
    const sender = this.#senderOn(connection, 'address').id
    const id = of === undefined ? sender : serverId(shortText(of, 'a member id'))
    return this.options.moved(id, readMemberUri(id, uri), of !== undefined)
  }

  #digest(index: Json | undefined, of: Compared, { connection }: CallContext): Json {
    this.#senderOn(connection, 'digest')
    return this.options.divergence.digest(index, of)
  }

  #parted(params: readonly Json[], { connection }: CallContext): Json {
    this.#senderOn(connection, 'parted')
    return this.options.divergence.parted(params)
  }

  async #passedOn(call: Json | undefined, context: CallContext): Promise<JsonText> {
    this.#senderOn(context.connection, 'passedOn')
    return this.#callersElsewhere.run(call, context)
  }

  /** A connection may outlive its member's time in the cluster: who belongs is asked with each message. */
  #senderOn(connection: ConnectionContext, what: string): Hello {
    const speaker = this.#greeted.get(connection)
    if (speaker === undefined)
      throw withoutStack(
        () => new UnauthorizedError(`${what} is for members of the cluster: say hello first`),
      )
    if (speaker.isStill?.() === false) throw withoutStack(() => shownNoMore(speaker.hello.id, what))
    if (speaker.namedBy !== this.options.raft.view.configurations) {
      this.#demandMember(speaker)
      this.#favour(connection, speaker)
    }
    return speaker.hello
  }

  /**
   * The configurations are others than they were. A leader that is being removed leads until that is committed, and
   * says so. Whoever else is not named, because it was removed or because this member lags behind, is judged as if it
   * said hello now.
   */
  #demandMember(speaker: Speaker): void {
    const { hello, raft } = this.options
    const { configurations, leaderId } = raft.view
    const { id } = speaker.hello
    if (speaker.namedBy === configurations) return
    if (configurations.some((each) => membersIn(each).includes(id))) speaker.namedBy = configurations
    else if (leaderId !== id) this.#judge(speaker.hello, hello())
  }

  #request(type: Request['type'], [json]: readonly Json[], context: CallContext): Promise<Json> {
    const { connection, bytes = 0 } = context
    const from = this.#senderOn(connection, type)
    const message = readRequest(type, json)
    const sender = senderOf(message)
    if (sender !== from.id)
      throw withoutStack(() => new UnauthorizedError(`${type} in the name of ${sender} by ${from.id}`))
    return this.#enter(from, message, bytes, responseToJson)
  }

  /** Only AppendEntries comes so. */
  async #frame(connection: ConnectionContext, content: Uint8Array): Promise<readonly Uint8Array[]> {
    const from = this.#senderOn(connection, 'appendEntries')
    const message = readAppendEntries(content, from.id, this.options.runs)
    return this.#enter(from, message, content.length, writeAppendEntriesResponse)
  }

  #enter<T>(from: Hello, message: Request, bytes: number, written: (response: Response) => T): Promise<T> {
    const { type } = message
    const { raft, applied } = this.options
    if (this.#isClosed) throw stopping()
    if (type === 'timeoutNow' && this.options.isFull()) throw full()
    // A heartbeat always finds room: who hears no leader stands for election, which helps nobody here.
    const size = contentSize(message) === 0 ? 0 : bytes
    checkRoom(type, 'requests of members', this.#waiting, size, WAITING_MAX)
    if (size > 0 && raft.view.commitIndex > applied.index) this.#checkBacklog(type)
    return this.#waiting.pass(from, message, size).then(written)
  }

  #checkBacklog(type: Request['type']): void {
    const backlog = this.options.backlog.size
    if (type !== 'appendEntries' || backlog < APPLY_BACKLOG_MAX) return
    throw withoutStack(
      () =>
        new OverloadedError(
          `appendEntries was refused: ${backlog} units of committed commands are not applied here yet; send it again later`,
        ),
    )
  }

  get load(): Load {
    return { calls: this.#waiting.calls, bytes: this.#waiting.bytes }
  }

  answer({ exchange, message }: EffectOf<'reply'>): void {
    this.#waiting.takeOut(exchange)?.resolve(message)
  }

  /** This member's log pins another incarnation of the sender. */
  reject({ exchange }: EffectOf<'rejectPeer'>): void {
    const waiting = this.#waiting.takeOut(exchange)
    if (waiting === undefined) return
    const { from, reject } = waiting
    const { vouchers, raft } = this.options
    const isWiped = vouchers.finding(from) === 'wiped'
    if (!isWiped) vouchers.inquire(from)
    reject(isWiped ? wiped(from.id) : doubted(from.id, raft.view.id))
  }

  /** The replica ends: nothing that waits will be answered. */
  close(): void {
    this.#isClosed = true
    this.#waiting.end(stopping)
  }
}

function readKnown(index: Json, entered: Json | undefined): Known {
  return {
    configurationIndex: logIndex(whole(index, 'an index')),
    configurationTerm: term(whole(entered, 'a term')),
  }
}

const NOTHING_ASKED: Partial<Shown> = {}

/** It greets anew, if it has anything else to show. */
function shownNoMore(id: ServerId, what: string): UnauthorizedError {
  return new UnauthorizedError(
    `${what} was refused: the token or certificate by which ${id} had shown that it is a member counts no more here; say hello again`,
  )
}

/** Whoever hands over then looks for another one. */
function full(): OverloadedError {
  return new OverloadedError(
    'timeoutNow was refused: the disk of this member is full, and a leader needs room',
  )
}

function stopping(): OverloadedError {
  return new OverloadedError('this member is stopping: it takes nothing any more')
}
