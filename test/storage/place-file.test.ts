import t from 'tap'
import { DamagedStorageError } from '../../lib/storage/errors.js'
import { placeFileName, readPlace, writePlace } from '../../lib/storage/place-file.js'
import { openDisk } from '../../lib/system/disk.js'
import { temporaryFolder } from '../harness/processes.js'

t.test('a folder that was never told where to listen says nothing', async (t) => {
  t.same(await readPlace(await openDisk(temporaryFolder(t))), {})
})

t.test('what was told is read again, and replaced by what is told later', async (t) => {
  const disk = await openDisk(temporaryFolder(t))
  const place = { host: '0.0.0.0', port: 9101, advertise: 'a.example:443' }
  await writePlace(disk, place)
  t.same(await readPlace(disk), place)
  await writePlace(disk, { host: '::' })
  t.same(await readPlace(disk), { host: '::' })
})

t.test('a letter that has changed is damage, not another place', async (t) => {
  const disk = await openDisk(temporaryFolder(t))
  await writePlace(disk, { host: '10.0.0.1' })
  const file = await disk.open(placeFileName)
  const bytes = await file.read(0, await file.size())
  const changed = new TextDecoder().decode(bytes).replace('10.0.0.1', '10.0.0.7')
  await file.write(0, new TextEncoder().encode(changed))
  await file.close()
  await t.rejects(readPlace(disk), DamagedStorageError)
})
