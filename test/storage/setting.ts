import type { Logger } from '../../lib/ports.js'
import {
  logIndex,
  clusterId,
  incarnation,
  serverId,
  start,
  term,
  type CommandEntry,
  type Entry,
  type HardState,
  type Recovered,
  type SnapshotPosition,
} from '../../lib/raft/types.js'
import type { Change } from '../../lib/storage/record.js'
import { RaftStorage, type LogSizes } from '../../lib/storage/raft-storage.js'
import type { SnapshotFile } from '../../lib/storage/snapshot-file.js'
import { MemoryDisk, type MemoryDiskOptions } from '../../testing/simulator/memory-disk.js'

/** So small that a few records fill a segment. */
export const tinySizes: LogSizes = { firstSegment: 4096 + 1024, segment: 4096 + 2048, batch: 512 }

export function memoryDisk(): MemoryDisk {
  return new MemoryDisk({ schedule: queueMicrotask })
}

/** A logger that keeps its warnings. */
export function listeningLogger(): Logger & { readonly warnings: string[] } {
  const warnings: string[] = []
  const silent = () => undefined
  const logger = {
    warnings,
    debug: silent,
    info: silent,
    error: silent,
    warn: (sentence: string) => void warnings.push(sentence),
    with: () => logger,
  }
  return logger
}

export function openTiny(disk: MemoryDisk, logger: Logger = listeningLogger()) {
  return RaftStorage.open(disk, logger, tinySizes)
}

export function command(index: number, data: string, inTerm = 1): CommandEntry {
  return { kind: 'command', index: logIndex(index), term: term(inTerm), data }
}

export function commands(...entries: readonly CommandEntry[]): Change {
  return { entries }
}

export function hardState(currentTerm: number, votedFor?: string): HardState {
  return { currentTerm: term(currentTerm), votedFor: votedFor === undefined ? undefined : serverId(votedFor) }
}

export const nothing: Recovered = { hardState: hardState(0), entries: [] }

/** A snapshot of a group of one stands here. */
export function position(index: number, inTerm = 1): SnapshotPosition {
  return {
    index: logIndex(index),
    term: term(inTerm),
    configuration: { voters: [serverId('node1')], learners: [], uris: { node1: 'node1@localhost:9101' } },
    clusterId: clusterId('c-1'),
    incarnations: [[serverId('node1'), incarnation('i-1')]],
    starts: [[serverId('node1'), start('1-a')]],
  }
}

/** Writes a snapshot there, with these pieces, and waits until it has taken its place. */
export async function saveSnapshot(
  storage: RaftStorage,
  at: SnapshotPosition,
  ...pieces: readonly string[]
): Promise<SnapshotFile> {
  const writer = storage.beginSnapshot(at)
  for (const piece of pieces) await writer.write(piece)
  return writer.finish()
}

export async function piecesOf(snapshot: SnapshotFile | undefined): Promise<readonly string[]> {
  const pieces: string[] = []
  for (let i = 0; i < (snapshot?.chunks ?? 0); i++) pieces.push((await snapshot?.chunk(i)) ?? '')
  return pieces
}

/** What must be recovered after one more change: the contract of `persist`, as a pure step. */
export function afterChange(state: Recovered, change: Change): Recovered {
  const { truncateFrom } = change
  const before = change.reset ? [] : state.entries
  const kept: readonly Entry[] =
    truncateFrom === undefined ? before : before.filter((entry) => entry.index < truncateFrom)
  return { hardState: change.hardState ?? state.hardState, entries: [...kept, ...change.entries] }
}

/** A small generator of chance, the same for the same seed (splitmix32). */
export function chance(seed: number): { below(limit: number): number } {
  let state = seed | 0
  return {
    below(limit) {
      state = (state + 0x9e3779b9) | 0
      let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
      mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
      return ((mixed ^ (mixed >>> 15)) >>> 0) % limit
    },
  }
}

/** A disk that stops dead after so many operations. The options are those of MemoryDisk. */
export function mortalDisk(options: Omit<MemoryDiskOptions, 'schedule'> = {}) {
  let left = 0
  let died = (): void => undefined
  const disk = new MemoryDisk({
    ...options,
    schedule: (task) => {
      if (left-- > 0) queueMicrotask(task)
      else died()
    },
  })
  const live = (operationsMax: number) => {
    left = operationsMax
    return new Promise<void>((resolve) => (died = resolve))
  }
  return { disk, live }
}

class Failure extends Error {}

/** After so many operations of the disk, one fails. */
export function failAfter(disk: MemoryDisk, goodMax = Infinity): void {
  let left = goodMax
  disk.fault = (operation) => (left-- === 0 ? new Failure(operation) : undefined)
}

/** Resolves when the life ends, also with what {@link failAfter} has brought about. */
export async function untilFailure(life: Promise<void>): Promise<void> {
  await life.catch((error: unknown) => {
    if (!isFailure(error)) throw error
  })
}

function isFailure(error: unknown): boolean {
  return error instanceof Failure || (error instanceof Error && isFailure(error.cause))
}
