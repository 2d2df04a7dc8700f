/** Commands on files, and a backup for them. */
import { join } from 'node:path'
import type { Test } from 'tap'
import { clusterId, incarnation, logIndex, serverId, term } from '../../lib/raft/types.js'
import { SnapshotFileWriter } from '../../lib/storage/snapshot-writer.js'
import { openDisk } from '../../lib/system/disk.js'
import { Running, type Output } from '../harness/processes.js'

export async function rollcall(t: Test, cwd: string, ...args: readonly string[]): Promise<Output> {
  const running = new Running(args, cwd)
  t.teardown(() => running.kill())
  return running.ended
}

/** A backup, as small as can be. */
export async function backupIn(folder: string): Promise<string> {
  const position = {
    index: logIndex(70),
    term: term(9),
    configuration: { voters: [serverId('old')], learners: [], uris: { old: 'old@localhost:7009' } },
    clusterId: clusterId('old-id'),
    incarnations: [[serverId('old'), incarnation('old-1')]] as const,
  }
  const writer = new SnapshotFileWriter(await openDisk(folder), 'monday.backup', position)
  for (const piece of ['one', 'two']) await writer.write(piece)
  await (await writer.finish()).close()
  return join(folder, 'monday.backup')
}
