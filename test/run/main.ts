/**
 * Runs test files, several at a time, and prints a line of TAP for each; of one that failed also all that it printed.
 * Exits 1 when one failed.
 *
 *     node dist/test/run/main.js                      what takes seconds
 *     node dist/test/run/main.js --long               what takes minutes by its nature
 *     node dist/test/run/main.js --changed            the unit tests of the rooms that differ from main
 *     node dist/test/run/main.js replica/members      those below test/replica/members
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { changedFolders } from './changed-folders.js'
import { compiled, testFiles } from './files.js'
import { runFile } from './run-file.js'

/** More than a usual machine has cores, as many tests wait. */
const JOBS = 3

const { values, positionals } = parseArgs({
  options: { long: { type: 'boolean', default: false }, changed: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const all = testFiles(join(import.meta.dirname, '../../../test'), values.long)
const folders = values.changed ? changedFolders() : positionals
const isWhole = !values.changed && positionals.length === 0
const files = isWhole ? all : all.filter((file) => folders.some((folder) => file.startsWith(`${folder}/`)))

const waiting = files.entries()
const failed: string[] = []

async function work(): Promise<void> {
  for (const [i, file] of waiting) {
    const { isPassed, output, milliseconds } = await runFile(compiled(file))
    if (!isPassed) {
      failed.push(compiled(file))
      console.log(`# Subtest: ${compiled(file)}\n${output.replace(/^(?=.)/gm, '    ')}`)
    }
    console.log(
      `${isPassed ? 'ok' : 'not ok'} ${i + 1} - ${compiled(file)} # time=${milliseconds.toFixed(0)}ms`,
    )
  }
}

console.log(`TAP version 14\n1..${files.length}`)
await Promise.all(Array.from({ length: JOBS }, work))
console.log(
  `# ${files.length} files, ${failed.length} failed${failed.map((file) => `\n# node ${file}`).join('')}`,
)
if (failed.length > 0) process.exitCode = 1
