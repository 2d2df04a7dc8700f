/** Texts in a few large pieces of memory, which those that come take over from those that have gone. */
import assert from 'node:assert/strict'
import t from 'tap'
import { PackedTexts, Pieces } from '../../lib/raft/packed-texts.js'

/** Some fill a piece of memory by few, one has memory of its own, and one is no ASCII. */
const LENGTHS = [1, 50_000, 0, 70_000, 30_000, 12]
const textOf = (n: number): string =>
  `${n % 4 === 3 ? 'ü' : 'u'}${n}`.padEnd(LENGTHS[n % LENGTHS.length] ?? 0, '.')

void t.test('texts stay as they are while others before them go and others come', async () => {
  const memory = new Pieces()
  const packed: { readonly n: number; readonly texts: PackedTexts }[] = []
  for (let n = 0; n < 400; n++) {
    packed.push({ n, texts: PackedTexts.in(memory, [textOf(n), `${n}`]) })
    const gone = n % 50 === 49 ? 40 : 0
    packed.splice(0, gone)
    memory.drop(gone)
    if (n % 10 === 0)
      for (const each of packed) assert.deepEqual(each.texts.read(), [textOf(each.n), `${each.n}`])
  }
})

void t.test('as long as no more of them stay, no more memory is taken', async (t) => {
  const memory = new Pieces()
  const taken = new Set<unknown>()
  const come = (count: number): void => {
    for (let n = 0; n < count; n++) taken.add(memory.bytesOf('x'.repeat(1_000)).buffer)
  }
  come(3_000)
  const before = taken.size
  for (let turn = 0; turn < 20; turn++) {
    memory.drop(2_000)
    come(2_000)
  }
  t.ok(before > 5)
  t.ok(taken.size <= before + 1, `${taken.size} pieces, of ${before} at first`)
})

void t.test('texts whose memory was lent stay when they have gone, and when others come', async (t) => {
  const memory = new Pieces()
  const lent = PackedTexts.in(memory, ['one', 'another'])
  memory.lend()
  for (let n = 0; n < 40; n++) {
    memory.bytesOf('x'.repeat(60_000))
    memory.drop(1)
  }
  t.strictSame(lent.read(), ['one', 'another'])
})

void t.test('memory is lent once: what comes afterwards takes over from what has gone', async (t) => {
  const memory = new Pieces()
  const taken = new Set<unknown>()
  for (let n = 0; n < 1_000; n++) {
    taken.add(memory.bytesOf('x'.repeat(60_000)).buffer)
    if (n === 100) memory.lend()
    if (n >= 8) memory.drop(1)
  }
  t.ok(taken.size < 20, `${taken.size} pieces`)
})
