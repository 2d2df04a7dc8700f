/** Bytes in the files of a node that is down: what was durable must be found, what was not must be cut. */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { blockHeaderBytes, readBlock, type Block } from '../../../../lib/storage/block.js'
import { inspect, type Inspection } from '../../../../lib/storage/inspect.js'
import { headerBytes } from '../../../../lib/storage/segment.js'
import { openDisk } from '../../../../lib/system/disk.js'
import type { Dice } from '../../../raft/dice.js'
import { bringBack, isReady, start, takeDown } from './processes.js'
import { onVictim, type Fault, type Scene, type Strike } from './scene.js'

interface Spot {
  readonly file: string
  readonly offset: number
}

const GARBAGE_BYTES = { least: 1, most: 3000 }

/** A byte of a sealed segment or of the snapshot is another one: the node must refuse to start, and say where. */
const flipThen =
  (after: (scene: Scene, id: string, flipBack: () => void) => Promise<void>): Strike =>
  (scene, dice) =>
    onVictim(scene, dice, async (id) => {
      await takeDown(scene, id)
      const folder = scene.stage.dataFolder(id)
      const spot = spotOf(await inspect(await openDisk(folder)), folder, dice)
      if (spot === undefined) return bringBack(scene, id)
      scene.tally.add('flipped bytes')
      scene.say(`a byte of ${id} is flipped: ${spot.file}, offset ${spot.offset}`)
      const mask = 1 << dice.below(8)
      flipByte(folder, spot, mask)
      if (await isRefused(scene, id, spot)) await after(scene, id, () => flipByte(folder, spot, mask))
    })

/** A refusal has changed nothing: with the byte as it was, all is well. */
export const flipAndMend: Fault = {
  kind: 'mended bytes',
  strike: flipThen(async (scene, id, flipBack) => {
    scene.tally.add(flipAndMend.kind)
    flipBack()
    await bringBack(scene, id)
  }),
}

/** The folder is of no use any more: another member takes its place. */
export const flipAndReplace: Fault = {
  kind: 'replaced members',
  strike: flipThen(async (scene, id) => {
    await scene.replace(id)
    scene.tally.add(flipAndReplace.kind)
  }),
}

/** Bytes behind the end of the log, as of a write that a crash has torn: the node must cut them, and go on. */
export const tear: Fault = {
  kind: 'torn ends',
  strike: (scene, dice) =>
    onVictim(scene, dice, async (id) => {
      await takeDown(scene, id)
      const folder = scene.stage.dataFolder(id)
      const last = (await inspect(await openDisk(folder))).segments.at(-1)
      const room = last === undefined ? 0 : last.bytes - last.usedBytes
      if (last === undefined || room < GARBAGE_BYTES.most) return bringBack(scene, id)
      scene.tally.add(tear.kind)
      scene.say(`the log of ${id} has a torn end: ${last.file}, offset ${last.usedBytes}`)
      write(folder, { file: last.file, offset: last.usedBytes }, garbage(folder, last.file, dice))
      const process = start(scene, id)
      if ((await isReady(process)) && !process.stderr.includes('cut the torn end of the log'))
        scene.accuse(`${id} did not say that it cut the torn end of ${last.file} at ${last.usedBytes}`)
    }),
}

async function isRefused(scene: Scene, id: string, { file, offset }: Spot): Promise<boolean> {
  const refusal = new RegExp(`damaged storage: ${file}, offset \\d+:|${file} has format version`)
  const process = start(scene, id)
  scene.fleet.mayEnd(id, refusal)
  if (await isReady(process))
    scene.accuse(`${id} started, though byte ${offset} of ${file} is not what was written`)
  else if (refusal.test(process.stderr)) return true
  return false
}

/** A byte that matters: of a header or a block in a segment that is sealed, or any of the snapshot. */
function spotOf({ segments, snapshot, damage }: Inspection, folder: string, dice: Dice): Spot | undefined {
  if (damage !== undefined) return undefined
  const sealed = segments.slice(0, -1)
  if (snapshot !== undefined && (sealed.length === 0 || dice.below(3) === 0))
    return { file: snapshot.file, offset: dice.below(snapshot.bytes) }
  if (sealed.length === 0) return undefined
  const { file, usedBytes } = dice.pick(sealed)
  const block = blockFrom(folder, file, headerBytes + dice.below(usedBytes - headerBytes))
  if (block === undefined) return undefined
  // Behind the body are zeros up to a multiple of 8, which no checksum covers.
  const begin = block.start - blockHeaderBytes
  return { file, offset: begin + dice.below(block.end - begin) }
}

/** The last one that begins before `offset`; undefined: there is none at all. */
function blockFrom(folder: string, file: string, offset: number): Block | undefined {
  const bytes = readFileSync(join(folder, file))
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const sequence = Number(file.slice('log-'.length))
  let found: Block | undefined
  for (let at = headerBytes; at <= offset; at = found.next) {
    const block = readBlock(view, sequence, at)
    if (block === undefined) break
    found = block
  }
  return found
}

/** Noise, or the first half of a block that holds, as a write in two sectors leaves it. */
function garbage(folder: string, file: string, dice: Dice): Uint8Array {
  const block = dice.below(2) === 0 ? blockFrom(folder, file, headerBytes) : undefined
  if (block !== undefined) {
    const length = Math.ceil((block.end - block.start + blockHeaderBytes) / 2)
    return readFileSync(join(folder, file)).subarray(
      headerBytes,
      headerBytes + Math.min(length, GARBAGE_BYTES.most),
    )
  }
  const length = GARBAGE_BYTES.least + dice.below(GARBAGE_BYTES.most - GARBAGE_BYTES.least)
  return Uint8Array.from({ length }, () => 1 + dice.below(255))
}

function flipByte(folder: string, spot: Spot, mask: number): void {
  const before = readFileSync(join(folder, spot.file)).subarray(spot.offset, spot.offset + 1)
  write(
    folder,
    spot,
    before.map((byte) => byte ^ mask),
  )
}

function write(folder: string, { file, offset }: Spot, bytes: Uint8Array): void {
  const handle = openSync(join(folder, file), 'r+')
  try {
    writeSync(handle, bytes, 0, bytes.length, offset)
  } finally {
    closeSync(handle)
  }
}
