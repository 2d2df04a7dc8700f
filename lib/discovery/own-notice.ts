/** What this process says of itself on the local network. */
import { DEFAULT_HOST } from '../defaults.js'
import { isEverywhere, isLoopback } from '../rpc/loopback.js'
import { textsOf, type Kind, type Place } from './announcement.js'
import type { LocalNetwork, Notice } from './local-network.js'
import type { Trust } from './trust.js'

export interface Own {
  readonly kind: Kind
  readonly cluster: string
  readonly id: string
  /** Where others are told that it is. */
  readonly place: Place
  /** Where it listens, as it was told. */
  readonly host: string | undefined
}

/** `unique`: this process's own name, which no other has. */
export function noticeOf(own: Own, unique: string, network: LocalNetwork, seal: Trust['seal']): Notice {
  const places = placesOf(own, network.networks())
  const loopback = places.some(({ host }) => isLoopback(host)) ? network.loopback : ''
  const { kind, cluster, id, place } = own
  const texts = textsOf({ kind, cluster, id, places, loopback }, seal)
  return { name: noticeName(id, unique), port: place.port, texts }
}

/** Whether a notice of that name is this process's own. */
export function isOwnNotice(name: string, unique: string): boolean {
  return name.endsWith(uniqueEnd(unique))
}

/** Where it listens everywhere and nobody has said by which name it is known: all addresses of its machine. */
function placesOf({ place, host }: Own, networks: readonly string[]): readonly Place[] {
  if (host === undefined || !isEverywhere(host) || place.host !== DEFAULT_HOST) return [place]
  const hosts = networks.map((network) => network.slice(0, network.indexOf('/')))
  return [...hosts.map((each) => ({ ...place, host: each })), place]
}

/** Bytes of a label of the DNS, less what follows the id. */
const ID_BYTES_MAX = 40

/** No other process has it, so that none has to give way. */
function noticeName(id: string, unique: string): string {
  const plain = id.replaceAll(/[^A-Za-z0-9_-]/g, '-').slice(0, ID_BYTES_MAX)
  return `${plain}${uniqueEnd(unique)}`
}

function uniqueEnd(unique: string): string {
  return ` ${unique.slice(0, 8)}`
}
