/** Where a member is: as it is told to be, else as its cluster knows it. */
import { DEFAULT_HOST } from '../defaults.js'
import { uriIn } from '../raft/quorum.js'
import type { Configuration, Recovered, ServerId } from '../raft/types.js'
import { InvalidParamsError } from '../rpc/errors.js'
import { formatUri, parseUri, type Uri } from '../rpc/uri.js'

/** What was asked for when the process was started. */
export interface Given {
  readonly host: string | undefined
  readonly port: number | undefined
}

const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1'])
const WILDCARDS: ReadonlySet<string> = new Set(['0.0.0.0', '::'])

/**
 * The URI that others reach the member at. A host that only says where to listen (all interfaces, or another name of
 * loopback) does not move it. A newcomer whose log does not name it yet is where it was when it was added.
 * @throws InvalidParamsError when neither the start nor a configuration names a port
 */
export function ownUri(
  id: ServerId,
  bootstrap: Configuration,
  recovered: Recovered,
  { host, port }: Given,
): Uri {
  const last = configurationsOf(bootstrap, recovered).at(-1) ?? bootstrap
  const known = uriIn(last, id) ?? uriIn(bootstrap, id)
  const address = known === undefined ? undefined : parseUri(known).address
  const place = address?.kind === 'tcp' ? address : undefined
  const ownPort = port ?? place?.port
  if (ownPort === undefined)
    throw new InvalidParamsError(`no port of ${id} is known: give it one with --port`)
  return uriAt(id, isElsewhere(host, place?.host) ? host : place?.host, ownPort)
}

/** The one that the log began with, and each that followed. */
function configurationsOf(
  bootstrap: Configuration,
  { entries, snapshot }: Recovered,
): readonly [Configuration, ...(readonly Configuration[])] {
  const later = entries.flatMap((entry) => (entry.kind === 'configuration' ? [entry.configuration] : []))
  return [snapshot?.configuration ?? bootstrap, ...later]
}

export function uriAt(id: string, host: string | undefined, port: number): Uri {
  return formatUri(id, { kind: 'tcp', host: host ?? DEFAULT_HOST, port })
}

export function portOf(uri: Uri): number {
  const { address } = parseUri(uri)
  if (address.kind !== 'tcp') throw new InvalidParamsError(`${uri} has no port`)
  return address.port
}

function isElsewhere(host: string | undefined, known: string | undefined): boolean {
  if (host === undefined || WILDCARDS.has(host)) return false
  if (known === undefined) return true
  return host !== known && !(LOOPBACK.has(host) && LOOPBACK.has(known))
}
