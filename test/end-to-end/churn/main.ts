/**
 * `npm run churn [-- --seconds 180 --seed N --logs DIR]`: grows, shrinks and replaces a whole cluster while 64 clients
 * write and nodes are killed, and says whether every command is there as often as its client was told. Exits 1 if not.
 */
import { parseArgs } from 'node:util'
import { churn } from './churn.js'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '180' },
    seed: { type: 'string', default: String(Date.now() % 1e9) },
    logs: { type: 'string' },
  },
})
const tasks: (() => unknown)[] = []
const teardown = { teardown: (task: () => unknown) => void tasks.unshift(task) }
const say = (sentence: string): void => void process.stdout.write(`${sentence}\n`)

async function main(): Promise<number> {
  const [seconds, seed] = [Number(values.seconds), Number(values.seed)]
  if (!(seconds >= 0) || !Number.isSafeInteger(seed)) {
    process.stderr.write('error: USAGE: --seconds is a number from 0 up, --seed a whole number\n')
    return 2
  }
  say(`seed ${seed}, ${seconds} s`)
  const { wrong, summary } = await churn(teardown, {
    seconds,
    replaced: 'all',
    untilSnapshots: seconds >= 60,
    seed,
    logs: values.logs,
    say,
  })
  say(summary)
  for (const sentence of wrong) say(`WRONG: ${sentence}`)
  say(wrong.length === 0 ? 'every acknowledged command is there exactly once' : `seed ${seed} failed`)
  return wrong.length === 0 ? 0 : 1
}

async function end(): Promise<void> {
  for (const task of tasks.splice(0)) await task()
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void end().finally(() => process.exit(130)))
}
try {
  process.exitCode = await main()
} finally {
  await end()
}
