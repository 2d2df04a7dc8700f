/** Logs through crashes: one life of a process after another. */
import fc from 'fast-check'
import { logIndex, type Recovered } from '../../lib/raft/types.js'
import type { RaftStorage } from '../../lib/storage/raft-storage.js'
import type { Change } from '../../lib/storage/record.js'
import {
  afterChange,
  chance,
  command,
  failAfter,
  hardState,
  mortalDisk,
  nothing,
  openTiny,
  untilFailure,
} from './setting.js'

/** One life of a process: bursts of persists, until so many disk operations have completed, or one has failed. */
interface Life {
  readonly operationsMax: number
  /** After so many operations of the disk, one fails. Undefined: none does. */
  readonly goodMax: number | undefined
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
  goodMax: fc.option(fc.nat(30), { nil: undefined }),
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
  const random = chance(seed)
  const { disk, live } = mortalDisk({ writesDurably: seed % 2 === 0, chance: random })
  /** States that a crash may leave: the first is the least, everything up to it was acknowledged. */
  let possible: Recovered[] = [nothing]

  const open = async () => {
    failAfter(disk)
    const { storage, recovered } = await openTiny(disk)
    const found = possible.findIndex((state) => JSON.stringify(state) === JSON.stringify(recovered))
    if (found < 0) throw new Error('recovered neither what was acknowledged nor a state after it')
    possible = [recovered]
    return storage
  }
  const write = async (storage: RaftStorage, bursts: Life['bursts']) => {
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
  }
  const run = async ({ goodMax, bursts }: Life) => {
    const storage = await open()
    failAfter(disk, goodMax)
    await untilFailure(write(storage, bursts))
    await storage.close()
  }
  for (const life of lives) {
    await Promise.race([live(life.operationsMax), run(life)])
    // Whatever still runs asks the disk for its next operation, which does not complete in this life.
    await new Promise(setImmediate)
    if (random.below(4) === 0) disk.kill()
    else disk.crash(random)
  }
  void live(Infinity)
  await (await open()).close()
}

/** What must hold, as a sentence. */
export const rule =
  'after any crashes, between any two disk operations, with any sectors of unsynced writes lost, ' +
  'and after operations that failed and were done in part or in full, ' +
  'the log is what was acknowledged or a state that was asked for after it'

/** Rejects with the lives that break the rule. */
export function crashAgainAndAgain(times: number): Promise<void> {
  const lives = fc.array(life, { minLength: 1, maxLength: 4 })
  return fc.assert(fc.asyncProperty(lives, fc.integer(), checkLives), { numRuns: times })
}
