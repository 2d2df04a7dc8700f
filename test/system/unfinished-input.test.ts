import t from 'tap'
import { UnfinishedInput } from '../../lib/system/unfinished-input.js'

const KIB = 1024

/** Senders that write down who of them was refused. */
function senders(count: number): { refused: number[]; all: { refuse: () => void }[] } {
  const refused: number[] = []
  const all = Array.from({ length: count }, (_, index) => ({ refuse: () => void refused.push(index) }))
  return { refused, all }
}

/** As many senders as there are sizes, each with so much unfinished, in this order. */
function held(
  bytesMax: number,
  sizes: readonly number[],
): { input: UnfinishedInput; refused: readonly number[] } {
  const input = new UnfinishedInput(bytesMax)
  const { refused, all } = senders(sizes.length)
  all.forEach((sender, index) => input.holds(sender, sizes[index] ?? 0))
  return { input, refused }
}

t.test('up to the limit nobody is refused', async (t) => {
  const { input, refused } = held(300 * KIB, [100 * KIB, 200 * KIB])
  t.same(refused, [])
  t.equal(input.bytes, 300 * KIB)
})

t.test('beyond the limit the largest is refused, whoever came last', async (t) => {
  const { input, refused } = held(300 * KIB, [100 * KIB, 150 * KIB, 70 * KIB])
  t.same(refused, [1])
  t.equal(input.bytes, 170 * KIB)
})

t.test('the one whose bytes go beyond is refused when it is the largest itself', async (t) => {
  t.same(held(300 * KIB, [100 * KIB, 250 * KIB]).refused, [1])
})

t.test('one large message can need the room of several', async (t) => {
  const { input, refused } = held(300 * KIB, [80 * KIB, 90 * KIB, 100 * KIB, 500 * KIB])
  t.same(refused, [3], 'its own going is enough')
  t.equal(input.bytes, 270 * KIB)
})

t.test('small messages are let in, however many there are, and cost the large ones their room', async (t) => {
  const sizes = [100 * KIB, ...Array.from({ length: 100 }, () => 4 * KIB)]
  const { input, refused } = held(300 * KIB, sizes)
  t.same(refused, [0])
  t.equal(input.bytes, 400 * KIB)
})

t.test('6,000 messages of 63 kB hold no more than the limit, and the oldest go first', async (t) => {
  const { input, refused } = held(
    1000 * KIB,
    Array.from({ length: 6000 }, () => 63 * KIB),
  )
  t.ok(input.bytes <= 1000 * KIB)
  t.same(refused.slice(0, 3), [0, 1, 2])
  t.equal(refused.length, 6000 - 15)
})

t.test('what is complete, or over, or refused counts no more', async (t) => {
  const input = new UnfinishedInput(300 * KIB)
  const { refused, all } = senders(3)
  const [one, two, three] = all
  if (one === undefined || two === undefined || three === undefined) throw new Error('there are three')
  input.holds(one, 200 * KIB)
  input.holds(one, 0)
  input.holds(one, 0)
  t.equal(input.bytes, 0)
  input.holds(two, 250 * KIB)
  input.holds(three, 100 * KIB)
  t.same(refused, [1])
  input.holds(two, 0)
  t.equal(input.bytes, 100 * KIB, 'once, though it also says that it is over')
})

t.test('a sender counts with what it holds now, not with all that it ever held', async (t) => {
  const input = new UnfinishedInput(300 * KIB)
  const { refused, all } = senders(1)
  for (const sender of all) for (const kib of [100, 200, 250, 50, 300]) input.holds(sender, kib * KIB)
  t.same(refused, [])
  t.equal(input.bytes, 300 * KIB)
})
