/**
 * The long run: `npm run fuzz` (arguments: {@link HELP}). A rule that breaks is told with what replays it, and its
 * target is left out from then on. After each target garbage is collected, if node was told to --expose-gc: what is
 * then still in use may not grow without end. No input may keep the process from everything else for seconds. Exit code
 * 1 if a rule was broken.
 */
import { HELP, readArguments, type Arguments } from './arguments.js'
import { HeapWatch, mebibytes } from './heap.js'
import { StandstillWatch } from './standstill.js'
import { run } from './target.js'
import type { Target } from './target.js'
import { targets } from './targets.js'
import { traffic } from './traffic.js'

const SEEDS = 2 ** 31

/** What runs now, for what breaks outside of any call. */
let underWay = 'nothing'
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error) => {
    console.error(`${event} in ${underWay}:`, error)
    process.exit(1)
  })
}

const { minutes, seed: given, targets: names, path } = argumentsOrHelp()
// What all targets share is there from the start.
await traffic()
const heap = new HeapWatch()
const standstill = new StandstillWatch()
const end = performance.now() + minutes * 60_000
const firstSeed = given ?? Math.floor(Math.random() * SEEDS)
let left = targets.filter(({ name }) => names.includes(name))
const inputs = new Map<string, number>()
for (let seed = firstSeed; left.length > 0 && performance.now() < end; seed = (seed + 1) % SEEDS) {
  const broken = new Set<Target>()
  for (const target of left) {
    if (performance.now() >= end) break
    if (await holds(target, seed)) inputs.set(target.name, (inputs.get(target.name) ?? 0) + target.runs)
    else broken.add(target)
  }
  left = left.filter((target) => !broken.has(target))
  if (path !== undefined) break
}
for (const [name, count] of inputs) console.log(`${String(count).padStart(9)} inputs: ${name}`)
const { growth } = heap
console.log(
  growth === undefined
    ? 'memory was not looked at'
    : `${mebibytes(growth)} MiB more in use than at the start`,
)
console.log(`${Math.round(standstill.longest)} ms was the longest that nothing else ran`)

async function holds(target: Target, seed: number): Promise<boolean> {
  underWay = `--seed ${seed} --target ${JSON.stringify(target.name)}`
  try {
    await run(target, { seed, path })
    const tooMuch = (await heap.check(target.name)) ?? standstill.check()
    if (tooMuch === undefined) return true
    throw new Error(tooMuch)
  } catch (error) {
    process.exitCode = 1
    console.error(`${underWay}\n${error instanceof Error ? error.message : String(error)}`)
    return false
  }
}

/** Ends the process when they are wrong. */
function argumentsOrHelp(): Arguments {
  try {
    return readArguments(
      process.argv.slice(2),
      targets.map(({ name }) => name),
    )
  } catch (error) {
    console.error(`error: ${error instanceof Error ? error.message : String(error)}\n\n${HELP}`)
    process.exit(2)
  }
}
