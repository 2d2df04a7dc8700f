/**
 * Who is on the local network, by mDNS: announces this process, and knows the name servers and members that are
 * believed. It is asked for anew in rounds, so that whoever has died without a word is forgotten, and a goodbye, which
 * anybody can say for anybody, is only taken for true when nobody answers.
 */
import { ms, type Clock, type Logger, type Random, type Timer } from '../ports.js'
import { UnreachableError } from '../rpc/errors.js'
import { formatAddress, formatUri, parseUri, type Uri } from '../rpc/uri.js'
import { announcementOf, type Announcement, type Kind, type Place } from './announcement.js'
import { ANSWERED_MS, Goodbyes } from './goodbyes.js'
import type { LocalNetwork, NoticeBoard, Sighting } from './local-network.js'
import { isOwnNotice, noticeOf, type Own } from './own-notice.js'
import { nearest, Trust, type MdnsOptions } from './trust.js'

export interface DiscoveringPorts {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Default: nothing can be found on the local network. */
  readonly localNetwork?: LocalNetwork | undefined
}

export interface DiscoveryOptions {
  readonly mdns: MdnsOptions
  readonly localNetwork: LocalNetwork
  readonly clock: Clock
  readonly logger: Logger
  /** This process's own, which no other has. */
  readonly name: string
  /** Whether it wants to know of others, or only announces. */
  readonly isLooking: boolean
}

/**
 * What a process has, for who asks for it: `mdns`, as it stands among the options. `isLooking`: whether it wants to
 * know of others.
 */
export async function discoveryOf(
  ports: DiscoveringPorts,
  mdns: boolean | MdnsOptions | undefined,
  isLooking = true,
): Promise<Discovery | undefined> {
  if (mdns === undefined || mdns === false) return undefined
  const { localNetwork, clock, random, logger } = ports
  if (localNetwork === undefined) throw new UnreachableError('mDNS is not to be had here')
  const options = mdns === true ? {} : mdns
  const name = random.identifier()
  return Discovery.open({ mdns: options, localNetwork, clock, logger, name, isLooking })
}

/** Announces a member where it stands; those on sockets of the file system are not for other machines. */
export function announceAt(
  discovery: Discovery | undefined,
  kind: Kind,
  who: { readonly cluster: string; readonly id: string },
  member: { readonly uri: Uri; readonly host: string | undefined },
): void {
  const { address } = parseUri(member.uri)
  if (address.kind === 'tcp') discovery?.announce({ kind, ...who, place: address, host: member.host })
}

/** Rounds follow each other after 1, 2, 4, 8 seconds, and then always after this. Milliseconds. */
const ROUND_MAX_MS = 10_000
const ROUND_FIRST_MS = 1_000
/** Whoever has not answered in so many rounds is forgotten. */
const MISSED_MAX = 3
/** Who is believed at a time. Beyond, nobody else is. */
const KNOWN_MAX = 256
/** Of how many strangers it is told. */
const STRANGERS_MAX = 64

interface Known {
  readonly name: string
  readonly announcement: Announcement
  readonly place: Place
  missed: number
}

export class Discovery {
  readonly #options: DiscoveryOptions
  readonly #trust: Trust
  readonly #known = new Map<string, Known>()
  /** Why they are not believed, by who they say they are. */
  readonly #strangers = new Map<string, string>()
  readonly #hearers = new Set<() => void>()
  readonly #waiting = new Set<() => void>()
  #board: NoticeBoard | undefined
  #timer: Timer | undefined
  #pauseMs = ROUND_FIRST_MS
  readonly #goodbyes: Goodbyes<Known>
  readonly #firstAnsweredAt: number

  /** Rejects when this machine can't, and for options that are none. */
  static async open(options: DiscoveryOptions): Promise<Discovery> {
    const discovery = new Discovery(options)
    await discovery.#open()
    return discovery
  }

