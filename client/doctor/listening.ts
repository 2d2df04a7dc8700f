/**
 * Where a member or a name server of this machine listens that nobody finds where others are told that it is: its folder
 * tells, as long as a process has it.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DEFAULT_HOST, NAMESERVER_OBJECT, NAMESERVER_PORT } from '../../lib/defaults.js'
import type { Address } from '../../lib/ports.js'
import type { Probes } from '../../lib/client/probes.js'
import { isEverywhere, isOnThisMachine, isSamePlace } from '../../lib/rpc/loopback.js'
import { formatAddress, formatUri, parseUri } from '../../lib/rpc/uri.js'
import { readPlace, type Place } from '../../lib/storage/place-file.js'
import { openDiskToRead } from '../../lib/system/disk.js'
import { isFolderInUse } from '../../lib/system/lock.js'
import { belongs, seeMember, type MemberSeen } from './members.js'
import { pingAt, type NameServerSeen } from './name-servers.js'

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
  const told = await toldPlace(join(data, objectId))
  if (told === undefined || address.kind !== 'tcp') return seen
  const place = listensAt(told, address.port)
  if (isSamePlace(place, address)) return seen
  const there = await seeMember(probes, formatUri(objectId, place))
  const isIt = belongs(there, cluster) && there.status.id === String(objectId)
  return isIt ? { ...seen, listensAt: formatAddress(place) } : seen
}

/** The same of a name server that is alone; of one of several its group knows where it is. */
export async function withOwnNameServer(
  seen: NameServerSeen,
  { probes, data }: Pick<ListeningOptions, 'probes' | 'data'>,
): Promise<NameServerSeen> {
  const { ping, address } = seen
  if (ping.kind === 'answer' || address.kind !== 'tcp') return seen
  const told = await toldPlace(join(data, NAMESERVER_OBJECT))
  if (told === undefined) return seen
  // Another machine's is not the one of this machine, unless that one is known so.
  const isPublished = told.advertise === address.host || told.advertise === formatAddress(address)
  const place = listensAt(told, NAMESERVER_PORT)
  if (isSamePlace(place, address) || !(isPublished || isOnThisMachine(address))) return seen
  const there = await pingAt(probes, place)
  return there.kind === 'answer' ? { ...seen, listensAt: formatAddress(place) } : seen
}

/** What whoever has the folder was told of its place. Undefined: nobody has it, or it is not here. */
async function toldPlace(folder: string): Promise<Place | undefined> {
  if (!existsSync(folder) || !(await isFolderInUse(folder))) return undefined
  // What is wrong with the folder itself is told elsewhere.
  return readPlace(openDiskToRead(folder)).catch(() => ({}))
}

function listensAt({ host = DEFAULT_HOST, port }: Place, knownPort: number): Address {
  return { kind: 'tcp', host: isEverywhere(host) ? DEFAULT_HOST : host, port: port ?? knownPort }
}
