import type { Disk } from '../ports.js'
import { readSmallFile, writeSmallFile } from './small-file.js'
import { text, whole } from './stored-json.js'

/**
 * Where the process listens that has this folder, and where others reach it, as it was last told: `place.json`, with
 * these members. Only there when it was told anything.
 */
export interface Place {
  readonly host?: string
  readonly port?: number
  /** `HOST` or `HOST:PORT`. */
  readonly advertise?: string
}

export const placeFileName = 'place.json'
const PLACE_FILE = { name: placeFileName, format: 1 }

/** Rejects with a DamagedStorageError or an UnknownFormatError. */
export async function readPlace(disk: Disk): Promise<Place> {
  return (await readSmallFile(disk, PLACE_FILE, placeOf)) ?? {}
}

/** Durable when it resolves. */
export function writePlace(disk: Disk, place: Place): Promise<void> {
  return writeSmallFile(disk, PLACE_FILE, place)
}

function placeOf({ host, port, advertise }: Readonly<Record<string, unknown>>): Place {
  return {
    ...(host !== undefined && { host: text(host, 'host') }),
    ...(port !== undefined && { port: whole(port, 'port') }),
    ...(advertise !== undefined && { advertise: text(advertise, 'advertise') }),
  }
}
