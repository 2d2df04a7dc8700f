/** What is exposed, and how it is called: the words that connections, hosts and objects have in common. */
import type { Json, JsonObject } from '../json.js'
import type { Ms, OnEnd, PeerCertificate } from '../ports.js'
import type { Need } from '../roles.js'
import type { RollcallError } from './errors.js'
import type { Pointers } from '../values/tags.js'

/** Of the forms of `lib/values/tags.ts`. */
export const TAGS_VERSION = 1 as const

/** Where a call came from. The object's identity is the connection's; each HTTP exchange is a connection of its own. */
export interface ConnectionContext {
  readonly kind: 'lines' | 'websocket' | 'http'
  /** The other end, for logs: `127.0.0.1:53112`. */
  readonly remote: string
  /** The other end's, signed by an authority that this side trusts. Absent: it has shown none. */
  readonly peerCertificate?: PeerCertificate | undefined
  /** The request of HTTP that it is: what was found out of whoever has sent that holds of it. Absent: it is none. */
  readonly request?: object
  /** The token of the request of HTTP that it is, or began with. Absent: there was none. */
  readonly bearer?: string | undefined
  /**
   * The other end is a fellow, who has shown who it is: its calls need not wait for others', and may be long. Absent:
   * they can't. `isStill` is asked with each message, until it says no. Default: it is one for good.
   */
  favour?(isStill?: () => boolean): void
  readonly isFavoured?: boolean
  /**
   * From now on its other end may send frames, of which each is answered by what `answer` comes to, or by an error in
   * JSON. False: it carries none. Absent: the same.
   */
  takeFrames?(answer: AnswerFrame): boolean
  /** It is found out who is there: until that is known no more is read, where it was not. Absent: it is read on. */
  judged?(judging: Promise<void>): void
  /** Told how its calls come on. Absent: nobody wants to know. */
  readonly calls?: CallsUnderWay
  /** Its other end takes no more calls, but answers those that it has. Absent: this end has not opened it. */
  readonly retire?: (() => void) | undefined
  /** Why none of its calls is taken. Absent: they are. */
  readonly refusal?: RollcallError | undefined
  /** Nobody reads results any more. Absent: that is not known. */
  readonly isGone?: boolean
  /** The other end has said that it reads tags, so that results may have them. Default: it has not. */
  readsTags?: boolean
  /** For whoever keeps something for it. Absent: its end is not known. */
  readonly onEnd?: OnEnd
  /** Something may be kept for it by somebody who does not say when it is kept no more. Absent: nothing is. */
  isKept?: boolean
  /** Nothing is kept for it that would be lost with it, beside the call that asks. Absent: something may be. */
  readonly isAtRest?: boolean
  /** Its other end. Absent: there is no way back to it. */
  readonly peer?: OtherEnd
  /** Its calls that are given up. Absent: they can't be. */
  readonly cancellations?: GivenUp
  /** Its calls whose results are called before they have come. Absent: they can't be. */
  readonly followed?: Followed
}

/** Runs a call that has come as a frame: from what it says to what its answer says, in pieces. */
export type AnswerFrame = (content: Uint8Array) => Promise<readonly Uint8Array[]>

/** The calls that came over one connection. */
export interface CallsUnderWay {
  /** A call begins to run. */
  began(isCommand: boolean): void
  /** That call has its outcome. */
  ended(wasCommand: boolean): void
  /** Runs what writes a result and tells its length, now or soon. */
  result(write: () => number): void
}

/** The other end of a lasting connection: it can be called, and handed things that it calls. */
export interface OtherEnd {
  /** For what one message to it holds, or one of its own. `isOfCall`: that one is a call. Default false. */
  parcel(isOfCall?: boolean): Pointers & { takeBack(): void; leave(): void }
  /** How an object of this end can be called by it. */
  exposed(value: object): ExposedObject | undefined
  /** The method of what was handed to it: `$3.call`. */
  find(name: string): ExposedMethod | undefined
  /** It lets go of what was handed to it: a list of ids, or of `[id, times]`. */
  release(ids: Json | undefined): void
  /**
   * How far its call of that id has come. Left out where it reads too slowly. @throws TypeError for a value that can't be
   * written down, TooLargeError
   */
  report(id: Json, value: unknown, readsTags: boolean): void
}

/** Calls whose results others of the same connection name. */
export interface Followed {
  /**
   * The call of that id has begun, and comes to `value`, which so many others will ask
   * for. `admission`: of its caller, while that is judged.
   */
  began(id: Json | undefined, followers: number, value: Promise<unknown>, admission?: Promise<unknown>): void
  /** The method that `@5.read` names. */
  find(name: string): ExposedMethod
}

/** Calls that are given up by whoever made them. */
export interface GivenUp {
  /**
   * Calls `hearer` once when the call of that id is given up, or at once when it has been.
   * What is returned ends the listening.
   */
  hear(id: Json | undefined, hearer: () => void): () => void
  /** A list of ids. */
  cancel(ids: Json | undefined): void
}

