/** The way out to the other members: connections to each, which say hello before anything else. */
import type { Json } from '../../json.js'
import type { Timer } from '../../ports.js'
import { ms } from '../../ports.js'
import type { AppendEntries, Request, Response, ServerId } from '../../raft/types.js'
import { contentSize, LONG_SIZE } from '../../raft/log.js'
import { membersOf, uriIn } from '../../raft/quorum.js'
import { UnauthorizedError, UnreachableError, type RollcallError } from '../../rpc/errors.js'
import { parseUri } from '../../rpc/uri.js'
import { areOfCommands, readAppendEntriesResponse, writeAppendEntries } from './append-frames.js'
import { Knocks } from './deserted.js'
import type { Hello } from './hello.js'
import { isNamed } from './hello.js'
import { isThere } from './hello-refusals.js'
import type { Lane } from './lanes.js'
import { readResponse, requestToJson } from './messages.js'
import type { PeerLoad } from '../guards/budget.js'
import { peerAt, type Peer, type PeerOptions } from './peer.js'
import { PeerGreetings } from './peer-greetings.js'
import type { LinkHooks, Outgoing, PeerLinks } from './peer-links.js'
import { Whereabouts } from './whereabouts.js'

export interface PeersOptions extends LinkHooks, PeerOptions {}

/**
 * What a request has beyond its time, by what it may have to wait for: entries are not sent again while they are on
 * their way.
 */
const SLOWEST_BYTES_PER_MS = 20

/**
 * A follower that has all entries is told last how far they are committed. Where commands keep coming the next entries
 * say it, too: it waits for them, and for no longer than this. Milliseconds.
 */
const COMMIT_NEWS_MS = 2

export class Peers implements PeerLinks {
  readonly #peers = new Map<ServerId, Peer>()
  /** Those whose address is the right one as long as nobody says otherwise: the configuration, or they themselves. */
  readonly #settled = new Map<ServerId, Peer>()
  readonly #greetings: PeerGreetings
  readonly #knocks: Knocks
  #closed = false
  #newsTimer: Timer | undefined

  readonly #whereabouts: Whereabouts
  #members: readonly ServerId[]

  constructor(private readonly options: PeersOptions) {
    this.#whereabouts = new Whereabouts(options.view, options.elsewhere)
    this.#members = membersOf(options.view().configuration)
    this.#greetings = new PeerGreetings(options, this.#peers, (id) => this.ask(id, 'isLeader', []))
    const { transport, clock, silenceMs: patienceMs } = options
    this.#knocks = new Knocks({ transport, clock, patienceMs })
  }

  send({ to, message }: Outgoing): void {
    const known = this.#settled.get(to) ?? this.#peer(to)
    const isOver = this.options.door !== undefined && isShownNoMore(known)
    const peer = isOver ? this.#peer(to) : known
    if (peer === undefined) return
    const isAppend = message.type === 'appendEntries'
    if (isAppend && this.#canWait(peer, message)) return
    const bytes = contentSize(message)
    // The core goes back to what it knows to have arrived, and tries again when the peer answers a heartbeat.
    if (!peer.window.admits(bytes)) return this.options.take({ type: 'peerUnreachable', peer: to })
    if (isAppend) {
      peer.term = message.term
      peer.round = message.round
      peer.commitNews = undefined
    }
    const lane = bytes === 0 ? peer.lanes.quick : laneFor(peer, bytes)
    this.#call({ to, message }, peer, lane, bytes).then(
      (read) => this.#answered(to, lane, message.type, read),
      (error: unknown) => this.#unanswered(to, peer, error),
    )
  }

