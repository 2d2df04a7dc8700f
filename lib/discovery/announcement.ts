/** What a process says of itself on the local network, as the text records of its announcement. */
import type { Address } from '../ports.js'
import { formatAddress, readAddress, readObjectId } from '../rpc/uri-grammar.js'

export interface Announcement {
  readonly kind: Kind
  /** The cluster's name; of a name server that of its own group. */
  readonly cluster: string
  readonly id: string
  /** Where it can be reached: one at least, as not every machine is in each of its networks. */
  readonly places: readonly Place[]
  /** Of the machine whose loopback addresses are among the places. Empty: none of them is one. */
  readonly loopback: string
}

export type Kind = 'nameserver' | 'member'
export type Place = Extract<Address, { kind: 'tcp' }>

/** Proves that who has written an announcement has the token. */
export type Seal = (text: string) => string

/** Of the text records. One that adds some may keep the number. */
const VERSION = '1'
/** As long as a text record can be, with its name. Bytes. */
const RECORD_BYTES_MAX = 255
const NAMES = ['v', 'kind', 'cluster', 'id', 'at', 'lo'] as const

/** What does not go into a record, of many places, is left out. */
export function textsOf(announcement: Announcement, seal: Seal | undefined): Record<string, string> {
  const { kind, cluster, id, places, loopback } = announcement
  const texts = { v: VERSION, kind, cluster, id, at: fitting(places.map(formatAddress)), lo: loopback }
  return seal === undefined ? texts : { ...texts, mac: seal(sealedText(texts)) }
}

function fitting(places: readonly string[]): string {
  const fits = (some: readonly string[]): boolean => `at=${some.join()}`.length <= RECORD_BYTES_MAX
  return places
    .reduce<string[]>((some, place) => (fits([...some, place]) ? [...some, place] : some), [])
    .join()
}

/** Undefined: it is no announcement of this project, or of a version that is not known. */
export function announcementOf(texts: Readonly<Record<string, string>>): Announcement | undefined {
  const { v, kind, cluster = '', id = '', at = '', lo = '' } = texts
  if (v !== VERSION || (kind !== 'nameserver' && kind !== 'member')) return undefined
  if ('problem' in readObjectId(id) || 'problem' in readObjectId(cluster)) return undefined
  const places = at.split(',').flatMap(placeIn)
  return places.length === 0 ? undefined : { kind, cluster, id, places, loopback: lo }
}

function placeIn(text: string): Place[] {
  const read = readAddress(text)
  return 'value' in read && read.value.kind === 'tcp' && read.value.port > 0 ? [read.value] : []
}

/** All that it says, in one text: what its seal is made of. */
export function sealedText(texts: Readonly<Record<string, string>>): string {
  return JSON.stringify(['rollcall', ...NAMES.map((name) => texts[name] ?? '')])
}
