/**
 * A call's promise, of which methods of the result can be called before that has come: `await
 * library.open('x').read()`. The second call is sent behind the first, and both take one round
 * trip. Where that can't be (the first has been sent already, or must be sent again), the second
 * waits for the first one's result as if it had been awaited.
 *
 * The promise is the one that the call has anyway: it gets a prototype whose missing members are methods, and the call
 * in a private field, so that whoever looks at it, logs it or compares it finds a promise.
 */
import type { Json } from '../../json.js'
import type { CallOptions } from '../proxies/call-options.js'
import { isAmbiguous, whyUncallable } from '../callable-names.js'
import { MethodNotFoundError, RollcallError } from '../errors.js'
import { isStub } from './imports.js'
import { referenceOf } from './references.js'
import { metOutside } from '../met-outside.js'
import { remoteMethod } from '../proxies/remote-method.js'
import { toWire } from '../wire-error.js'

/** Where a request was sent. */
export interface SentRequest {
  readonly id: number
  readonly peer: Following
}

/** The other end of a connection, to which a call was sent. */
export interface Following {
  /** `followed`: told what is to be said of the call itself when it is sent. */
  callFollowed(id: number, method: string, params: readonly unknown[], followed: Followable): Promise<unknown>
}

/** A call that others may follow. */
export class Followable {
  /** Undefined: nobody follows it, as nearly no call is followed. */
  #followers: ((sent: SentRequest | undefined) => void)[] | undefined
  #isClosed = false

  /** How many are to be told where it was sent. */
  get followers(): number {
    return this.#followers?.length ?? 0
  }

  /** Where it is sent, once it is; undefined: it was sent before this, or will not be in this way. */
  follow(): Promise<SentRequest | undefined> {
    if (this.#isClosed) return Promise.resolve(undefined)
    return new Promise((resolve) => (this.#followers ??= []).push(resolve))
  }

  /** It was sent, or not, and nobody follows it any more. */
  close(sent?: SentRequest): void {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const tell of this.#followers ?? []) tell(sent)
    this.#followers = undefined
  }
}

/** Of a call that was sent when it was made: what follows it waits for its result. */
const SENT_BEFORE = new Followable()
SENT_BEFORE.close()

/** Nothing but what it is given. */
class Given extends Object {
  constructor(given: object) {
    super()
    return given
  }
}

/** Puts the call into a field of the promise that nobody else sees. */
class Marked extends Given {
  readonly #call: Followable

  constructor(promise: object, call: Followable) {
    super(promise)
    this.#call = call
  }

  static callOf(value: object): Followable | undefined {
    return #call in value ? value.#call : undefined
  }
}

const missing: object = new Proxy(Object.create(Promise.prototype) as object, {
  get: (target, name, receiver): unknown => {
    if (typeof name === 'symbol' || name in target) return Reflect.get(target, name, receiver)
    if (whyUncallable(name) !== undefined || isAmbiguous(name)) return undefined
    if (!(receiver instanceof Promise) || !isFollowable(receiver)) return undefined
    return methodOf(Marked.callOf(receiver) ?? SENT_BEFORE, receiver, name)
  },
})
/** What every promise has, found without a look at what is missing. */
const own = ['constructor', 'then', 'catch', 'finally'].map(
  (name) => [name, Object.getOwnPropertyDescriptor(Promise.prototype, name) ?? {}] as const,
)
const PROTOTYPE = Object.create(missing, Object.fromEntries(own)) as object

function isFollowable(promise: object): boolean {
  return Object.getPrototypeOf(promise) === PROTOTYPE
}

/** One that is followable already stays as it is. `call` left out: it was sent when it was made, as nearly all are. */
export function followable<T>(promise: Promise<T>, call?: Followable): Promise<T> {
  if (isFollowable(promise)) return promise
  Object.setPrototypeOf(promise, PROTOTYPE)
  if (call !== undefined) new Marked(promise, call)
  return promise
}

function methodOf(followed: Followable, result: Promise<unknown>, name: string): unknown {
  const call = (method: string, params: readonly Json[], options?: CallOptions): Promise<unknown> => {
    const own = new Followable()
    // Who waits for the second alone hears of the first by it.
    result.catch(() => undefined)
    return followable(following(followed, result, { method, params, options }, own), own)
  }
  return remoteMethod(name, call, { name: 'its result' })
}

interface Call {
  readonly method: string
  readonly params: readonly Json[]
  readonly options: CallOptions | undefined
}

async function following(
  followed: Followable,
  result: Promise<unknown>,
  call: Call,
  own: Followable,
): Promise<unknown> {
  try {
    // What is said of one call goes along with it alone: its own time begins when the other one has ended.
    const sent = call.options === undefined ? await followed.follow() : undefined
    if (sent !== undefined) return await sent.peer.callFollowed(sent.id, call.method, call.params, own)
  } catch (error) {
    // It has surely not run: the first may have been sent again, and what it comes to says why.
    if (!(error instanceof RollcallError) || error.outcome !== 'not-executed') throw error
  }
  own.close()
  return callOf(await objectIn(result, call.method), call)
}

async function objectIn(result: Promise<unknown>, method: string): Promise<object> {
  let object: unknown
  try {
    object = await result
  } catch (cause) {
    throw refused(
      `${method} was not executed, as the call whose result has it failed: ${toWire(cause).message}`,
      cause,
    )
  }
  if (typeof object === 'object' && object !== null && hasMethods(object)) return object
  throw refused(
    `${method} was not executed: what the call before it has brought has no methods that can be called`,
  )
}

/**
 * It came over a connection, or stands for what is found by a name or a URI, which may be an object of this process.
 */
export function hasMethods(object: object): boolean {
  return isStub(object) || referenceOf(object) !== undefined
}

async function callOf(object: object, { method, params, options }: Call): Promise<unknown> {
  const remote: unknown = Reflect.get(object, method)
  if (typeof remote !== 'function') throw refused(`${method} was not executed: there is no such method`)
  const told: unknown = options === undefined ? undefined : Reflect.get(remote, 'with')
  // An object of this process itself is told nothing beside its arguments.
  const run: unknown = typeof told === 'function' ? Reflect.apply(told, remote, [options]) : remote
  return (await Reflect.apply(run as () => unknown, object, params)) as unknown
}

function refused(sentence: string, cause?: unknown): MethodNotFoundError {
  const error = new MethodNotFoundError(sentence, { cause })
  metOutside(error)
  return error
}
