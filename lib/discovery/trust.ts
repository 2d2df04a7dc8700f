/** Whose announcements are believed. Anybody on the network can announce anything under any name. */
import { isLoopback } from '../rpc/loopback.js'
import { isObject } from '../json.js'
import { InvalidParamsError } from '../rpc/errors.js'
import { checkOptions, TEXTS, type Rule, type Rules } from '../rpc/options.js'
import { sealedText, type Announcement, type Place } from './announcement.js'
import type { Machine } from './local-network.js'

/** Whose announcements on the local network to believe. By default, only those of processes on this machine. */
export interface MdnsOptions {
  /**
   * Who is believed from where: `ID@HOST` or `ID@NETWORK`, with `*` for any id, such as `node1@192.168.1.5` or
   * `*@192.168.1.0/24`. Default none.
   */
  readonly allow?: readonly string[] | undefined
  /** A secret that all share, of at least 16 characters: announcements sealed with it are believed. Default none. */
  readonly token?: string | undefined
}

/** What is announced can be tried against tokens by anybody who hears it, for as long as he likes. */
const TOKEN_LENGTH_MIN = 16

const MDNS_RULES: Rules<MdnsOptions> = {
  allow: TEXTS,
  token: {
    holds: (value) => typeof value === 'string' && value.length >= TOKEN_LENGTH_MIN,
    wanted: `a text of at least ${TOKEN_LENGTH_MIN} characters`,
    isSecret: true,
  },
}

/** Of the option `mdns`. What is in it is looked at by {@link Trust}. */
export const MDNS: Rule = {
  holds: (value) => typeof value === 'boolean' || isObject(value),
  wanted: 'true, false, or an object: { allow, token }',
}

interface Allowed {
  /** `*`: any. */
  readonly id: string
  /** A host, or a network. */
  readonly where: string
}

export class Trust {
  readonly #allowed: readonly Allowed[]
  readonly #token: string | undefined
  readonly #machine: Machine

  /** @throws InvalidParamsError */
  constructor(options: MdnsOptions, machine: Machine) {
    checkOptions('mdns', options, MDNS_RULES)
    this.#allowed = (options.allow ?? []).map(allowedIn)
    this.#token = options.token
    this.#machine = machine
  }

  /** With which this process seals what it announces. Undefined: there is no token. */
  get seal(): ((text: string) => string) | undefined {
    const token = this.#token
    return token === undefined ? undefined : (text) => this.#machine.seal(token, text)
  }

  /** The places of it that are believed, or why none is, as the end of a sentence. */
  judge(announcement: Announcement, texts: Readonly<Record<string, string>>): readonly Place[] | string {
    const places = announcement.places.filter(
      ({ host }) => !isLoopback(host) || announcement.loopback === this.#machine.loopback,
    )
    if (places.length === 0) return 'it can be reached from its own machine alone'
    if (this.#isSealed(texts)) return places
    const allowed = places.filter((place) => this.#isAllowed(announcement, place))
    return allowed.length > 0 ? allowed : this.#whyNot(announcement, places)
  }

  /** Comparing seals of seals takes as long wherever they differ. */
  #isSealed(texts: Readonly<Record<string, string>>): boolean {
    const { seal } = this
    if (seal === undefined || texts['mac'] === undefined) return false
    return seal(texts['mac']) === seal(seal(sealedText(texts)))
  }

  #isAllowed({ id }: Announcement, { host }: Place): boolean {
    if (this.#isUnsaid) return this.#isOfThisMachine(host)
    return this.#allowed.some(
      (each) => (each.id === '*' || each.id === id) && this.#isThere(host, each.where),
    )
  }

  /** Nobody has said whom to believe. */
  get #isUnsaid(): boolean {
    return this.#token === undefined && this.#allowed.length === 0
  }

  #isThere(host: string, where: string): boolean {
    if (isLoopback(host) && isLoopback(where)) return true
    return host.toLowerCase() === where.toLowerCase() || this.#machine.isIn(host, where)
  }

  #isOfThisMachine(host: string): boolean {
    return isLoopback(host) || this.#machine.networks().some((network) => addressIn(network) === host)
  }

  #whyNot({ id }: Announcement, places: readonly Place[]): string {
    const allow = `allow ${id}@${places[0]?.host}`
    if (this.#token !== undefined)
      return `it is not sealed with this process's token: give it the same one, or ${allow}`
    return this.#isUnsaid
      ? `it is on another machine: give both the same token, or ${allow}`
      : `nobody has allowed it: ${allow}`
  }
}

/** The place nearest to this machine: in one of its networks, else the first. */
export function nearest(places: readonly Place[], machine: Machine): Place | undefined {
  const networks = machine.networks()
  const own = places.find(({ host }) => isLoopback(host))
  return (
    own ?? places.find(({ host }) => networks.some((network) => machine.isIn(host, network))) ?? places[0]
  )
}

function addressIn(network: string): string {
  return network.slice(0, network.indexOf('/'))
}

function allowedIn(text: string): Allowed {
  const at = text.indexOf('@')
  if (at > 0 && at < text.length - 1 && !/\s/.test(text))
    return { id: text.slice(0, at), where: text.slice(at + 1) }
  throw new InvalidParamsError(
    `mdns: allow takes ID@HOST or ID@NETWORK, not ${JSON.stringify(text)}: write for example node1@192.168.1.5, or *@192.168.1.0/24`,
  )
}
