/** Which test files there are, and in which order they are run. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

const SUFFIX = '.test.ts'
const LONG_SUFFIX = '.long.test.ts'
/** Folders whose files take long each: begun first, so that the end does not wait for one of them on an idle core. */
const SLOW_FOLDERS = ['end-to-end', 'simulation', 'house', 'testing', 'fuzz']

/** Of the sources, as a compiled file may outlive its own. The paths are relative to `folder`, and in order. */
export function testFiles(folder: string, isLong: boolean): readonly string[] {
  const all = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return all
    .filter((file) => file.endsWith(SUFFIX) && file.endsWith(LONG_SUFFIX) === isLong)
    .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
}

/** `test/raft/table.test.ts` is compiled to `dist/test/raft/table.test.js`. */
export function compiled(file: string): string {
  return join('dist', 'test', file.replace(/ts$/, 'js'))
}

function rank(file: string): number {
  const place = SLOW_FOLDERS.findIndex((folder) => file.startsWith(folder))
  return place === -1 ? SLOW_FOLDERS.length : place
}
