/** The log in memory: nobody can tell what is packed from what is not. */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { entrySize, RaftLog } from '../../lib/raft/log.js'
import { logIndex, term, type Entry } from '../../lib/raft/types.js'

/** A text that UTF-8 can carry; undefined: the entry is no command. */
const contents = fc.oneof(
  { weight: 9, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
  fc.constantFrom('\ufeff', 'grün 𝄞', 'x'.repeat(4095), 'é'.repeat(4096), undefined),
)

const change = fc.oneof(
  fc.record({ append: fc.array(contents, { maxLength: 90 }), isNewTerm: fc.boolean() }),
  fc.record({ apply: fc.nat(120) }),
  fc.record({ truncate: fc.nat(20) }),
  fc.record({ compact: fc.nat(100) }),
)
type Change = typeof change extends fc.Arbitrary<infer C> ? C : never

/** The log beside a plain list of the same entries. */
class Pair {
  readonly log = new RaftLog(logIndex(7), term(1), [])
  readonly list: Entry[] = []
  #applied = 7

  make(next: Change): void {
    const { log, list } = this
    if ('append' in next) {
      const entered = term(log.lastTerm + (next.isNewTerm ? 1 : 0))
      const added = next.append.map((data, at): Entry => {
        const position = { index: logIndex(log.lastIndex + 1 + at), term: entered }
        return data === undefined ? { kind: 'empty', ...position } : { kind: 'command', ...position, data }
      })
      list.push(...added)
      log.append(added)
    } else if ('apply' in next) {
      this.#applied = Math.min(this.#applied + next.apply, log.lastIndex)
      log.applied(logIndex(this.#applied))
    } else if ('truncate' in next) {
      const from = Math.max(log.lastIndex - next.truncate, this.#applied) + 1
      list.length -= log.lastIndex + 1 - from
      log.truncateFrom(logIndex(from))
    } else {
      const upTo = logIndex(Math.min(log.snapshotIndex + next.compact, this.#applied))
      list.splice(0, upTo - log.snapshotIndex)
      log.compact(upTo)
    }
  }

  /** What fits into that many UTF-16 units, and one in any case. */
  batch(start: number, sizeMax: number): readonly Entry[] {
    let size = 0
    const end = this.list.findIndex((entry, at) => {
      if (at >= start) size += entrySize(entry)
      return at > start && size > sizeMax
    })
    return this.list.slice(start, end < 0 ? this.list.length : end)
  }
}

t.test('a log of which parts are packed reads as a list of the same entries', async () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 12 }), fc.nat(), (changes, drawn) => {
      const pair = new Pair()
      for (const next of changes) pair.make(next)
      const { log, list } = pair
      const first = log.snapshotIndex + 1
      const at = (offset: number) => logIndex(first + offset)
      assert.deepEqual(log.slice(logIndex(0), log.lastIndex), list)
      assert.deepEqual(
        list.map((entry) => log.termAt(entry.index)),
        list.map((entry) => entry.term),
      )
      assert.deepEqual(
        list.map((entry) => log.sizeAt(entry.index)),
        list.map(entrySize),
      )
      assert.deepEqual([log.sizeAt(logIndex(first - 1)), log.sizeAt(at(list.length))], [0, 0])
      assert.deepEqual([log.termAt(logIndex(first - 2)), log.termAt(at(list.length))], [undefined, undefined])
      const [from, to] = [drawn % 50, drawn % 150]
      assert.deepEqual(log.slice(at(from), at(to)), list.slice(from, Math.max(to + 1, from)))
      const start = drawn % Math.max(list.length, 1)
      assert.deepEqual(log.batch(at(start), drawn % 300), pair.batch(start, drawn % 300))
    }),
  )
})

t.test('a log may begin amid what is packed together', async (t) => {
  const { log, list } = packedPair('a command')
  log.compact(logIndex(40))
  t.strictSame(log.slice(logIndex(0), log.lastIndex), list.slice(40 - 7))
})

t.test('each entry counts as long as its command, packed or not', async (t) => {
  const contents = ['a', 'grün 𝄞', undefined, 'x'.repeat(5000), '']
  const pair = new Pair()
  pair.make({ append: Array.from({ length: 90 }, (_, at) => contents[at % 5]), isNewTerm: false })
  pair.make({ apply: 90 })
  const sizes = pair.list.map(({ index }) => pair.log.sizeAt(index))
  t.strictSame(sizes.slice(0, 5), [1, 7, 0, 5000, 0])
  t.strictSame(sizes, pair.list.map(entrySize))
})

t.test('a packed command keeps a first character that decoders take for a mark', async (t) => {
  const { log, list } = packedPair('\ufeffa command')
  t.strictSame(log.slice(logIndex(0), log.lastIndex), list)
})

function packedPair(data: string): Pair {
  const pair = new Pair()
  pair.make({ append: Array.from({ length: 90 }, () => data), isNewTerm: false })
  pair.make({ apply: 90 })
  return pair
}