  private constructor(options: DiscoveryOptions) {
    this.#options = options
    this.#trust = new Trust(options.mdns, options.localNetwork)
    this.#goodbyes = new Goodbyes(options.clock, {
      ask: () => this.#board?.ask(),
      silent: (known) => this.#forget(keyOf(known.announcement, known.place), known),
    })
    this.#firstAnsweredAt = options.clock.now() + ANSWERED_MS
  }

  /** From now on, until it is closed. */
  announce(own: Own): void {
    const { localNetwork, name } = this.#options
    this.#board?.announce(noticeOf(own, name, localNetwork, this.#trust.seal))
  }

  /** Name servers that are there now, those first that were found first. */
  get nameservers(): readonly Place[] {
    return this.#all('nameserver').map(({ place }) => place)
  }

  /** Members of that cluster that are there now. */
  membersOf(cluster: string): readonly Uri[] {
    return this.#all('member')
      .filter(({ announcement }) => announcement.cluster === cluster)
      .map(({ announcement, place }) => formatUri(announcement.id, place))
  }

  /** Calls back after somebody has come or gone. */
  onChange(hearer: () => void): void {
    this.#hearers.add(hearer)
  }

  /** Resolves when somebody of that kind is known, or whoever is there has had the time to answer. */
  found(kind: Kind): Promise<void> {
    const leftMs = this.#firstAnsweredAt - this.#options.clock.now()
    if (leftMs <= 0 || this.#board === undefined || this.#all(kind).length > 0) return Promise.resolve()
    return new Promise((resolve) => {
      const end = (): void => {
        timer.cancel()
        this.#waiting.delete(look)
        resolve()
      }
      const look = (): void => {
        if (this.#board === undefined || this.#all(kind).length > 0) end()
      }
      const timer = this.#options.clock.after(ms(leftMs), end)
      this.#waiting.add(look)
    })
  }

  /** What was found and is not believed, and why, as the end of a sentence. Empty: there is nothing. */
  get unbelieved(): string {
    return [...this.#strangers].map(([who, why]) => `; mDNS has found ${who}, and ${why}`).join('')
  }

  /** Takes back what was announced. Never rejects; harmless when called again. */
  async close(): Promise<void> {
    this.#timer?.cancel()
    this.#goodbyes.end()
    const board = this.#board
    this.#board = undefined
    this.#changed()
    await board?.close()
  }

  async #open(): Promise<void> {
    const { localNetwork, logger } = this.#options
    const hearers = {
      seen: (sighting: Sighting) => this.#seen(sighting),
      gone: (name: string) => this.#gone(name),
    }
    try {
      this.#board = await localNetwork.open(hearers, (sentence) => logger.warn(`mDNS: ${sentence}`))
    } catch (cause) {
      throw new UnreachableError(
        `mDNS can't be used here: ${cause instanceof Error ? cause.message : String(cause)}`,
        { cause },
      )
    }
    logger.debug(`mDNS by ${this.#board.by}`)
    if (this.#options.isLooking) this.#round()
  }

  #all(kind: Kind): readonly Known[] {
    return [...this.#known.values()].filter(({ announcement }) => announcement.kind === kind)
  }

  #round(): void {
    if (this.#board === undefined) return
    for (const [key, known] of this.#known) {
      known.missed++
      if (known.missed > MISSED_MAX) this.#forget(key, known)
    }
    this.#board.ask()
    this.#timer = this.#options.clock.after(ms(this.#pauseMs), () => this.#round())
    this.#pauseMs = Math.min(2 * this.#pauseMs, ROUND_MAX_MS)
  }

  #seen({ name, texts }: Sighting): void {
    if (this.#board === undefined || !this.#options.isLooking || isOwnNotice(name, this.#options.name)) return
    const announcement = announcementOf(texts)
    if (announcement === undefined) return
    const judged = this.#trust.judge(announcement, texts)
    if (typeof judged === 'string') return this.#disbelieve(announcement, judged)
    const place = nearest(judged, this.#options.localNetwork)
    if (place === undefined) return
    const key = keyOf(announcement, place)
    const known = this.#known.get(key)
    if (known !== undefined) this.#answered(known)
    else if (this.#known.size < KNOWN_MAX) this.#meet(key, { name, announcement, place, missed: 0 })
  }

  #answered(known: Known): void {
    known.missed = 0
    this.#goodbyes.answered(known)
  }

  #meet(key: string, known: Known): void {
    this.#known.set(key, known)
    this.#options.logger.info(`mDNS: ${key} is there`)
    this.#changed()
  }

  #forget(key: string, known: Known): void {
    if (this.#known.get(key) !== known) return
    this.#known.delete(key)
    this.#options.logger.info(`mDNS: ${key} is gone`)
    this.#changed()
  }

  #gone(name: string): void {
    for (const known of this.#known.values()) if (known.name === name) this.#goodbyes.said(known)
  }

  #disbelieve(announcement: Announcement, why: string): void {
    const [place] = announcement.places
    if (place === undefined || this.#strangers.size >= STRANGERS_MAX) return
    const who = keyOf(announcement, place)
    if (this.#strangers.has(who)) return
    this.#strangers.set(who, why)
    this.#options.logger.warn(`mDNS: ${who} is not believed, as ${why}`)
  }

  #changed(): void {
    for (const look of this.#waiting) look()
    for (const hearer of this.#hearers) hearer()
  }
}

/** As it is said in logs, and tells one from all others. */
function keyOf({ kind, cluster, id }: Announcement, place: Place): string {
  const at = formatAddress(place)
  return kind === 'nameserver'
    ? `the name server ${id} at ${at}`
    : `${id} of the cluster "${cluster}" at ${at}`
}
