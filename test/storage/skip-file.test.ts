/** The entries that an operator has decided not to run are known after every restart. */
import t from 'tap'
import { logIndex, term } from '../../lib/raft/types.js'
import { addSkip, readSkips, skipFileName } from '../../lib/storage/skip-file.js'
import { openDisk } from '../../lib/system/disk.js'
import { temporaryFolder } from '../harness/processes.js'
import { memoryDisk } from './setting.js'

const at = (index: number, entered: number) => ({ index: logIndex(index), term: term(entered) })

t.test('a folder without the file skips nothing', async (t) => {
  t.equal((await readSkips(await openDisk(temporaryFolder(t)))).size, 0)
})

t.test('entries come one after another, each once', async (t) => {
  const disk = await openDisk(temporaryFolder(t))
  for (const entry of [at(57, 3), at(60, 4), at(57, 3)]) await addSkip(disk, entry)
  t.same(
    [...(await readSkips(disk))],
    [
      [57, 3],
      [60, 4],
    ],
  )
  t.same(await disk.list(), [skipFileName])
})

t.test('what a crash has left of an earlier try does no harm', async (t) => {
  const disk = await openDisk(temporaryFolder(t))
  const left = await disk.open(`${skipFileName}.new`)
  await left.write(0, new TextEncoder().encode('x'.repeat(1000)))
  await left.close()
  await addSkip(disk, at(57, 3))
  t.same([...(await readSkips(disk))], [[57, 3]])
})

t.test('a file that is damaged or of a later format is refused by its name', async (t) => {
  for (const [text, label] of [
    ['{"format":1,"entries":[[57]]}', 'DAMAGED_STORAGE'],
    ['{"format":1', 'DAMAGED_STORAGE'],
    ['{"format":2,"entries":[]}', 'UNKNOWN_FORMAT'],
  ] as const) {
    const disk = await openDisk(temporaryFolder(t))
    const file = await disk.open(skipFileName)
    await file.write(0, new TextEncoder().encode(text))
    await file.close()
    await t.rejects(readSkips(disk), { label, message: /skips\.json/ })
  }
})

t.test('a file of an older version, without a checksum, is read', async (t) => {
  const disk = memoryDisk()
  const file = await disk.open(skipFileName)
  await file.write(0, new TextEncoder().encode('{"format":1,"entries":[[57,3]]}'))
  t.same([...(await readSkips(disk))], [[57, 3]])
  await addSkip(disk, at(60, 3))
  t.match(new TextDecoder().decode(disk.contents(skipFileName)), /"crc32":\d+/)
})

t.test('any single bit that changes is noticed, or changes nothing', async (t) => {
  const pristine = memoryDisk()
  await addSkip(pristine, at(57, 3))
  const bytes = pristine.contents(skipFileName)
  let refused = 0
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const disk = memoryDisk()
    const file = await disk.open(skipFileName)
    const changed = bytes.slice()
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    await file.write(0, changed)
    try {
      t.same([...(await readSkips(disk))], [[57, 3]], `bit ${bit}`)
    } catch (error) {
      t.match(error, { label: /DAMAGED_STORAGE|UNKNOWN_FORMAT/ })
      refused++
    }
  }
  t.ok(refused > bytes.length * 6, `${refused} were refused`)
})
