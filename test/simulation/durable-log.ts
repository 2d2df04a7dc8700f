/** A disk that holds records: what was not synced may be gone after a crash, and a sync may be slow or fail. */
import { entryToJson, readEntry } from '../../lib/replica/messages.js'
import type { LogStore } from '../../lib/replica/driver.js'
import { serverId, term } from '../../lib/raft/types.js'
import type { Entry, HardState, Recovered } from '../../lib/raft/types.js'
import type { Life, World } from './world.js'

type StoredRecord = Parameters<LogStore['persist']>[0]

interface Unsynced {
  readonly text: string
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

export interface DiskFaults {
  readonly meanSyncMs: number
  readonly failPerMille: number
  readonly crashPerMille: number
}

export class DurableLog {
  readonly #durable: string[] = []
  #unsynced: Unsynced[] = []

  constructor(private readonly world: World) {}

  open(life: Life, faults: DiskFaults, crash: () => void): LogStore {
    const { dice } = this.world
    return {
      persist: (record) => {
        if (dice.chance(faults.crashPerMille)) life.after(0, crash)
        return new Promise((resolve, reject) => {
          this.#unsynced.push({ text: encode(record), resolve, reject })
          life.after(dice.delay(faults.meanSyncMs), () => this.#sync(dice.chance(faults.failPerMille)))
        })
      },
      close: () => Promise.resolve(),
    }
  }

  /** One sync serves all that waits for it. */
  #sync(fails: boolean): void {
    const all = this.#unsynced
    this.#unsynced = []
    if (fails) return all.forEach(({ reject }) => reject(new Error('EIO: the sync failed')))
    this.#durable.push(...all.map(({ text }) => text))
    all.forEach(({ resolve }) => resolve())
  }

  /** Of what was written but not synced, a beginning may have reached the disk. */
  crash(): void {
    const kept = this.world.dice.below(this.#unsynced.length + 1)
    this.#durable.push(...this.#unsynced.slice(0, kept).map(({ text }) => text))
    this.#unsynced = []
  }

  recover(): Recovered {
    let hardState: HardState = { currentTerm: term(0), votedFor: undefined }
    const entries: Entry[] = []
    for (const record of this.#durable.map(decode)) {
      if (record.truncateFrom !== undefined) entries.length = record.truncateFrom - 1
      entries.push(...record.entries)
      hardState = record.hardState ?? hardState
    }
    return { hardState, entries }
  }
}

function encode({ hardState, truncateFrom, entries }: StoredRecord): string {
  const state = hardState && [hardState.currentTerm, hardState.votedFor ?? null]
  return JSON.stringify([state ?? null, truncateFrom ?? null, entries.map(entryToJson)])
}

interface Decoded {
  readonly hardState?: HardState
  readonly truncateFrom?: number
  readonly entries: readonly Entry[]
}

function decode(text: string): Decoded {
  const [state, truncateFrom, entries] = JSON.parse(text) as [
    [number, string | null] | null,
    number | null,
    unknown[],
  ]
  const [entered, vote] = state ?? [0, null]
  return {
    entries: entries.map(readEntry),
    ...(truncateFrom === null ? {} : { truncateFrom }),
    ...(state === null
      ? {}
      : { hardState: { currentTerm: term(entered), votedFor: vote === null ? undefined : serverId(vote) } }),
  }
}
