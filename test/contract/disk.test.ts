import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDisk } from '../../lib/system/disk.js'
import { MemoryDisk } from '../../testing/simulator/memory-disk.js'
import { diskContract } from './disk.js'

diskContract('a folder of this machine', async (t) => {
  const parent = await mkdtemp(join(tmpdir(), 'rollcall-disk-'))
  t.teardown(() => rm(parent, { recursive: true }))
  return openDisk(join(parent, 'made', 'on', 'the', 'way'))
})

diskContract('the disk in memory', async () => new MemoryDisk({ schedule: setImmediate }))
