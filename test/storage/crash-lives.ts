/** Logs through crashes: one life of a process after another. */
import fc from 'fast-check'
import { logIndex, type Recovered } from '../../lib/raft/types.js'
import type { Change } from '../../lib/storage/record.js'
import { afterChange, chance, command, hardState, mortalDisk, nothing, openTiny } from './setting.js'

/** One life of a process: bursts of persists, until so many disk operations have completed. */
interface Life {
  readonly operationsMax: number
  readonly bursts: readonly (readonly Step[])[]
}
type Step = { readonly truncate: number; readonly dataLengths: readonly number[]; readonly newTerm: boolean }

const step: fc.Arbitrary<Step> = fc.record({
  truncate: fc.nat(4),
  dataLengths: fc.array(fc.oneof(fc.nat(40), fc.nat(700), fc.nat(3000)), { maxLength: 3 }),
  newTerm: fc.boolean(),
})
const life: fc.Arbitrary<Life> = fc.record({
  operationsMax: fc.nat(90),
  bursts: fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { maxLength: 8 }),
})

function changeOf({ truncate, dataLengths, newTerm }: Step, state: Recovered): Change {
  const last = state.entries.length
  const kept = truncate === 0 ? last : Math.max(0, last + 1 - truncate)
  const term = state.hardState.currentTerm + (newTerm ? 1 : 0)
  return {
    ...(newTerm ? { hardState: hardState(term, 'node1') } : {}),
    ...(truncate === 0 ? {} : { truncateFrom: logIndex(kept + 1) }),
    entries: dataLengths.map((length, i) => command(kept + 1 + i, 'x'.repeat(length), term)),
  }
}

async function checkLives(lives: readonly Life[], seed: number): Promise<void> {
  const { disk, live } = mortalDisk(seed % 2 === 0)
  const random = chance(seed)
  /** States that a crash may leave: the first is the least, everything up to it was acknowledged. */
  let possible: Recovered[] = [nothing]

  const open = async () => {
    const { storage, recovered } = await openTiny(disk)
    const found = possible.findIndex((state) => JSON.stringify(state) === JSON.stringify(recovered))
    if (found < 0) throw new Error('recovered neither what was acknowledged nor a state after it')
    possible = [recovered]
    return storage
  }
  const run = async (bursts: Life['bursts']) => {
    const storage = await open()
    for (const burst of bursts) {
      const pending = burst.map((step) => {
        const state = possible.at(-1) ?? nothing
        const change = changeOf(step, state)
        const next = afterChange(state, change)
        possible.push(next)
        return storage.persist(change).then(() => (possible = possible.slice(possible.indexOf(next))))
      })
      await Promise.all(pending)
    }
    await storage.close()
  }
  for (const { operationsMax, bursts } of lives) {
    await Promise.race([live(operationsMax), run(bursts)])
    if (random.below(4) === 0) disk.kill()
    else disk.crash(random)
  }
  void live(Infinity)
  await (await open()).close()
}

/** What must hold, as a sentence. */
export const rule =
  'after any crashes, between any two disk operations, with any sectors of unsynced writes lost, ' +
  'the log is what was acknowledged or a state that was asked for after it'

/** Rejects with the lives that break the rule. */
export function crashAgainAndAgain(times: number): Promise<void> {
  const lives = fc.array(life, { minLength: 1, maxLength: 4 })
  return fc.assert(fc.asyncProperty(lives, fc.integer(), checkLives), { numRuns: times })
}
