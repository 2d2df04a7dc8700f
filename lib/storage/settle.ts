import type { Scan } from './recovery.js'
import type { LoadedSegment } from './segment-reader.js'
import { headerBytes } from './segment.js'

/**
 * Makes what was read the durable truth: the torn end is overwritten with zeros, so that nothing in it can come back
 * once new blocks lead up to it, and what may not have reached the disk is written again and synced. (Reading it back
 * proves nothing: after a process died, or after a sync that failed, it may come from the cache alone.)
 * Returns how many bytes of torn end there were.
 */
export async function settle({ last, end, watermark, following }: Scan): Promise<number> {
  let torn = 0
  for (const loaded of following) torn += await clear(loaded, headerBytes)
  torn += await clear(last, end.offset)
  const from = watermark.sequence === end.sequence ? watermark.offset : headerBytes
  const { file } = last.segment
  await file.write(from, new Uint8Array(last.view.buffer, last.view.byteOffset + from, end.offset - from))
  await file.sync()
  return torn
}

/** How many bytes of torn end there are. */
export function tornBytes({ last, end, following }: Scan): number {
  return following.reduce(
    (sum, { view }) => sum + usedBytes(view, headerBytes),
    usedBytes(last.view, end.offset),
  )
}

/** Overwrites with zeros all that is not zero from `from` on. Not synced when there was nothing. */
async function clear({ segment, view }: LoadedSegment, from: number): Promise<number> {
  const length = usedBytes(view, from)
  if (length === 0) return 0
  await segment.file.write(from, new Uint8Array(length))
  await segment.file.sync()
  return length
}

/** Bytes from `from` to the last one that is not zero. `from` and the view's length are multiples of 8. */
function usedBytes(view: DataView, from: number): number {
  let end = view.byteLength
  while (end - 4 >= from && view.getUint32(end - 4, true) === 0) end -= 4
  return Math.max(0, end - from)
}
