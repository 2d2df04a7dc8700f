/** Which test files there are, and in which order they are run. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

const SUFFIX = '.test.ts'
const LONG_SUFFIX = '.long.test.ts'
/** So that the last batch does not keep one core busy while the other idles. */
const BATCH_MAX = 16
/** Folders whose files or batches take long each: begun first, so that the end does not wait for one of them on an idle core. */
const SLOW_FOLDERS = [
  'end-to-end',
  'simulation',
  'house',
  'testing',
  'system',
  'raft',
  'fuzz',
  'bench',
  'run',
]
/** Of these each file has a process of its own: most of the time it waits for other processes. */
const LONELY_FOLDERS = ['end-to-end']
/** Below those, folders whose files hardly wait: they are rooms of their own. */
const SHARED_FOLDERS = ['end-to-end/chaos', 'end-to-end/churn']

/** Of the sources, as a compiled file may outlive its own. The paths are relative to `folder`, and in order. */
export function testFiles(folder: string, isLong: boolean): readonly string[] {
  const all = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return all
    .filter((file) => file.endsWith(SUFFIX) && file.endsWith(LONG_SUFFIX) === isLong)
    .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
}

/**
 * Compiled files that share a process, as each would take half a second to load what they all need. Those that wait for
 * processes, or are long, are alone: so that they go on side by side.
 */
export function batchesOf(files: readonly string[]): readonly (readonly string[])[] {
  const batches: string[][] = []
  let room: string | undefined
  for (const file of files) {
    const last = batches.at(-1)
    if (last !== undefined && last.length < BATCH_MAX && roomOf(file) === room) last.push(compiled(file))
    else batches.push([compiled(file)])
    room = isShared(file) ? roomOf(file) : undefined
  }
  return batches
}

/** `test/raft/table.test.ts` is compiled to `dist/test/raft/table.test.js`. */
function compiled(file: string): string {
  return join('dist', 'test', file.replace(/ts$/, 'js'))
}

function isShared(file: string): boolean {
  return !LONELY_FOLDERS.includes(roomOf(file)) && !file.endsWith(LONG_SUFFIX)
}

/** The first folder of its path, but for those that share a process below a lonely one. */
function roomOf(file: string): string {
  return SHARED_FOLDERS.find((folder) => file.startsWith(`${folder}/`)) ?? firstFolderOf(file)
}

function firstFolderOf(file: string): string {
  return file.slice(0, file.indexOf('/'))
}

function rank(file: string): number {
  const place = SLOW_FOLDERS.indexOf(firstFolderOf(file))
  return place === -1 ? SLOW_FOLDERS.length : place
}
