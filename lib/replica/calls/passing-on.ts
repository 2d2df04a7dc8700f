/**
 * Commands that a client can't bring to the leader itself, and asks this member to pass on, by `meta.via`. Each is sent
 * once, with all that its caller has shown here, by which the leader judges it; and it never says `via` again: whoever
 * gets it does not pass it on.
 */
import { withoutUndefined, type Json } from '../../json.js'
import { ms, type Clock, type Logger, type Ms, type Random, type Transport } from '../../ports.js'
import { uriIn } from '../../raft/quorum.js'
import type { RaftView, ServerId } from '../../raft/types.js'
import type { RawCall, WhoIsThere } from '../../rpc/channels/connection-options.js'
import { Connection } from '../../rpc/channels/connection.js'
import {
  MethodNotFoundError,
  NoQuorumError,
  RollcallError,
  UnauthorizedError,
  UnreachableError,
  type NotLeaderError,
} from '../../rpc/errors.js'
import type { CallContext, CallMeta } from '../../rpc/exposed.js'
import { parseUri, uri } from '../../rpc/uri.js'
import { checkShare, Holders, type BudgetLimits } from '../guards/budget.js'
import { passedOnToJson, resultIn, type OthersCalls, type PassedOnCall } from '../guards/passed-on.js'
import { CALL_BUDGET_MS } from '../guards/too-late.js'

export interface PassingOnOptions {
  readonly clock: Clock
  readonly random: Random
  readonly transport: Transport
  readonly logger: Logger
  readonly view: () => Pick<RaftView, 'id' | 'leaderId' | 'configuration'>
  readonly notLeader: () => NotLeaderError
  /**
   * What a connection to another member begins with; `place`: where it should be. `isStill`: whether what that one has
   * shown counts still; undefined: nothing was asked of it.
   */
  readonly greet: (
    call: RawCall,
    wanted: WhoIsThere & { readonly id: ServerId; readonly place: string },
  ) => Promise<{ readonly isStill?: () => boolean }>
  readonly othersCalls: Pick<OthersCalls, 'shown' | 'isOpen'>
}

/** Below what a member reads of one connection at a time, so that its pings are read. */
const PASSED_ON_MAX: BudgetLimits = { calls: 1_000, bytes: 64 * 1024 * 1024 }
const CONNECT_MS = 1_000
/** What whoever brings no token shows to a leader that is not told who he is: he counts as nobody, where that is asked. */
const NOBODYS_TOKEN = 'nobody'

interface Leader {
  readonly id: ServerId
  readonly uri: string
}

/** A leader, and what is under way to it. */
interface Way {
  readonly leader: Leader
  readonly connection: Connection
  calls: number
  /** As of the connection's greeting. */
  isStill: (() => boolean) | undefined
  /** It is of a build that knows nothing of calls of others. */
  isOlder: boolean
}

/** A call as it goes to the leader. */
interface Passed extends Omit<PassedOnCall, 'meta'> {
  readonly meta: CallMeta
  readonly deadline: Ms
}

export class PassingOn {
  readonly #options: PassingOnOptions
  readonly #holders = new Holders()
  /** By the leader's URI. */
  readonly #ways = new Map<string, Way>()

  constructor(options: PassingOnOptions) {
    this.#options = options
  }

