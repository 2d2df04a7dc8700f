/**
 * What a member with read leases on has promised its leaders: `promise.json`, one JSON object
 * `{"format": 1, "silenceMs": 150, "crc32": …}`, only there where there are leases. A vote that it must not give would
 * be given by its next process, if that has a shorter election timeout, or none of it.
 */
import type { Disk } from '../ports.js'
import { readSmallFile, writeSmallFile } from './small-file.js'
import { whole } from './stored-json.js'

export const promiseFileName = 'promise.json'
const PROMISE_FILE = { name: promiseFileName, format: 1 }

/** Milliseconds; 0: nothing. Rejects with a DamagedStorageError or an UnknownFormatError. */
export async function readPromise(disk: Disk): Promise<number> {
  const silenceMs = ({ silenceMs }: Readonly<Record<string, unknown>>) => whole(silenceMs, 'silenceMs')
  return (await readSmallFile(disk, PROMISE_FILE, silenceMs)) ?? 0
}

/** Durable when it resolves. */
export function writePromise(disk: Disk, silenceMs: number): Promise<void> {
  return writeSmallFile(disk, PROMISE_FILE, { silenceMs })
}
