/**
 * `node dist/bench/snapshot.js [MB [VALUE_BYTES]]`: how long a snapshot of kv holds the process up, and its restore,
 * while commands go on running.
 */
import { ms } from '../lib/ports.js'
import { logIndex, term } from '../lib/raft/types.js'
import { encodeCommand } from '../lib/replica/command-text.js'
import { LogTime } from '../lib/replica/log-time.js'
import { StateMachine } from '../lib/replica/machine.js'
import { systemClock } from '../lib/system/clock.js'
import { createLogger } from '../lib/system/logger.js'
import { KeyValue } from '../node/objects/kv.js'

const [megabytes = 200, valueBytes = 1000] = process.argv.slice(2).map(Number)
const keys = Math.round((megabytes * 1_000_000) / valueBytes)
const logger = createLogger({ level: 'warn', format: 'text', name: 'snapshot', stream: process.stderr })

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

/** The longest time that nothing else could run, as a timer of one millisecond sees it. */
function watchPauses(): () => number {
  let [last, longest] = [performance.now(), 0]
  const timer = setInterval(() => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
  }, 1)
  return () => {
    clearInterval(timer)
    return longest
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

async function filled(): Promise<StateMachine> {
  const target = machine()
  for (let key = 0; key < keys; key++) {
    set(target, key)
    if (key % 1000 === 0) await turn()
  }
  return target
}

/** One slice in each turn, with some writes beside it, as a replica would. */
async function take(target: StateMachine, texts: string[]): Promise<number> {
  let longest = 0
  const timed = <T>(task: () => T): T => {
    const began = performance.now()
    const result = task()
    longest = Math.max(longest, performance.now() - began)
    return result
  }
  const capture = timed(() => target.capture())
  for (;;) {
    const text = timed(() => capture.next())
    if (text === undefined) return longest
    texts.push(text)
    for (let n = 0; n < 20; n++) set(target, (index * 7919) % keys)
    await turn()
  }
}

async function* asRead(texts: readonly string[]): AsyncGenerator<string> {
  for (const text of texts) {
    await turn()
    yield text
  }
}

async function measured(what: string, task: () => Promise<string>): Promise<void> {
  const pauses = watchPauses()
  const began = performance.now()
  const more = await task()
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  process.stdout.write(`${what}: ${seconds} s, longest pause ${pauses().toFixed(0)} ms${more}\n`)
}

process.stdout.write(`${keys} keys, values of ${valueBytes} bytes\n`)
let source = machine()
await measured('fill', async () => {
  source = await filled()
  return ''
})
const texts: string[] = []
await measured('capture', async () => {
  const slice = await take(source, texts)
  return `, longest slice ${slice.toFixed(1)} ms, ${texts.length} pieces`
})
const fresh = machine()
await measured('restore', async () => {
  await fresh.restore(asRead(texts))
  return `, ${String(fresh.query('kv', 'get', ['user/1'])).length} bytes in a value`
})
