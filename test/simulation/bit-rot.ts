/** Bytes of closed files that change behind everyone's back, while nobody has them open. */
import type { Dice } from '../../testing/simulator/dice.js'
import { headerBytes, segmentSequences, segmentName } from '../../lib/storage/segment.js'
import { sectorBytes } from '../../testing/simulator/inode.js'
import type { SimulatedNode } from '../../testing/simulator/node.js'

/**
 * The oldest of so many segments is closed, and what stands in it is known to be durable by what stands in later ones:
 * what is behind the last such word can't be told from what a crash has torn.
 */
const SEGMENTS_LEAST = 4
/** What a few small blocks take. */
const LAST_BYTES = 200

/** Flips a bit, or writes one sector over another. Undefined: there is no file that is closed for sure. */
export function rot(node: SimulatedNode, dice: Dice): string | undefined {
  const file = dice.pick(closedFiles(node.process.disk.files))
  if (file === undefined) return undefined
  node.corrupt(file, (bytes) => {
    const rotten = dice.chance(500) ? misdirected(bytes.slice(), dice) : bytes
    return isSame(rotten, bytes) ? flipped(bytes, dice) : rotten
  })
  return file
}

/** Flips a bit in what the log has written last, at the end of the blocks or before. Undefined: nothing is there. */
export function rotAtRest(node: SimulatedNode, dice: Dice): string | undefined {
  const { disk } = node.process
  const used = segmentSequences(disk.files)
    .map(segmentName)
    .map((file) => ({ file, end: disk.contents(file).findLastIndex((byte) => byte !== 0) }))
    .findLast(({ end }) => end >= headerBytes)
  if (used === undefined) return undefined
  const from = Math.max(headerBytes, used.end - LAST_BYTES)
  node.corrupt(used.file, (bytes) => {
    const at = from + dice.below(used.end - from + 1)
    bytes[at] = (bytes[at] ?? 0) ^ (1 << dice.below(8))
    return bytes
  })
  return used.file
}

function closedFiles(files: readonly string[]): readonly string[] {
  const segments = segmentSequences(files).map(segmentName)
  const oldest = segments.length >= SEGMENTS_LEAST ? segments.slice(0, 1) : []
  return [...files.filter((file) => /\.(json|snap)$/.test(file)), ...oldest]
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.every((byte, at) => byte === other[at])
}

function flipped(bytes: Uint8Array, dice: Dice): Uint8Array {
  const at = dice.below(Math.max(bytes.length, 1))
  bytes[at] = (bytes[at] ?? 0) ^ (1 << dice.below(8))
  return bytes
}

function misdirected(bytes: Uint8Array, dice: Dice): Uint8Array {
  const sectors = Math.max(1, Math.ceil(bytes.length / sectorBytes))
  const [from, to] = [dice.below(sectors) * sectorBytes, dice.below(sectors) * sectorBytes]
  bytes.copyWithin(to, from, Math.min(from + sectorBytes, bytes.length))
  return bytes
}
