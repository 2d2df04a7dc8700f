/** Replays seeds by hand: `node dist/test/simulation/run.js --seed 17 [--seeds 100] [--trace]`. Exit code 1 if one fails. */
import { parseArgs } from 'node:util'
import { simulate, SimulationFailure } from './simulation.js'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    trace: { type: 'boolean', default: false },
  },
})

const tally = new Map<string, number>()
const first = Number(values.seed)
const count = Number(values.seeds)
for (let seed = first; seed < first + count; seed++) {
  try {
    const story = await simulate(seed)
    for (const [what, times] of story.tally) tally.set(what, (tally.get(what) ?? 0) + times)
    if (values.trace) console.log(story.trace.join('\n'))
    if (count === 1)
      console.log(`seed ${seed}: ${story.acknowledged} calls acknowledged, ${story.trace.length} events told`)
  } catch (error) {
    if (!(error instanceof SimulationFailure)) throw error
    process.exitCode = 1
    console.log(count === 1 || values.trace ? error : error.message.split('\n')[0])
  }
}
console.log(Object.fromEntries([...tally].sort()))
