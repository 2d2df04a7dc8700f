/**
 * A data folder that was copied, and both run. Each process writes down a start of its own, so that they can tell each
 * other apart; a member that is not where the configuration says asks there whether it is there already, as another
 * process.
 */
import type { Clock, Logger, PeerCertificate, Random, Timer, Transport } from '../../ports.js'
import { ms } from '../../ports.js'
import { uriIn, votersOf } from '../../raft/quorum.js'
import { isGoneOn } from '../../raft/starts.js'
import type { RaftView } from '../../raft/types.js'
import { Connection } from '../../rpc/channels/connection.js'
import type { RawCall } from '../../rpc/channels/connection-options.js'
import { RollcallError } from '../../rpc/errors.js'
import { parseUri } from '../../rpc/uri.js'
import type { Hello } from './hello.js'
import { greeted, type MemberDoor } from './proof.js'
import { saysGivesWay, saysRunTwice } from './hello-refusals.js'

/** What a process does of which another one says that it is the same member. */
export type Encounter =
  /** It is this very process that speaks. */
  | 'itself'
  /**
   * The other one ends: this one was started later, or has acknowledged what is not in the other one's folder, or
   * nowhere else.
   */
  | 'stays'
  /** The later one goes on, once this one does not lead any more. */
  | 'handsOver'
  /** The later one goes on: this one ends. */
  | 'givesWay'

/** `own`: this process, of which `view` is; `other`: one of the same member with the same incarnation. */
export function encounter(own: Hello, other: Hello, view: RaftView): Encounter {
  const speaking = other.starts?.at(-1)
  if (speaking !== undefined && speaking === own.starts?.at(-1)) return 'itself'
  const isLater = speaking !== undefined && own.starts !== undefined && !own.starts.includes(speaking)
  const isAlone = votersOf(view.configuration).every((voter) => voter === own.id)
  const isWhole = isGoneOn(view.starts.get(own.id), other.starts, view.commitIndex)
  if (!isLater || isAlone || !isWhole) return 'stays'
  return view.role === 'leader' ? 'handsOver' : 'givesWay'
}

export interface FormerPlaceOptions {
  /** Where this process listens. */
  readonly uri: string
  readonly view: () => RaftView
  readonly hello: () => Hello
  readonly door?: MemberDoor | undefined
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly transport: Transport
  /** Another process of this member runs at that URI, and goes on. */
  readonly metAnother: (uri: string) => void
}

const ANSWER_MS = 1000
const PAUSE_MS = 1000
/** Where nobody has answered for so long nobody is. */
const TRIES_MAX = 60

/** Asks where the configuration says that this member is, until it is settled that no other process is it there. */
export class FormerPlace {
  readonly #options: FormerPlaceOptions
  #connection: Connection | undefined
  #timer: Timer | undefined
  #hasEnded = false
  #hasTold = false

  constructor(options: FormerPlaceOptions) {
    this.#options = options
  }

  /** To be called once, at the start. */
  look(): void {
    const { uri, view, clock, random, logger, transport } = this.#options
    const { id, configurations } = view()
    const place = configurations.map((each) => uriIn(each, id)).find((each) => each !== uri)
    if (place === undefined) return
    const { address } = parseUri(place)
    this.#connection = new Connection({
      address,
      transport,
      clock,
      random,
      logger,
      connectTimeoutMs: ANSWER_MS,
    })
    void this.#ask(place, this.#connection, TRIES_MAX)
  }

  end(): void {
    this.#hasEnded = true
    this.#timer?.cancel()
    this.#connection?.close()
  }

  async #ask(place: string, connection: Connection, tries: number): Promise<void> {
    const isSettled = await this.#isSettled(place, connection)
    if (this.#hasEnded) return
    if (isSettled || tries === 1) {
      this.end()
      return
    }
    const again = (): void => void this.#ask(place, connection, tries - 1)
    this.#timer = this.#options.clock.after(ms(PAUSE_MS), again)
  }

  async #isSettled(place: string, connection: Connection): Promise<boolean> {
    const own = this.#options.hello()
    try {
      const call: RawCall = (method, params) => connection.call(method, params, { timeoutMs: ANSWER_MS })
      const certificate = await this.#certificateOf(connection, call)
      const { hello } = await greeted(call, { id: own.id, certificate }, own, this.#options.door)
      this.#judge(place, own, hello)
      return true
    } catch (error) {
      if (saysRunTwice(error, own.id) && !this.#hasEnded) this.#options.metAnother(place)
      if (saysGivesWay(error, own.id)) this.#tell(place, own.id)
      return error instanceof RollcallError && error.retry === 'never'
    }
  }

  /** Of whoever is there, where that is by what he shows himself: he is connected to by the first call. */
  async #certificateOf(connection: Connection, call: RawCall): Promise<PeerCertificate | undefined> {
    const { door } = this.#options
    if (door === undefined || door.proof !== undefined) return undefined
    if (connection.link === undefined) await call('daemon.ping', [])
    return connection.link?.certificate
  }

  #tell(place: string, id: string): void {
    if (this.#hasTold) return
    this.#hasTold = true
    this.#options.logger.warn(
      `another process that was started earlier ran ${id} at ${place}, on another copy of this data folder: that one ends, and ` +
        `this one goes on. Delete the other folder, and see that no service starts it again`,
    )
  }

  /** A build that does not tell its processes apart greets this one as if it were another member. */
  #judge(place: string, own: Hello, { id, incarnation }: Hello): void {
    if (id === own.id && incarnation === own.incarnation) this.#options.metAnother(place)
  }
}
