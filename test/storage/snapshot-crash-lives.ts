/** Logs and snapshots through crashes: one life of a process after another. */
import fc from 'fast-check'
import {
  logIndex,
  type Entry,
  type HardState,
  type Recovered,
  type SnapshotPosition,
} from '../../lib/raft/types.js'
import type { RaftStorage } from '../../lib/storage/raft-storage.js'
import {
  chance,
  command,
  failAfter,
  hardState,
  mortalDisk,
  openTiny,
  piecesOf,
  position,
  saveSnapshot,
  untilFailure,
} from './setting.js'

/** What is on disk, as a model: entries after `base`, and the newest snapshot. */
interface Model {
  readonly hardState: HardState
  readonly base: { readonly index: number; readonly term: number }
  readonly entries: readonly Entry[]
  readonly snapshot: SnapshotPosition | undefined
}

/** Numbers choose among what is possible where the step comes. */
type Step =
  | { readonly kind: 'append'; readonly truncate: number; readonly lengths: readonly number[] }
  /** The member's own, while entries are appended. */
  | { readonly kind: 'snapshot'; readonly at: number; readonly lengths: readonly number[] }
  /** A leader's, beyond the snapshot that is there, in a new term or not. */
  | { readonly kind: 'install'; readonly ahead: number; readonly newTerm: boolean }
  | { readonly kind: 'compact'; readonly behind: number }
interface Life {
  readonly operationsMax: number
  /** After so many operations of the disk, one fails. Undefined: none does. */
  readonly goodMax: number | undefined
  readonly steps: readonly Step[]
}

const lengths = fc.array(fc.oneof(fc.nat(40), fc.nat(700), fc.nat(3000)), { maxLength: 3 })
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('append' as const), truncate: fc.nat(4), lengths }),
  fc.record({ kind: fc.constant('snapshot' as const), at: fc.nat(8), lengths }),
  fc.record({ kind: fc.constant('install' as const), ahead: fc.nat(8), newTerm: fc.boolean() }),
  fc.record({ kind: fc.constant('compact' as const), behind: fc.nat(4) }),
)
const life: fc.Arbitrary<Life> = fc.record({
  operationsMax: fc.nat(150),
  goodMax: fc.option(fc.nat(60), { nil: undefined }),
  steps: fc.array(step, { maxLength: 14 }),
})

const fresh: Model = {
  hardState: hardState(0),
  base: { index: 0, term: 0 },
  entries: [],
  snapshot: undefined,
}

function lastIndex({ base, entries }: Model): number {
  return base.index + entries.length
}

function termAt({ base, entries }: Model, index: number): number | undefined {
  return index === base.index ? base.term : entries[index - base.index - 1]?.term
}

/** What a start must make of the model. */
function recoveredFrom(model: Model): Recovered {
  const { hardState: hard, snapshot, entries } = model
  if (!snapshot) return { hardState: hard, entries }
  if (termAt(model, snapshot.index) === snapshot.term) {
    return { hardState: hard, entries: entries.filter((entry) => entry.index > snapshot.index), snapshot }
  }
  const reached = hard.currentTerm < snapshot.term ? hardState(snapshot.term) : hard
  return { hardState: reached, entries: [], snapshot }
}

function modelOf({ hardState, entries, snapshot }: Recovered): Model {
  return { hardState, base: snapshot ?? fresh.base, entries, snapshot }
}

function appended(model: Model, truncate: number, lengths: readonly number[]) {
  const last = lastIndex(model)
  const keptAtLeast = Math.max(model.snapshot?.index ?? 0, model.base.index)
  const kept = truncate === 0 ? last : Math.min(last, Math.max(keptAtLeast, last + 1 - truncate))
  const currentTerm = model.hardState.currentTerm + (truncate === 0 ? 0 : 1)
  const entries = lengths.map((length, i) => command(kept + 1 + i, 'x'.repeat(length), currentTerm))
  const hard = hardState(currentTerm, 'node1')
  const change = {
    ...(truncate === 0 ? {} : { hardState: hard, truncateFrom: logIndex(kept + 1) }),
    entries,
  }
  const left = model.entries.filter((entry) => entry.index <= kept)
  return {
    change,
    after: { ...model, ...(truncate > 0 && { hardState: hard }), entries: [...left, ...entries] },
  }
}

