/**
 * Runs the test files that are given, one after another in this process. Before what a file prints stands a subtest of
 * the file's name, in which it is loaded: its own tests queue up behind that one, and the next file's behind them.
 */
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { lastWords } from '../harness/last-words.js'

/** How long a file may take, unless it says otherwise. */
const seconds = Number(process.env['TAP_TIMEOUT'] ?? 30)

t.on('timeout', () => console.log(lastWords().replace(/^/gm, '# ')))

for (const file of process.argv.slice(2)) {
  await t.test(file, async (test) => {
    // Each file has its time for itself, whatever those before it in this process took or asked for.
    t.setTimeout(seconds * 1000)
    await import(pathToFileURL(file).href)
    test.pass('it is loaded')
  })
  // What the file wants done at its end tap would do at the end of the process.
  void t.test(`the end of ${file}`, async () => t.onEOF())
}
