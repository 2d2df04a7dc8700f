/**
 * Runs the test files that are given, one after another in this process. Before what a file prints stands a subtest of
 * the file's name, in which it is loaded: its own tests queue up behind that one, and the next file's behind them.
 */
import { pathToFileURL } from 'node:url'
import t from 'tap'

for (const file of process.argv.slice(2)) {
  await t.test(file, async (t) => {
    await import(pathToFileURL(file).href)
    t.pass('it is loaded')
  })
}
