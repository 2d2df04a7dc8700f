/** Which test files there are, and in which order they are run. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

const SUFFIX = '.test.ts'
const LONG_SUFFIX = '.long.test.ts'
/** So that the last batch does not keep one core busy while the other idles. */
const BATCH_MAX = 16
/** Most of the time these files wait for other processes: several such batches go on side by side. */
const WAITING_BATCH_MAX = 4
const WAITING_FOLDERS = ['end-to-end']
/**
 * Folders whose files or batches take longest: begun first, so that the end does not wait for one of them on an idle
 * core.
 */
const SLOW_FOLDERS = [
  'house',
  'end-to-end',
  'simulation',
  'testing',
  'system',
  'raft',
  'replica',
  'fuzz',
  'storage',
  'bench',
  'run',
  'rpc',
]

/** Of the sources, as a compiled file may outlive its own. The paths are relative to `folder`, and in order. */
export function testFiles(folder: string, isLong: boolean): readonly string[] {
  const all = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return all
    .filter((file) => file.endsWith(SUFFIX) && file.endsWith(LONG_SUFFIX) === isLong)
    .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
}

/**
 * Compiled files that share a process, as each would take most of a second to load what they all need. Those that are
 * long are alone.
 */
export function batchesOf(files: readonly string[]): readonly (readonly string[])[] {
  const batches: string[][] = []
  let room: string | undefined
  for (const file of files) {
    const last = batches.at(-1)
    if (last !== undefined && last.length < batchMax(file) && firstFolderOf(file) === room)
      last.push(compiled(file))
    else batches.push([compiled(file)])
    room = firstFolderOf(file)
  }
  return batches
}

/** `test/raft/table.test.ts` is compiled to `dist/test/raft/table.test.js`. */
function compiled(file: string): string {
  return join('dist', 'test', file.replace(/ts$/, 'js'))
}

function batchMax(file: string): number {
  if (file.endsWith(LONG_SUFFIX)) return 1
  return WAITING_FOLDERS.includes(firstFolderOf(file)) ? WAITING_BATCH_MAX : BATCH_MAX
}

function firstFolderOf(file: string): string {
  return file.slice(0, file.indexOf('/'))
}

function rank(file: string): number {
  const place = SLOW_FOLDERS.indexOf(firstFolderOf(file))
  return place === -1 ? SLOW_FOLDERS.length : place
}