  /** Whether all that it says is how far the log is committed. It takes the place of what has waited for that. */
  #canWait(peer: Peer, message: AppendEntries): boolean {
    const { entries, term, round } = message
    if (entries.length > 0 || round !== peer.round || term !== peer.term) return false
    const due = peer.commitNews?.due ?? this.options.clock.now() + COMMIT_NEWS_MS
    peer.commitNews = { message, due }
    this.#newsTimer ??= this.options.clock.after(ms(COMMIT_NEWS_MS), () => this.#sendNews())
    return true
  }

  #sendNews(): void {
    this.#newsTimer = undefined
    if (this.#closed) return
    const now = this.options.clock.now()
    let next = Infinity
    for (const [id, peer] of this.#peers) {
      const { commitNews } = peer
      if (commitNews === undefined) continue
      if (commitNews.due > now) next = Math.min(next, commitNews.due)
      else {
        // Of a round that nothing was said in, it does not wait.
        peer.round = -1
        this.send({ to: id, message: commitNews.message })
      }
    }
    if (next < Infinity)
      this.#newsTimer = this.options.clock.after(ms(Math.ceil(next - now)), () => this.#sendNews())
  }

  /** Resolves with what reads the answer. */
  async #call({ to, message }: Outgoing, peer: Peer, lane: Lane, bytes: number): Promise<() => Response> {
    const { connection, speaksFrames } = lane
    const method = `${to}.${message.type}`
    const timeoutMs = this.options.requestTimeoutMs + peer.window.bytes / SLOWEST_BYTES_PER_MS
    if (bytes > 0) lane.underWay += 1
    try {
      // Where it has to wait for a connection, nobody knows who will be there.
      const link = speaksFrames && connection.state === 'open' ? connection.link : undefined
      if (link !== undefined && message.type === 'appendEntries' && areOfCommands(message.entries)) {
        const content = writeAppendEntries(message, this.options.runs)
        const answer = await link.callFrame(method, content, timeoutMs)
        return () => readAppendEntriesResponse(answer)
      }
      const answer = await connection.call(method, [requestToJson(message)], { timeoutMs })
      return () => readResponse(message.type, answer)
    } finally {
      peer.window.leave(bytes)
      if (bytes > 0) lane.underWay -= 1
    }
  }

  moved(id: ServerId, uri: string): void {
    this.#settled.clear()
    this.#whereabouts.moved(id, uri)
  }

  /**
   * Who has become a member may have been one before, with another folder: what is still on its way from that one must
   * not be taken for the newcomer's word, which settles who counts under its id.
   */
  configurationChanged(): void {
    this.#settled.clear()
    const before = this.#members
    this.#members = membersOf(this.options.view().configuration)
    for (const id of this.#members.filter((member) => !before.includes(member))) {
      this.#peers.get(id)?.lanes.close()
      this.#peers.delete(id)
    }
  }

  /** A leader speaks to those that were removed until they know; whoever does not lead, to nobody else. */
  forgetDeparted(): void {
    const view = this.options.view()
    for (const [id, { lanes }] of this.#peers) {
      if (isNamed(id, view) || view.progress.has(id)) continue
      lanes.close()
      this.#peers.delete(id)
      this.#settled.delete(id)
      this.#whereabouts.forget(id)
    }
  }

  greeting(id: ServerId): Hello | undefined {
    return this.#peers.get(id)?.hello
  }

  ask(to: ServerId, method: string, params: readonly Json[]): Promise<Json> {
    const peer = this.#peer(to)
    if (peer === undefined) return Promise.reject(new UnreachableError(`no address of ${to} is known`))
    const { quick } = peer.lanes
    const timeoutMs = this.options.requestTimeoutMs
    const asked = quick.connection.call(`${to}.${method}`, params, { timeoutMs })
    asked.catch((error: unknown) => this.#lookElsewhere(to, peer, error))
    return asked.then((answer) => {
      if (quick.isStill?.() === false) throw shownNoMore(to, method)
      return answer
    })
  }

  isDeserted(id: ServerId): Promise<boolean> {
    const uri = this.#whereabouts.uriOf(id)
    return uri === undefined ? Promise.resolve(false) : this.#knocks.isDeserted(parseUri(uri).address)
  }

  get refusals(): ReadonlyMap<ServerId, string> {
    return this.#greetings.refusals
  }

  get loads(): ReadonlyMap<ServerId, PeerLoad> {
    return new Map([...this.#peers].map(([id, { window }]) => [id, window.load]))
  }

  close(): void {
    this.#closed = true
    this.#greetings.end()
    this.#newsTimer?.cancel()
    for (const { lanes } of this.#peers.values()) lanes.close()
    this.#peers.clear()
    this.#settled.clear()
  }

  #peer(id: ServerId): Peer | undefined {
    if (this.#closed) return undefined
    const known = this.#peers.get(id)
    const uri = this.#whereabouts.uriOf(id)
    const isOfUse = known?.uri === uri && !known?.isToBeGreetedAnew && !isShownNoMore(known)
    if (!isOfUse) known?.lanes.close()
    if (uri === undefined) return undefined
    const peer = known !== undefined && isOfUse ? known : this.#connect(id, uri, known)
    this.#peers.set(id, peer)
    this.#settled.set(id, peer)
    if (peer !== known) this.options.greeted()
    return peer
  }

  #connect(id: ServerId, uri: string, before: Peer | undefined): Peer {
    return peerAt(uri, before, this.options, (peer, lane, call, there) =>
      this.#greetings.greet(id, peer, lane, call, there),
    )
  }

  #answered(from: ServerId, lane: Lane, type: Request['type'], read: () => Response): void {
    if (this.#closed || lane.hello === undefined || lane.isStill?.() === false) return
    const { incarnation, starts } = lane.hello
    try {
      const message = read()
      this.options.take({ type: 'response', from, incarnation, starts, message })
    } catch (error) {
      this.options.logger.warn(`${from} answered ${type} with what can't be read`, { error: String(error) })
      this.options.take({ type: 'peerUnreachable', peer: from })
    }
  }

  #unanswered(to: ServerId, peer: Peer, error: unknown): void {
    if (this.#closed) return
    this.#lookElsewhere(to, peer, error)
    this.#greetings.heed(error)
    if (error instanceof UnauthorizedError && !isNotReached(error)) this.#greetAnew(to, peer)
    this.options.take({ type: 'peerUnreachable', peer: to })
  }

  /**
   * A connection may have begun before this member was heard of as what it is now: as the founder of a cluster, say.
   */
  #greetAnew(to: ServerId, peer: Peer): void {
    peer.isToBeGreetedAnew = true
    if (this.#settled.get(to) === peer) this.#settled.delete(to)
  }

  /** It may be about to come back to where it was: only who is away for longer is looked for. */
  #lookElsewhere(to: ServerId, peer: Peer, error: unknown): void {
    if (this.#closed || !isNotReached(error) || this.#peers.get(to) !== peer) return
    const now = this.options.clock.now()
    peer.awaySince = this.#isAtHome(to, peer, error.cause) ? undefined : (peer.awaySince ?? now)
    if (peer.awaySince === undefined || now - peer.awaySince < this.options.silenceMs) return
    // Calls that fail together speak of one place.
    peer.awaySince = undefined
    if (this.#whereabouts.notThere(to)) this.#settled.clear()
  }

  /** Who refuses elsewhere may be another process under that id, which must not keep this one from where it belongs. */
  #isAtHome(id: ServerId, { uri }: Peer, refusal: unknown): boolean {
    const view = this.options.view()
    return isThere(refusal, view) && uri === uriIn(view.configuration, id)
  }
}

/** It has shown something that counts no more, and may have something else by now. */
function isShownNoMore(peer: Peer | undefined): boolean {
  return peer?.lanes.quick.isStill?.() === false || peer?.lanes.long?.isStill?.() === false
}

function shownNoMore(id: ServerId, method: string): UnauthorizedError {
  return new UnauthorizedError(
    `what ${id} has answered to ${method} is left: that by which it had shown that it is a member counts no more`,
  )
}

/** Nobody was there, or who was there has refused the hello, which is the error's cause then. */
function isNotReached(error: unknown): error is RollcallError {
  if (error instanceof UnreachableError) return true
  return error instanceof UnauthorizedError && error.cause instanceof UnauthorizedError
}

/**
 * For a request with content of `size`. While long ones are under way all with content follow them on their lane:
 * entries that overtake others would be refused.
 */
function laneFor({ lanes }: Peer, size: number): Lane {
  const isBehind = lanes.long !== undefined && lanes.long.underWay > 0
  return size > LONG_SIZE || isBehind ? lanes.openLong() : lanes.quick
}
