/** Bits that change while a member rests. */
import t from 'tap'
import { rotAtRest } from './bit-rot.js'
import { quietStage } from './quiet-stage.js'

const SEEDS = 12
/** Longer than a member needs to find that it is quiet. Virtual milliseconds. */
const REST_MS = 1500

t.setTimeout(120_000)

t.test(
  'a bit that changes in the last block while a member rests is refused, or costs nothing',
  async (t) => {
    const fates = new Map<string, number>()
    for (let seed = 1; seed <= SEEDS; seed++) {
      const stage = await quietStage(seed, {})
      await stage.run(REST_MS)
      const { cluster, world } = stage
      const node = world.dice.pick(cluster.nodes)
      if (node === undefined) throw new Error('there is no node')
      node.process.kill()
      t.ok(rotAtRest(node, world.dice), `seed ${seed}: a bit has changed`)
      node.process.start()
      await stage.until('it runs, or is refused', () => {
        return node.process.running !== undefined || node.fate === 'damaged'
      })
      fates.set(node.fate, (fates.get(node.fate) ?? 0) + 1)
    }
    t.ok((fates.get('damaged') ?? 0) >= SEEDS / 4, `${fates.get('damaged') ?? 0} were refused`)
  },
)
