import t from 'tap'
import { serverId } from '../../../lib/raft/types.js'
import { BackupDoor } from '../../../lib/replica/calls/backup-door.js'
import { StorageFailedError } from '../../../lib/storage/errors.js'
import { ManualClock } from '../../harness/manual-clock.js'

function backupThatMeets(code: string): unknown {
  const cause = Object.assign(new Error(`${code}: it failed, write`), { code })
  const door = new BackupDoor({
    clock: new ManualClock(),
    barrier: async () => null,
    isLeader: () => true,
    notLeader: () => t.fail('it leads') as never,
    view: () => ({ id: serverId('node2') }),
    take: () => Promise.reject(new StorageFailedError('write', 'snapshot-1', cause)),
  })
  const [, backup] = door.methods.find(([name]) => name === 'backup') ?? []
  return backup?.handler([], {
    connection: { kind: 'lines', remote: '127.0.0.1:1' },
    meta: {},
    deadline: undefined,
  })
}

t.test('bug: of a full disk a backup said to start the member again, and not which', async (t) => {
  await t.rejects(Promise.resolve(backupThatMeets('ENOSPC')), {
    message:
      'no backup was made: the disk of node2, which leads, has no room for a snapshot ' +
      '(ENOSPC: it failed, write): make room there, and ask again',
  })
  await t.rejects(Promise.resolve(backupThatMeets('EIO')), StorageFailedError)
})
