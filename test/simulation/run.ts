/** Replays seeds by hand: `node dist/test/simulation/run.js --seed 17 [--seeds 100] [--trace]`. */
import { parseArgs } from 'node:util'
import { simulate } from './simulation.js'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    trace: { type: 'boolean', default: false },
  },
})

const first = Number(values.seed)
for (let seed = first; seed < first + Number(values.seeds); seed++) {
  const story = await simulate(seed)
  if (values.trace) console.log(story.trace.join('\n'))
  console.log(`seed ${seed}: ${story.acknowledged} calls acknowledged, ${story.trace.length} events told`)
}
