/**
 * Where a member listens, and where others reach it: as it is told to be, else as it was told before, else as its
 * cluster knows it.
 */
import { DEFAULT_HOST } from '../defaults.js'
import { uriIn } from '../raft/quorum.js'
import type { Configuration, Recovered, ServerId } from '../raft/types.js'
import { advertised } from '../rpc/channels/advertised.js'
import { InvalidParamsError } from '../rpc/errors.js'
import { isEverywhere, isLoopback } from '../rpc/loopback.js'
import { formatUri, parseUri, type Uri } from '../rpc/uri.js'

/** What was asked for when the process was started, at this start or before. */
export interface Given {
  readonly host: string | undefined
  readonly port: number | undefined
  /** `HOST` or `HOST:PORT`. */
  readonly advertise: string | undefined
}

/** All that a process listens on that is given no host. */
const LISTENED: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1'])

/**
 * The URI that others reach the member at. A host that only says where to listen (all interfaces, or another name of
 * loopback) does not move it. A newcomer whose log does not name it yet is where it was when it was added.
 * @throws InvalidParamsError when neither the start nor a configuration names a port, and when the members are on
 * several machines and this one is told to listen where only its own can reach it
 */
export function ownUri(id: ServerId, bootstrap: Configuration, recovered: Recovered, given: Given): Uri {
  const last = configurationsOf(bootstrap, recovered).at(-1) ?? bootstrap
  const known = uriIn(last, id) ?? uriIn(bootstrap, id)
  const place = known === undefined ? undefined : reachable(tcpOf(known))
  const published = advertised(given.advertise)
  const ownPort = published?.port ?? given.port ?? place?.port
  if (ownPort === undefined)
    throw new InvalidParamsError(`no port of ${id} is known: give it one with --port`)
  if (published !== undefined) return uriAt(id, published.host, ownPort)
  const others = Object.entries(last.uris).flatMap(([other, uri]) => (other === id ? [] : [uri]))
  refuseUnreachable(id, given.host, place?.host, others)
  return uriAt(id, isElsewhere(given.host, place?.host) ? given.host : place?.host, ownPort)
}

/**
 * One sentence about a member that listens for other machines, and is not known where they could reach it, or the
 * reverse.
 */
export function mismatch(uri: Uri, host: string | undefined): string | undefined {
  const known = tcpOf(uri)?.host
  if (known === undefined) return undefined
  const place = uri.slice(uri.indexOf('@') + 1)
  if (host !== undefined && isEverywhere(host) && isLoopback(known))
    return `listens on all interfaces (${host}), and others are told that it is at ${place}, where no other machine reaches it: say with --advertise HOST under which name or address they do`
  if ((host === undefined || isLoopback(host)) && !isLoopback(known))
    return `listens on ${host ?? 'loopback'} only, and others are told that it is at ${place}: they reach it only if something on this machine passes their connections on; say with --host where to listen`
  return undefined
}

/** The one that the log began with, and each that followed. */
function configurationsOf(
  bootstrap: Configuration,
  { entries, snapshot }: Recovered,
): readonly [Configuration, ...(readonly Configuration[])] {
  const later = entries.flatMap((entry) => (entry.kind === 'configuration' ? [entry.configuration] : []))
  return [snapshot?.configuration ?? bootstrap, ...later]
}

function uriAt(id: string, host: string | undefined, port: number): Uri {
  return formatUri(id, { kind: 'tcp', host: host ?? DEFAULT_HOST, port })
}

/** Of a member that its cluster does not know yet. */
export function firstUri(id: string, { host, advertise }: Given, port: number): Uri {
  const published = advertised(advertise)
  const own = host !== undefined && isEverywhere(host) ? undefined : host
  return uriAt(id, published?.host ?? own, published?.port ?? port)
}

/** Nobody is at all interfaces, as builds before this one had it written down. */
function reachable(place: TcpPlace | undefined): TcpPlace | undefined {
  return place !== undefined && isEverywhere(place.host) ? { ...place, host: DEFAULT_HOST } : place
}

export function portOf(uri: Uri): number {
  const place = tcpOf(uri)
  if (place === undefined) throw new InvalidParamsError(`${uri} has no port`)
  return place.port
}

/** Whoever is known to members on other machines must not vanish for them by a forgotten or mistaken host. */
function refuseUnreachable(
  id: ServerId,
  host: string | undefined,
  known: string | undefined,
  others: readonly string[],
): void {
  if (host === undefined || !isLoopback(host) || known === undefined || isLoopback(known)) return
  const elsewhere = others.find((other) => !isLoopback(tcpOf(other)?.host ?? DEFAULT_HOST))
  if (elsewhere === undefined) return
  throw new InvalidParamsError(
    `${id} is known at ${known} to ${elsewhere}, which could not reach it on ${host}: ` +
      `leave --host away, or give 0.0.0.0 or an address of this machine`,
  )
}

function isElsewhere(host: string | undefined, known: string | undefined): boolean {
  if (host === undefined || isEverywhere(host)) return false
  if (known === undefined) return true
  return host !== known && !(LISTENED.has(host) && LISTENED.has(known))
}

interface TcpPlace {
  readonly host: string
  readonly port: number
}

function tcpOf(uri: string): TcpPlace | undefined {
  const { address } = parseUri(uri)
  return address.kind === 'tcp' ? address : undefined
}
