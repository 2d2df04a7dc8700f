/**
 * Where a member of this machine listens that nobody finds where others are told that it is: its folder tells, as long as
 * a process has it.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DEFAULT_HOST } from '../../lib/defaults.js'
import type { Address } from '../../lib/ports.js'
import type { Probes } from '../../lib/client/probes.js'
import { isEverywhere, isSamePlace } from '../../lib/rpc/loopback.js'
import { formatAddress, formatUri, parseUri } from '../../lib/rpc/uri.js'
import { readPlace, type Place } from '../../lib/storage/place-file.js'
import { openDiskToRead } from '../../lib/system/disk.js'
import { isFolderInUse } from '../../lib/system/lock.js'
import { belongs, seeMember, type MemberSeen } from './members.js'

export interface ListeningOptions {
  readonly probes: Pick<Probes, 'call'>
  readonly cluster: string
  /** The folder that has one of each member in it. */
  readonly data: string
}

/** The same, with where it listens if it does on this machine. Changes nothing. */
export async function withOwnPlace(seen: MemberSeen, options: ListeningOptions): Promise<MemberSeen> {
  const { probes, cluster, data } = options
  if (seen.status !== undefined) return seen
  const { objectId, address } = parseUri(seen.uri)
  const place = await toldPlace(join(data, objectId), address)
  if (place === undefined || isSamePlace(place, address)) return seen
  const there = await seeMember(probes, formatUri(objectId, place))
  const isIt = belongs(there, cluster) && there.status.id === String(objectId)
  return isIt ? { ...seen, listensAt: formatAddress(place) } : seen
}

/** Where whoever has the folder was told to listen. Undefined: nobody has it, or it is not here. */
async function toldPlace(folder: string, known: Address): Promise<Address | undefined> {
  if (known.kind !== 'tcp' || !existsSync(folder) || !(await isFolderInUse(folder))) return undefined
  // What is wrong with the folder itself is told elsewhere.
  const told: Place = await readPlace(openDiskToRead(folder)).catch(() => ({}))
  const { host = DEFAULT_HOST, port = known.port } = told
  return { kind: 'tcp', host: isEverywhere(host) ? DEFAULT_HOST : host, port }
}