/** The member `meta` beside `params`, validated. */
export interface CallMeta {
  readonly session?: string
  /** From 1, each used once in its session. */
  readonly seq?: number
  /** Results below this sequence number may be forgotten. */
  readonly firstOutstanding?: number
  /** The caller's budget, in milliseconds from receipt. */
  readonly timeoutMs?: number
  /** Default `linearizable`. */
  readonly consistency?: 'linearizable' | 'follower' | 'stale'
  /** W3C Trace Context. */
  readonly traceparent?: string
  /** What tells all calls that belong together, in logs: handed on to calls that are made for this one. */
  readonly correlationId?: string
  /** Whatever else the caller says beside the params: `{ tenant: 'a' }`. At most 8,192 characters of JSON. */
  readonly annotations?: JsonObject
  readonly token?: string
  /**
   * In a batch: when it begins, after those before it in the batch; it does not, where one of them is to be sent again.
   * Absent, and where it stands alone: at once. Never told to a handler.
   */
  readonly inOrder?: InOrder
  /**
   * So many calls of this connection, which follow this one, call its result as `@ID.method`. Never told to a handler.
   */
  readonly followers?: number
  /**
   * 1: the params have tags; 0: they have none. With either the caller reads tags on its
   * connection. Never told to a handler.
   */
  readonly tags?: 0 | 1
  /** The caller wants to hear how far it has come. */
  readonly progress?: 1
  /** The caller can't reach the leader: a member that does not lead passes it on. */
  readonly via?: 1
}

/** When those before have begun, or when they have been answered. */
export type InOrder = 'begun' | 'ended'

export interface CallContext {
  /** As the caller has numbered it. Absent: it is not answered, or did not come in a message. */
  readonly id?: Json | undefined
  readonly connection: ConnectionContext
  readonly meta: CallMeta
  /** When the caller's budget ends, on `clock.now()`. */
  readonly deadline: Ms | undefined
  /** The length of the message that it came in; of a batch, its share. Absent: it did not come in a message. */
  readonly bytes?: number
  /** Who calls, as the process's own hook has judged. Absent: nobody has. */
  readonly identity?: unknown
}

/** What an answer may say beside its result, as its member `meta`. */
export interface AnswerMeta {
  /** The data is as it was after this index of the log. */
  readonly appliedIndex: number
  /**
   * How long ago the member last knew that nothing newer had been committed, in milliseconds; null: it never knew. The
   * way of the answer back to the caller comes on top.
   */
  readonly ageMs: number | null
}

/** An answer's member `meta` as it is written. */
export type WrittenMeta = Partial<AnswerMeta> & {
  /** The result has tags. */
  readonly tags?: 1
}

/** A result that has been written out already. */
export class JsonText {
  /** `bytes`: of its UTF-8, where that was counted. */
  constructor(
    readonly text: string,
    readonly bytes?: number,
  ) {}
}

/** What a handler returns that has more to say than its result. */
export class Answer {
  constructor(
    readonly result: Json | JsonText,
    readonly meta: AnswerMeta,
  ) {}
}

/**
 * Runs one call. The value, or what the promise brings, is the result; undefined is sent as null, and an {@link Answer}
 * or a {@link JsonText} as what it holds.
 */
export type Handler = (params: readonly Json[], context: CallContext) => unknown

/** `command` and `query` belong to replicated objects: through the log, or a read that changes nothing. */
export type MethodKind = 'plain' | 'command' | 'query'

export interface ExposedMethod {
  readonly kind: MethodKind
  readonly handler: Handler
  /** Throws, or rejects, where this caller may not call it, before its params are read. Absent: everybody may. */
  readonly admits?: (context: CallContext) => unknown
  /** What it asks of its caller, where that is judged. Default: by its kind, as `lib/roles.ts` has it. */
  readonly needs?: Need
  /**
   * The longest message that may call it, but a fellow's. Bytes, from 64 KiB on. Default: the limit of every message.
   */
  readonly bytesMax?: number
  /** What it is to its callers beside a method. Default: a method that is waited for. */
  readonly form?: MethodForm
  /** How many parameters it has, where it always has as many. Default: that is not known. */
  readonly params?: number
  /**
   * In place of `handler`, for params with tags: its results may have some, too. Absent: it takes and gives JSON alone.
   */
  readonly ofValues?: (params: readonly unknown[], context: CallContext) => unknown
  /** JSON Schemas of its params, for those who read JSON alone. Absent: nobody has said what they must be. */
  readonly accepts?: () => readonly Json[]
  /** The names of its params: a call that brings more of them is refused. Absent: it takes as many as come. */
  readonly parameters?: readonly string[]
}

/** `attribute`: what a getter reads, called without params. `oneway`: nobody waits until it has ended. */
export type MethodForm = 'attribute' | 'oneway'

export interface ExposedObject {
  readonly methods: ReadonlyMap<string, ExposedMethod>
  /** Of a replicated object: the id of its cluster, null while it has none yet. Its commands take sessions there. */
  readonly cluster?: () => string | null
  /**
   * Why a method of that name can't be called, and what its author can do about it: a
   * sentence. Undefined: there is none such.
   */
  readonly whyNot?: (method: string) => string | undefined
}

export interface MethodDescription extends Pick<ExposedMethod, 'kind' | 'form' | 'params'> {
  readonly name: string
  /** It takes and gives values of all kinds, with tags. Told to those who read them. */
  readonly tags?: 1
  /** What each of its params must be, as JSON Schemas. Told to those who read JSON alone. */
  readonly accepts?: readonly Json[]
}

/** The same under its name. */
export type MethodSaid = Omit<MethodDescription, 'name' | 'accepts'> & {
  /** What it has brought of late: an object of the other end, or something else. Absent: it has not been called. */
  brings?: 'object' | 'value'
}

export interface ObjectDescription {
  readonly methods: readonly MethodDescription[]
  /** The id of the cluster that replicates the object; null while it has none yet. */
  readonly cluster?: string | null
}

/** What a process says of itself to those who greet it. */
export interface Identity {
  /** The cluster's name, as in `--cluster`. */
  readonly cluster: string
  /** Null: it does not know it yet. */
  readonly clusterId: string | null
  /** The newest that it has heard of. A member that has just started does not know yet whether it holds. */
  readonly clusterIdInLog: string | null
  /** The member's id. */
  readonly member: string
  /** The URIs of all members. */
  readonly members: readonly string[]
}
