/** One file of a simulated disk: what of its bytes a loss of power takes, and what it leaves. */
import type { Random } from '../../lib/ports.js'

/** A disk tears a write between sectors, never inside one. Bytes. */
export const sectorBytes = 512

export interface UnsyncedWrite {
  readonly offset: number
  readonly bytes: Uint8Array
}

/** One file, whatever its name. `seen` is what reads return; `synced` is what a crash can't take away. */
export interface Inode {
  seen: Uint8Array
  synced: Uint8Array
  unsynced: UnsyncedWrite[]
}

/** Reads see it at once. Nothing, wherever it is written, leaves the file as it is. */
export function writeUnsynced(inode: Inode, offset: number, bytes: Uint8Array): UnsyncedWrite {
  const write = { offset, bytes }
  if (bytes.length === 0) return write
  inode.unsynced.push(write)
  inode.seen = written(inode.seen, offset, bytes)
  return write
}

/** These writes survive from now on. */
export function save(inode: Inode, covered: readonly UnsyncedWrite[]): void {
  for (const write of covered) {
    // Another sync that was called later may have been quicker.
    if (inode.unsynced.includes(write)) inode.synced = written(inode.synced, write.offset, write.bytes)
  }
  forget(inode, covered)
}

/** No later sync saves these writes: without one before, the next crash takes them. */
export function forget(inode: Inode, covered: readonly UnsyncedWrite[]): void {
  inode.unsynced = inode.unsynced.filter((write) => !covered.includes(write))
}

function written(into: Uint8Array, offset: number, bytes: Uint8Array): Uint8Array {
  const needed = offset + bytes.length
  let target = into
  if (needed > into.length) {
    target = new Uint8Array(needed)
    target.set(into)
  }
  target.set(bytes, offset)
  return target
}

/**
 * Each sector keeps some number of the writes to it, from the first on, whatever its neighbours keep. Returns how many
 * are lost, over all sectors.
 */
export function loseUnsynced(inode: Inode, random: Pick<Random, 'below'>): number {
  let lost = 0
  const touching = new Map<number, UnsyncedWrite[]>()
  for (const write of inode.unsynced) {
    const end = write.offset + write.bytes.length
    for (let sector = Math.floor(write.offset / sectorBytes); sector * sectorBytes < end; sector++) {
      touching.set(sector, [...(touching.get(sector) ?? []), write])
    }
  }
  for (const [sector, writes] of touching) {
    const kept = writes.slice(0, random.below(writes.length + 1))
    lost += writes.length - kept.length
    for (const write of kept) {
      const from = Math.max(write.offset, sector * sectorBytes)
      const to = Math.min(write.offset + write.bytes.length, (sector + 1) * sectorBytes)
      const part = write.bytes.subarray(from - write.offset, to - write.offset)
      inode.synced = written(inode.synced, from, part)
    }
  }
  inode.unsynced = []
  inode.seen = inode.synced.slice()
  return lost
}
