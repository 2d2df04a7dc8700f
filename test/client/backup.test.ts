/** Whose backup it is. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { backup } from '../../client/backup.js'
import type { MemberView } from '../../lib/client/views.js'
import { temporaryFolder } from '../harness/processes.js'

t.test('bug: members of another cluster were given, and the backup was one of this cluster', async (t) => {
  const file = join(temporaryFolder(t), 'monday.backup')
  const uri = 'nameserver1@localhost:9090'
  const given: MemberView = {
    ...{ id: 'nameserver1', uri, reachable: false, reason: 'another cluster' },
    cluster: 'rollcall.nameserver',
  }
  const rollcall = {
    status: () => Promise.resolve([given]),
    call: () => Promise.reject(new Error('nobody is asked for a backup')),
  }
  await t.rejects(backup(rollcall, file), {
    name: 'InvalidParamsError',
    message: /nameserver1@localhost:9090 belongs to the cluster "rollcall\.nameserver"/,
  })
  t.notOk(existsSync(file))
})
