/** A process that keeps a little of each input works well until it has no memory left. */
import t from 'tap'
import { GROWTH_MOST_BYTES, HeapWatch } from './heap.js'

const MIB = 2 ** 20

/** Begins with 100 MiB in use. */
function start() {
  const heap = { inUse: 100 * MIB }
  return { heap, watch: new HeapWatch(() => heap.inUse) }
}

t.test('what stays below the bound is let pass, also when it comes and goes', async (t) => {
  const { heap, watch } = start()
  for (const inUse of [100 * MIB + GROWTH_MOST_BYTES, 90 * MIB, 163 * MIB]) {
    heap.inUse = inUse
    t.equal(await watch.check('lines'), undefined)
  }
  t.equal(watch.growth, 63 * MIB)
})

t.test('growth over many runs is found, and laid to the target that grew most', async (t) => {
  const { heap, watch } = start()
  for (const [target, mebibytes] of [
    ['lines', 20],
    ['names', 4],
    ['lines', 20],
    ['names', 4],
  ] as const) {
    heap.inUse += mebibytes * MIB
    t.equal(await watch.check(target), undefined)
  }
  heap.inUse += 20 * MIB
  const sentence = '68.0 MiB more are in use than at the start, 60.0 of them since inputs for: lines'
  t.equal(await watch.check('lines'), sentence)
  t.equal(await watch.check('lines'), undefined, 'it is told once')
})

t.test('what is let go within some turns is no growth', async (t) => {
  const values = [100 * MIB, 900 * MIB, 900 * MIB, 110 * MIB]
  const watch = new HeapWatch(() => values.shift())
  t.equal(await watch.check('lines'), undefined)
})

t.test('where garbage is not collected at will nothing is said', async (t) => {
  const watch = new HeapWatch(() => undefined)
  t.equal(await watch.check('lines'), undefined)
  t.equal(watch.growth, undefined)
})
