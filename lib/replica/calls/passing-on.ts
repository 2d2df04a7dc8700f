/**
 * Commands that a client can't bring to the leader itself, and asks this member to pass on, by `meta.via`. Each is sent
 * once, as it came, and never says so again: whoever gets it does not pass it on.
 */
import { membersOf, type Json } from '../../json.js'
import type { Clock, Logger, Random, Transport } from '../../ports.js'
import { uriIn } from '../../raft/quorum.js'
import type { RaftView } from '../../raft/types.js'
import type { RawCall } from '../../rpc/channels/connection-options.js'
import { Connection } from '../../rpc/channels/connection.js'
import { NoQuorumError, UnauthorizedError, UnreachableError, type NotLeaderError } from '../../rpc/errors.js'
import type { CallContext } from '../../rpc/exposed.js'
import { parseUri, uri } from '../../rpc/uri.js'
import { checkShare, Holders, type BudgetLimits } from '../guards/budget.js'

export interface PassingOnOptions {
  readonly clock: Clock
  readonly random: Random
  readonly transport: Transport
  readonly logger: Logger
  readonly view: () => Pick<RaftView, 'id' | 'leaderId' | 'configuration' | 'clusterId'>
  readonly notLeader: () => NotLeaderError
}

/** Below what a member reads of one connection at a time, so that its pings are read. */
const PASSED_ON_MAX: BudgetLimits = { calls: 1_000, bytes: 64 * 1024 * 1024 }
const CONNECT_MS = 1_000

/** A leader, and what is under way to it. */
interface Way {
  readonly connection: Connection
  calls: number
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
    return this.#send(leader, name, params, context).finally(() => budget.leave(bytes))
  }

  end(): void {
    for (const { connection } of this.#ways.values()) connection.close()
    this.#ways.clear()
  }

  async #send(leader: string, name: string, params: readonly Json[], context: CallContext): Promise<Json> {
    const way = this.#wayTo(leader)
    const { via: _, ...meta } = context.meta
    const { deadline } = context
    way.calls += 1
    try {
      return await way.connection.call(name, params, { meta, ...(deadline !== undefined && { deadline }) })
    } catch (error) {
      if (!(error instanceof UnreachableError)) throw error
      throw new NoQuorumError(`${name} could not be passed on to ${leader}: ${error.message}`, {
        cause: error,
      })
    } finally {
      way.calls -= 1
      if (way.calls === 0 && leader !== this.#leader) this.#leave(leader, way)
    }
  }

  /** The URI of whoever else leads, as far as this member knows. */
  get #leader(): string | undefined {
    const { id, leaderId, configuration } = this.#options.view()
    return leaderId === undefined || leaderId === id ? undefined : uriIn(configuration, leaderId)
  }

  #wayTo(leader: string): Way {
    const known = this.#ways.get(leader)
    if (known !== undefined) return known
    const { address } = parseUri(uri(leader))
    const hello = (call: RawCall): Promise<void> => this.#greet(call, leader)
    const connection = new Connection({ ...this.#options, address, connectTimeoutMs: CONNECT_MS, hello })
    const way = { connection, calls: 0 }
    this.#ways.set(leader, way)
    return way
  }

  /** An address can have another process by now. */
  async #greet(call: RawCall, leader: string): Promise<void> {
    const { clusterId } = membersOf(await this.#asked(call, leader))
    if (clusterId === this.#options.view().clusterId) return
    throw new UnreachableError(`whoever is at ${leader} does not belong to this cluster`)
  }

  /** Where callers must be known, it is the member itself that is not: the caller was not judged. */
  async #asked(call: RawCall, leader: string): Promise<Json> {
    try {
      return await call('daemon.hello', [])
    } catch (error) {
      if (!(error instanceof UnauthorizedError)) throw error
      throw new UnreachableError(`${leader} takes no calls that are passed on to it`, { cause: error })
    }
  }

  #leave(leader: string, { connection }: Way): void {
    this.#ways.delete(leader)
    connection.close()
  }
}
