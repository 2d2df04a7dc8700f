/**
 * Runs test files. Exits 1 when one failed.
 *
 *     node dist/test/run/main.js                      what takes seconds
 *     node dist/test/run/main.js --long               what takes minutes by its nature
 *     node dist/test/run/main.js --changed            the unit tests of the rooms that differ from main
 *     node dist/test/run/main.js replica/members      those below test/replica/members
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { changedFolders } from './changed-folders.js'
import { batchesOf, testFiles } from './files.js'
import { runAll } from './run-all.js'

const { values, positionals } = parseArgs({
  options: { long: { type: 'boolean', default: false }, changed: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const all = testFiles(join(import.meta.dirname, '../../../test'), values.long)
const folders = values.changed ? changedFolders() : positionals
const isWhole = !values.changed && positionals.length === 0
const files = isWhole ? all : all.filter((file) => folders.some((folder) => file.startsWith(`${folder}/`)))

if (files.length === 0 && positionals.length > 0) {
  console.error(`no test file stands below ${positionals.map((folder) => join('test', folder)).join(', ')}`)
  process.exitCode = 1
} else if (!(await runAll(batchesOf(files)))) process.exitCode = 1
