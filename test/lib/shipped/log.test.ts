/** How much of its entries the log keeps, and that its snapshot keeps as much. */
import t from 'tap'
import { withCommandContext } from '../../../lib/replica/objects/context.js'
import { CompactedError } from '../../../lib/rpc/errors.js'
import type { Json } from '../../../lib/json.js'
import { Log } from '../../../lib/shipped/log.js'

function append(log: Log, count: number): Log {
  const context = { index: 1, term: 2, now: 0, version: 1, random: () => 0, emit: () => undefined }
  withCommandContext(context, () => {
    for (let n = 0; n < count; n++) log.append(`line ${log.length() + 1}`)
  })
  return log
}

function errorOf(call: () => unknown): unknown {
  try {
    return call()
  } catch (error) {
    return error
  }
}

async function* read(chunks: Iterable<Json>): AsyncGenerator<Json> {
  yield* chunks
}

void t.test('entries below those that are kept are COMPACTED, at every length', async (t) => {
  const log = new Log(1500)
  for (let round = 0; round < 40; round++) {
    append(log, 101)
    const oldest = Math.max(1, log.length() - 1499)
    t.same(log.entry(oldest), { index: oldest, term: 2, command: `line ${oldest}` })
    t.same(log.entries(oldest, 1)[0], log.entry(oldest))
    if (oldest > 1) {
      t.throws(() => log.entry(oldest - 1), CompactedError)
      t.match(
        errorOf(() => log.entries(oldest - 1, 5)),
        { data: { oldest } },
      )
    }
  }
  t.equal(log.length(), 4040)
  t.equal(log.entry(4041), null)
})

void t.test('a log keeps everything unless it is told otherwise', async (t) => {
  const log = append(new Log(), 5000)
  t.equal(log.entry(1)?.command, 'line 1')
  t.same(
    log.entries(4999, 10).map(({ index }) => index),
    [4999, 5000],
  )
  t.throws(() => new Log(0), /keeps 1 entry or more/)
})

void t.test('a log restored from a snapshot knows what was there before and goes on counting', async (t) => {
  const log = append(new Log(10), 3000)
  const copy = new Log(10)
  await copy.restore(read(log.snapshot()))
  t.equal(copy.length(), 3000)
  t.same(copy.entries(2991, 100), log.entries(2991, 100))
  t.throws(() => copy.entry(2990), CompactedError)
  t.same(append(copy, 1).entry(3001), { index: 3001, term: 2, command: 'line 3001' })
  const empty = new Log()
  await empty.restore(read(new Log().snapshot()))
  t.equal(append(empty, 1).entry(1)?.command, 'line 1')
})

void t.test(
  'bug: a snapshot whose entries had no text was taken, and none could be made of it any more',
  async (t) => {
    for (const chunk of [[1], [1, 2], ['1', 'text'], 'text', 0, 1.5, null])
      await t.rejects(new Log().restore(read([1, chunk])), /holds what is no entry/, JSON.stringify(chunk))
  },
)

void t.test('entries come up to a mebibyte of texts at a time, and one at the least', async (t) => {
  const log = new Log()
  const context = { index: 1, term: 2, now: 0, version: 1, random: () => 0, emit: () => undefined }
  withCommandContext(context, () => {
    for (const length of [400_000, 400_000, 400_000, 2_000_000, 1]) log.append('x'.repeat(length))
  })
  const indices = (from: number) => log.entries(from, 1000).map(({ index }) => index)
  t.same(indices(1), [1, 2])
  t.same(indices(3), [3])
  t.same(indices(4), [4])
  t.same(indices(5), [5])
})
