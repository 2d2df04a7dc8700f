/** The watchdog's own thread: looks now and then whether the same run is still going on, and ends the process if so. */
import { writeSync } from 'node:fs'
import { Session } from 'node:inspector'
import { parentPort, workerData } from 'node:worker_threads'
import { CommandError, errorLine } from '../command-line/report.js'
import { cellsIn, runIn, type Run } from './watchdog-cells.js'

/**
 * So many looks in a row must find the same run. They are counted, as a process that was stopped can't be blamed for
 * the time.
 */
const LOOKS = 20

/** How long the watched thread has to end the process itself, with an exit code. Then the process is killed. */
const GRACE_MS = 1000
const ATTEMPTS = 10

const { memory, limit, folder } = workerData as {
  readonly memory: SharedArrayBuffer
  readonly limit: number
  readonly folder: string
}
const cells = cellsIn(memory)
const names: string[] = []
let seen: Run | undefined
let looks = 0

parentPort?.on('message', (name: string) => names.push(name))
const looking = setInterval(look, Math.ceil(limit / LOOKS))

function look(): void {
  const run = runIn(cells)
  looks = run !== undefined && run.number === seen?.number ? looks + 1 : 0
  seen = run
  if (run === undefined || looks < LOOKS) return
  clearInterval(looking)
  tell(run)
  endProcess()
}

function tell({ method, index }: Run): void {
  const name = names[method] ?? 'a method'
  const where = index === 0 ? `the query ${name}` : `${name}, entry ${index} of the log,`
  const todo =
    index === 0
      ? 'mend its class before it is called again'
      : `so will every member that comes to this entry. Once all members are stopped, ` +
        `rollcall skip ${index} --data ${folder} makes this one pass over it; do the same for every other member`
  const sentence = `${where} has run for ${limit / 1000} s and does not end: this member stops; ${todo}`
  try {
    writeSync(2, `${errorLine(new CommandError('METHOD_NEVER_ENDS', sentence))}\n`)
  } catch {
    // Nobody reads stderr.
  }
}

/**
 * Only the watched thread can end the process with an exit code, and it is busy. The inspector can interrupt it almost
 * anywhere; with the descriptor of stderr closed, Node's own word about a debugger that is still connected is not
 * heard.
 */
function endProcess(): void {
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), GRACE_MS)
  const session = new Session()
  session.connectToMainThread()
  const expression = `require('node:fs').closeSync(2); process.reallyExit(1)`
  const end = (): void => session.post('Runtime.evaluate', { expression, includeCommandLineAPI: true })
  setInterval(end, GRACE_MS / ATTEMPTS)
  end()
}
