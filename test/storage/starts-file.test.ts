/** Which processes have run on a folder. */
import t from 'tap'
import { addStart, forgetLastStart, readStarts, startsFileName } from '../../lib/storage/starts-file.js'
import { DamagedStorageError, UnknownFormatError } from '../../lib/storage/errors.js'
import { Dice } from '../raft/dice.js'
import { MemoryDisk } from '../../testing/simulator/memory-disk.js'

const disk = () => new MemoryDisk({ schedule: (task) => void setImmediate(task) })
let drawn = 0
const random = { below: () => 0, identifier: () => `${String(++drawn).padStart(8, '0')}-and-more` }

t.test('each start is added to those before, and durable before anything is said', async (t) => {
  const folder = disk()
  t.same(await readStarts(folder), [], 'a folder of an older build has none')
  t.same(await addStart(folder, random), ['1-00000001'])
  t.same(await addStart(folder, random), ['1-00000001', '2-00000002'])
  folder.crash(new Dice(1))
  t.same(await readStarts(folder), ['1-00000001', '2-00000002'])
})

t.test('a folder that was started very often remembers the last 256', async (t) => {
  const folder = disk()
  for (let start = 1; start < 260; start++) await addStart(folder, random)
  const starts = await addStart(folder, random)
  t.equal(starts.length, 256)
  t.match(starts[0], /^5-/)
  t.match(starts.at(-1), /^260-/)
})

t.test('starts that failed push nothing out of what is remembered', async (t) => {
  const folder = disk()
  const before = await addStart(folder, random)
  for (let start = 0; start < 300; start++) await forgetLastStart(folder, await addStart(folder, random))
  t.same(await readStarts(folder), before)
})

t.test('a damaged list of starts, and one of a later format, are refused', async (t) => {
  const folder = disk()
  await addStart(folder, random)
  const change = (from: string, to: string) =>
    folder.corrupt(startsFileName, (bytes) =>
      new TextEncoder().encode(new TextDecoder().decode(bytes).replace(from, to)),
    )
  change('1-', '7-')
  await t.rejects(addStart(folder, random), DamagedStorageError)
  change('"format":1', '"format":9')
  await t.rejects(addStart(folder, random), UnknownFormatError)
})