  /** Resolves or rejects as the leader answers. @throws NotLeaderError, OverloadedError */
  pass(name: string, params: readonly Json[], context: CallContext): Promise<Json> {
    const leader = this.#leader
    if (leader === undefined) throw this.#options.notLeader()
    const { connection, bytes = 0 } = context
    const budget = this.#holders.of(connection)
    checkShare(name, 'calls to be passed on', this.#holders, budget, bytes, PASSED_ON_MAX)
    budget.enter(bytes)
    return this.#send(this.#wayTo(leader), name, params, context).finally(() => budget.leave(bytes))
  }

  end(): void {
    for (const { connection } of this.#ways.values()) connection.close()
    this.#ways.clear()
  }

  async #send(way: Way, method: string, params: readonly Json[], context: CallContext): Promise<Json> {
    const { clock, othersCalls } = this.#options
    const deadline = context.deadline ?? ms(clock.now() + CALL_BUDGET_MS)
    const { via: _, ...meta } = { ...context.meta, timeoutMs: Math.max(0, deadline - clock.now()) }
    const call = { method, params, meta, deadline, shown: othersCalls.shown(context) }
    way.calls += 1
    try {
      return await (way.isOlder ? this.#askStraight(way, call) : this.#ask(way, call))
    } finally {
      way.calls -= 1
      if (way.calls === 0 && way.leader.uri !== this.#leader?.uri) this.#leave(way)
    }
  }

  async #ask(way: Way, call: Passed): Promise<Json> {
    const answer = await this.#answerTo(way, call)
    return answer === undefined ? this.#askStraight(way, call) : resultIn(answer)
  }

  /**
   * The call's own error comes in the answer: what fails here is the way to the leader. Undefined: it knows no calls of
   * others, and nobody asks whose they are.
   */
  async #answerTo(way: Way, { deadline, meta, ...call }: Passed): Promise<Json | undefined> {
    const { connection, leader } = way
    const passedOn = passedOnToJson({ ...call, meta: withoutUndefined({ ...meta }) })
    try {
      return await connection.call(`${leader.id}.passedOn`, [passedOn], { deadline })
    } catch (error) {
      if (!(error instanceof RollcallError) || error.outcome !== 'not-executed') throw error
      way.isOlder = error instanceof MethodNotFoundError && this.#options.othersCalls.isOpen
      if (way.isOlder) return undefined
      // What this member has shown there does not count any more: it shows it anew.
      if (error instanceof UnauthorizedError) this.#leave(way)
      throw notPassedOn(call.method, leader, error)
    }
  }

  /** As builds did that knew nothing else. What this member has shown there is not its callers'. */
  async #askStraight({ connection, leader }: Way, { method, params, meta, deadline }: Passed): Promise<Json> {
    const { token = NOBODYS_TOKEN } = meta
    try {
      return await connection.call(method, params, { meta: { ...meta, token }, deadline })
    } catch (error) {
      throw error instanceof UnreachableError ? notPassedOn(method, leader, error) : error
    }
  }

  /** Whoever else leads, as far as this member knows. */
  get #leader(): Leader | undefined {
    const { id, leaderId, configuration } = this.#options.view()
    if (leaderId === undefined || leaderId === id) return undefined
    const uri = uriIn(configuration, leaderId)
    return uri === undefined ? undefined : { id: leaderId, uri }
  }

  #wayTo(leader: Leader): Way {
    const known = this.#ways.get(leader.uri)
    if (known !== undefined && known.isStill?.() !== false) return known
    if (known !== undefined) this.#leave(known)
    const { address } = parseUri(uri(leader.uri))
    const hello = async (call: RawCall, { certificate }: WhoIsThere): Promise<void> => {
      way.isStill = await this.#greet(call, { id: leader.id, place: leader.uri, certificate })
    }
    const connection = new Connection({
      ...this.#options,
      address,
      connectTimeoutMs: CONNECT_MS,
      hello,
      // The one that is silent may have been so for the others, too: then another one leads, or nobody is believed to.
      isReplaced: () => Promise.resolve(leader.uri !== this.#leader?.uri),
    })
    const way: Way = { leader, connection, calls: 0, isStill: undefined, isOlder: false }
    this.#ways.set(leader.uri, way)
    return way
  }

  /** Where there is no understanding, it is with this member: nobody has judged the caller. */
  async #greet(...greeting: Parameters<PassingOnOptions['greet']>): Promise<Way['isStill']> {
    try {
      return (await this.#options.greet(...greeting)).isStill
    } catch (error) {
      if (!(error instanceof UnauthorizedError)) throw error
      throw new UnreachableError(error.message, { cause: error })
    }
  }

  #leave(way: Way): void {
    const { leader, connection } = way
    if (this.#ways.get(leader.uri) === way) this.#ways.delete(leader.uri)
    connection.close()
  }
}

function notPassedOn(method: string, { uri }: Leader, cause: RollcallError): NoQuorumError {
  return new NoQuorumError(`${method} could not be passed on to ${uri}: ${cause.message}`, { cause })
}