/** The pieces follow from the position, so that they can be checked after any crash. */
function stateAt({ index, term }: SnapshotPosition): readonly string[] {
  return [`state at ${index} in term ${term}`, 'x'.repeat((index * 997) % 3000), '']
}

async function checkLives(lives: readonly Life[], seed: number): Promise<void> {
  const random = chance(seed)
  const { disk, live } = mortalDisk({ writesDurably: seed % 2 === 0, chance: random })
  /** States that a crash may leave now. */
  let possible: readonly Model[] = [fresh]

  const open = async () => {
    failAfter(disk)
    const { storage, recovered } = await openTiny(disk)
    const expected = possible.map((model) => JSON.stringify(recoveredFrom(model)))
    if (!expected.includes(JSON.stringify(recovered))) {
      throw new Error(`recovered ${JSON.stringify(recovered)}, possible were ${expected.join(' | ')}`)
    }
    const { snapshot } = storage
    const pieces = JSON.stringify(await piecesOf(snapshot))
    if (snapshot && pieces !== JSON.stringify(stateAt(snapshot.position))) throw new Error('another state')
    possible = [modelOf(recovered)]
    return storage
  }

  const take = async (storage: RaftStorage, step: Step): Promise<void> => {
    const [model = fresh] = possible
    const covered = model.snapshot?.index ?? 0
    switch (step.kind) {
      case 'append': {
        const { change, after } = appended(model, step.truncate, step.lengths)
        possible = [model, after]
        await storage.persist(change)
        possible = [after]
        return
      }
      case 'snapshot': {
        const { change, after } = appended(model, 0, step.lengths)
        const index = Math.min(lastIndex(model), covered + step.at)
        const at = position(index, termAt(model, index))
        const snapshot = index > covered ? at : model.snapshot
        possible = [model, after, { ...model, snapshot }, { ...after, snapshot }]
        await Promise.all([
          index > 0 ? saveSnapshot(storage, at, ...stateAt(at)) : undefined,
          storage.persist(change),
        ])
        possible = [{ ...after, snapshot }]
        return
      }
      case 'install': {
        const term = model.hardState.currentTerm + (step.newTerm ? 1 : 0)
        const snapshot = position(Math.max(covered, model.base.index) + 1 + step.ahead, term)
        const base = { index: snapshot.index, term: snapshot.term }
        const hard = step.newTerm ? hardState(term) : model.hardState
        const received = { ...model, snapshot }
        const after: Model = { hardState: hard, base, entries: [], snapshot }
        possible = [model, received]
        await saveSnapshot(storage, snapshot, ...stateAt(snapshot))
        possible = [received, after]
        const reset = { index: snapshot.index, term: snapshot.term }
        await storage.persist({ ...(step.newTerm && { hardState: hard }), reset, entries: [] })
        possible = [after]
        return
      }
      case 'compact':
        if (!model.snapshot) return
        return storage.compact(logIndex(Math.max(0, covered - step.behind)))
    }
  }

  const takeAll = async (storage: RaftStorage, steps: readonly Step[]) => {
    for (const step of steps) await take(storage, step)
  }
  const run = async ({ goodMax, steps }: Life) => {
    const storage = await open()
    failAfter(disk, goodMax)
    await untilFailure(takeAll(storage, steps))
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
  'after any crashes, between any two disk operations, and after operations that failed and were done in part or in full, ' +
  'log and snapshot fit together, ' +
  'and nothing that was acknowledged is missing'

/** Rejects with the lives that break the rule. */
export function crashAmidSnapshots(times: number): Promise<void> {
  const lives = fc.array(life, { minLength: 1, maxLength: 5 })
  return fc.assert(fc.asyncProperty(lives, fc.integer(), checkLives), { numRuns: times })
}
