import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openDisk } from '../../lib/system/disk.js'

async function folder(t: Test): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'rollcall-disk-'))
  t.teardown(() => rm(path, { recursive: true }))
  return path
}

void t.test('a folder that can not be made is refused by its name', async (t) => {
  const file = join(await folder(t), 'file')
  await writeFile(file, '')
  await t.rejects(openDisk(join(file, 'data')), {
    message: new RegExp(`the data folder ${file}/data can not be used`),
  })
})

void t.test('a name with a separator, or that leaves the folder, is refused', async (t) => {
  const disk = await openDisk(await folder(t))
  for (const name of ['../escape', 'a/b', '..', '.', '', 'nul\0']) {
    await t.rejects(disk.open(name), { name: 'RangeError' }, JSON.stringify(name))
  }
})
