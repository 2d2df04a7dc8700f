/**
 * `node dist/bench/snapshot.js [MB [VALUE_BYTES]]`: how long a snapshot of kv, taken while commands go on running, and
 * its restore hold the process up. On Linux, where a thread can see what it has had of a processor.
 */
import { readFileSync } from 'node:fs'
import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ms } from '../lib/ports.js'
import { logIndex, term } from '../lib/raft/types.js'
import { encodeCommand } from '../lib/replica/machine/command-text.js'
import { LogTime } from '../lib/replica/machine/log-time.js'
import { StateMachine } from '../lib/replica/machine/machine.js'
import { systemClock } from '../lib/system/clock.js'
import { createLogger } from '../lib/system/logger.js'
import { KeyValue } from '../lib/shipped/kv.js'

const [megabytes = 200, valueBytes = 1000] = process.argv.slice(2).map(Number)
const keys = Math.round((megabytes * 1_000_000) / valueBytes)
const logger = createLogger({ level: 'warn', name: 'snapshot', stream: process.stderr })

function machine(): StateMachine {
  const sources = new Map([['kv', KeyValue]])
  const time = new LogTime(systemClock)
  return new StateMachine({ sources, time, clock: systemClock, logger, patience: ms(75) })
}

let index = 0
function set(target: StateMachine, key: number): void {
  const value = `${key} `.padEnd(valueBytes, 'abcdefgh')
  const params = [`user/${key}`, value]
  const data = encodeCommand({ object: 'kv', method: 'set', params, time: index, seed: 1 })
  index += 1
  target.apply({ kind: 'command', index: logIndex(index), term: term(1), data }, true)
}

/** Milliseconds that this thread has had of a processor, so that what other processes take does not count. */
function busy(): number {
  return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]) / 1_000_000
}

/** The longest that nothing else could run, as a timer of one millisecond sees it: by the clock, and of a processor. */
function watchPauses(): () => { readonly clock: number; readonly processor: number } {
  let [last, lastBusy] = [performance.now(), busy()]
  let [clock, processor] = [0, 0]
  const timer = setInterval(() => {
    const [now, nowBusy] = [performance.now(), busy()]
    clock = Math.max(clock, now - last)
    processor = Math.max(processor, nowBusy - lastBusy)
    ;[last, lastBusy] = [now, nowBusy]
  }, 1)
  return () => {
    clearInterval(timer)
    return { clock, processor }
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** One slice in each turn, with some writes beside it, as a replica would. */
async function take(target: StateMachine, file: FileHandle): Promise<string> {
  let [longest, pieces, bytes] = [0, 0, 0]
  const timed = <T>(task: () => T): T => {
    const began = busy()
    const result = task()
    longest = Math.max(longest, busy() - began)
    return result
  }
  const capture = timed(() => target.capture())
  for (let text = timed(() => capture.next()); text !== undefined; text = timed(() => capture.next())) {
    await file.write(`${text}\n`)
    pieces += 1
    bytes += text.length
    for (let n = 0; n < 20; n++) set(target, (index * 7919) % keys)
  }
  return `longest slice ${longest.toFixed(1)} ms, ${pieces} pieces, ${(bytes / 1_000_000).toFixed(0)} MB`
}

async function measured(what: string, task: () => Promise<string>): Promise<void> {
  const pauses = watchPauses()
  const [began, beganBusy] = [performance.now(), busy()]
  const more = await task()
  const { clock, processor } = pauses()
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  process.stdout.write(
    `${what}: ${seconds} s (${((busy() - beganBusy) / 1000).toFixed(1)} s of a processor), ` +
      `longest pause ${clock.toFixed(0)} ms (${processor.toFixed(0)} ms of a processor); ${more}\n`,
  )
}

process.stdout.write(`${keys} keys, values of ${valueBytes} bytes\n`)
const folder = await mkdtemp(join(tmpdir(), 'rollcall-bench-'))
const file = await open(join(folder, 'snapshot'), 'w+')
const source = machine()
await measured('fill', async () => {
  for (let key = 0; key < keys; key++) {
    set(source, key)
    if (key % 100 === 0) await turn()
  }
  return `${(process.memoryUsage().rss / 1_000_000).toFixed(0)} MB in memory`
})
await measured('capture', () => take(source, file))
const fresh = machine()
await measured('restore', async () => {
  await fresh.restore(file.readLines({ start: 0 }))
  return `${JSON.stringify(fresh.query('kv', 'get', ['user/1'])).length} characters in a value`
})
await rm(folder, { recursive: true })
