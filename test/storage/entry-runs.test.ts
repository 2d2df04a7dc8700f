/** Entries as bytes: those of the log's records, made once for the disk and for all members. */
import fc from 'fast-check'
import t from 'tap'
import { logIndex, term, type Entry } from '../../lib/raft/types.js'
import { MalformedRecordError } from '../../lib/storage/errors.js'
import { EntryRuns } from '../../lib/storage/entry-runs.js'
import { command, position } from './setting.js'

const FIRST = command(7, '[1,"kv","set",["grün","𝄞"],5,6]', 2)
const ENTRIES: readonly Entry[] = [
  FIRST,
  { kind: 'empty', index: logIndex(8), term: term(3) },
  { kind: 'configuration', index: logIndex(9), term: term(3), configuration: position(1).configuration },
  command(10, '\ufeff', 3),
]

function bytesOf(entries: readonly Entry[]): Uint8Array {
  return new EntryRuns().bytesOf(entries) ?? new Uint8Array(0)
}

t.test('what is read is what was written', async (t) => {
  t.strictSame(new EntryRuns().read(bytesOf([FIRST])), [FIRST])
  t.strictSame(new EntryRuns().read(bytesOf(ENTRIES)), ENTRIES)
})

t.test('the same entries have the same bytes, however the list of them was made', async (t) => {
  const runs = new EntryRuns()
  const once = runs.bytesOf(ENTRIES)
  t.equal(runs.bytesOf(ENTRIES.slice()), once)
  t.not(runs.bytesOf(ENTRIES.slice(1)), once)
  t.not(runs.bytesOf(ENTRIES.slice(0, 3)), once)
  t.equal(runs.bytesOf([]), undefined)
})

t.test('entries that were read keep the bytes that they were read from', async (t) => {
  const runs = new EntryRuns()
  const bytes = bytesOf(ENTRIES)
  t.equal(runs.bytesOf(runs.read(bytes).slice()), bytes)
})

t.test('of entries that replace others the bytes are their own', async (t) => {
  const runs = new EntryRuns()
  runs.bytesOf([command(1, 'a'), command(2, 'b')])
  const bytes = runs.bytesOf([command(1, 'a'), command(2, 'c', 2)])
  t.strictSame(new EntryRuns().read(bytes ?? new Uint8Array(0)), [command(1, 'a'), command(2, 'c', 2)])
})

t.test('no more than eight runs are kept, and none that is long', async (t) => {
  const runs = new EntryRuns()
  const short = Array.from({ length: 9 }, (_, at) => [command(at + 1, 'x')])
  const made = short.map((each) => runs.bytesOf(each))
  t.not(runs.bytesOf(short[0] ?? []), made[0])
  t.equal(runs.bytesOf(short[8] ?? []), made[8])
  const long = [command(1, 'x'.repeat(256 * 1024))]
  t.not(runs.bytesOf(long), runs.bytesOf(long))
})

t.test(
  'bytes that are no entries are refused, and nothing is made room for by a number in them',
  async (t) => {
    const bytes = bytesOf(ENTRIES)
    t.throws(() => new EntryRuns().read(new Uint8Array([...bytes, 0])), MalformedRecordError)
    for (let length = 0; length < bytes.length; length++)
      t.throws(() => new EntryRuns().read(bytes.subarray(0, length)), MalformedRecordError)
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, byte) => {
        const changed = bytes.slice()
        changed[at] = byte
        try {
          new EntryRuns().read(changed)
        } catch (error) {
          t.type(error, MalformedRecordError)
        }
      }),
    )
  },
)
