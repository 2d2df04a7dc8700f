/**
 * The long run: `npm run fuzz -- [--minutes N] [--seed S] [--target WORD] [--path P]`. All targets in turn, or those whose
 * rule holds WORD, each time with the next seed, until the time is over. A rule that breaks is told with what replays
 * it, and its target is left out from then on. `--path`, with `--seed` and `--target`, runs one input. Exit code 1 if
 * a rule was broken.
 */
import { parseArgs } from 'node:util'
import { run } from './target.js'
import type { Target } from './target.js'
import { targets } from './targets.js'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string' },
    target: { type: 'string', default: '' },
    path: { type: 'string' },
  },
})

const SEEDS = 2 ** 31
const firstSeed = values.seed === undefined ? Math.floor(Math.random() * SEEDS) : Number(values.seed)
const end = performance.now() + Number(values.minutes) * 60_000

/** What runs now, for what breaks outside of any call. */
let underWay = 'nothing'
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error) => {
    console.error(`${event} in ${underWay}:`, error)
    process.exit(1)
  })
}

async function holds(target: Target, seed: number): Promise<boolean> {
  underWay = `--seed ${seed} --target ${JSON.stringify(target.name)}`
  try {
    await run(target, { seed, path: values.path })
    return true
  } catch (error) {
    process.exitCode = 1
    console.error(`${underWay}\n${error instanceof Error ? error.message : String(error)}`)
    return false
  }
}

let left = targets.filter(({ name }) => name.includes(values.target))
const inputs = new Map<string, number>()
for (let seed = firstSeed; left.length > 0 && performance.now() < end; seed = (seed + 1) % SEEDS) {
  const broken = new Set<Target>()
  for (const target of left) {
    if (performance.now() >= end) break
    if (await holds(target, seed)) inputs.set(target.name, (inputs.get(target.name) ?? 0) + target.runs)
    else broken.add(target)
  }
  left = left.filter((target) => !broken.has(target))
  if (values.path !== undefined) break
}
for (const [name, count] of inputs) console.log(`${String(count).padStart(9)} inputs: ${name}`)
