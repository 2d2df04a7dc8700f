/** How the connections to the other members begin, and what follows from a greeting that is refused. */
import type { Timer } from '../../ports.js'
import { ms } from '../../ports.js'
import type { ServerId } from '../../raft/types.js'
import type { RawCall, WhoIsThere } from '../../rpc/channels/connection-options.js'
import { UnauthorizedError } from '../../rpc/errors.js'
import { FRAMES_VERSION } from './append-frames.js'
import { saysRemoved, saysWiped } from './hello-refusals.js'
import type { Lane } from './lanes.js'
import { met } from './meeting.js'
import type { Peer, PeerOptions } from './peer.js'
import type { LinkHooks } from './peer-links.js'

export interface PeerGreetingsOptions
  extends
    Pick<PeerOptions, 'clock' | 'logger'>,
    Pick<LinkHooks, 'hello' | 'door' | 'view' | 'greeted' | 'ownFolderLost' | 'toldOfRemoval'> {}

/** Who has refused is asked again after so long, as nobody else may have anything to say to it. Milliseconds. */
const REFUSED_AGAIN_MS = 2_000

export class PeerGreetings {
  readonly #options: PeerGreetingsOptions
  readonly #peers: ReadonlyMap<ServerId, Peer>
  /** Asks a member something, whatever it is, so that it is greeted anew. */
  readonly #ask: (id: ServerId) => Promise<unknown>
  #askAgain: Timer | undefined
  #isOver = false

  constructor(
    options: PeerGreetingsOptions,
    peers: ReadonlyMap<ServerId, Peer>,
    ask: (id: ServerId) => Promise<unknown>,
  ) {
    this.#options = options
    this.#peers = peers
    this.#ask = ask
  }

  /** Why there is no understanding with a member where it is now, of each with which there is none. */
  get refusals(): ReadonlyMap<ServerId, string> {
    const refused = [...this.#peers].flatMap(([id, { refusals, uri }]) => {
      const refusal = refusals.get(uri)
      return refusal === undefined ? [] : [[id, refusal] as const]
    })
    return new Map(refused)
  }

  async greet(
    id: ServerId,
    peer: Peer,
    lane: Lane,
    call: RawCall,
    { certificate }: WhoIsThere,
  ): Promise<void> {
    const frames = lane.connection.link?.carriesFrames === true ? FRAMES_VERSION : undefined
    const own = { ...this.#options.hello(id), frames }
    try {
      const wanted = { id, place: peer.uri, certificate }
      const { hello: other, isStill } = await met(call, wanted, own, this.#options)
      lane.hello = other
      lane.isStill = isStill
      lane.speaksFrames = frames !== undefined && (other.frames ?? 0) >= FRAMES_VERSION
      peer.hello = other
      peer.awaySince = undefined
      peer.refusals.delete(peer.uri)
      this.#options.greeted(other)
    } catch (error) {
      this.#failed(id, peer, error)
      throw error
    }
  }

  /** What a refusal says of this member itself. */
  heed(error: unknown): void {
    const { view, ownFolderLost, toldOfRemoval } = this.#options
    if (saysWiped(error, view())) ownFolderLost()
    if (saysRemoved(error, view())) toldOfRemoval()
  }

  end(): void {
    this.#isOver = true
    this.#askAgain?.cancel()
  }

  #failed(id: ServerId, peer: Peer, error: unknown): void {
    this.heed(error)
    const sentence = error instanceof Error ? error.message : String(error)
    if (error instanceof UnauthorizedError && peer.refusals.get(peer.uri) !== sentence) {
      peer.refusals.set(peer.uri, sentence)
      this.#options.logger.warn(`no understanding with ${id}: ${sentence}`)
    }
    this.#planToAskAgain()
  }

  /** What is told of a refusal must not outlive its reason. */
  #planToAskAgain(): void {
    if (this.#isOver || this.refusals.size === 0) return
    this.#askAgain ??= this.#options.clock.after(ms(REFUSED_AGAIN_MS), () => {
      this.#askAgain = undefined
      for (const id of this.refusals.keys()) void this.#ask(id).catch(() => undefined)
      this.#planToAskAgain()
    })
  }
}
