/**
 * The starts of a data folder: `starts.json`, one JSON object `{"format": 1, "starts": ["1-8f3a2c61", …], "crc32": …}`,
 * oldest first. Each process that runs on the folder adds its own before it says anything to anybody.
 */
import type { Disk, Random } from '../ports.js'
import { start, startNumber, type Lineage, type Start } from '../raft/types.js'
import { readSmallFile, writeSmallFile } from './small-file.js'
import { list, text } from './stored-json.js'

export const startsFileName = 'starts.json'
const STARTS_FILE = { name: startsFileName, format: 1 }
/** As many as are told to the other members with each connection. The oldest are forgotten. */
const STARTS_MAX = 256
const KEY_LENGTH = 8

/** Rejects with a DamagedStorageError or an UnknownFormatError. */
export async function readStarts(disk: Disk): Promise<Lineage> {
  const starts = await readSmallFile(disk, STARTS_FILE, (said) =>
    list(said['starts'], 'starts').map((each) => start(text(each, 'start'))),
  )
  return starts ?? []
}

/** One more start; durable when it resolves. Rejects as {@link readStarts} does. */
export async function addStart(disk: Disk, random: Random): Promise<Lineage> {
  const before = await readStarts(disk)
  const starts = [...before, nextAfter(before.at(-1), random)].slice(-STARTS_MAX)
  await writeSmallFile(disk, STARTS_FILE, { starts })
  return starts
}

/**
 * The process of the last of `starts` ends before it has told anybody, and before its own log has heard of it.
 * Otherwise many such would push out what is known.
 */
export function forgetLastStart(disk: Disk, starts: Lineage): Promise<void> {
  return writeSmallFile(disk, STARTS_FILE, { starts: starts.slice(0, -1) })
}

function nextAfter(last: Start | undefined, random: Random): Start {
  const key = random.identifier().slice(0, KEY_LENGTH)
  return start(`${last === undefined ? 1 : startNumber(last) + 1}-${key}`)
}
