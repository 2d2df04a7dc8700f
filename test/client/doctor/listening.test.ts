/** A member that runs on this machine, and is not where others are told that it is. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { withOwnPlace } from '../../../client/doctor/listening.js'
import type { MemberSeen } from '../../../client/doctor/members.js'
import type { Json } from '../../../lib/json.js'
import { writePlace } from '../../../lib/storage/place-file.js'
import { UnreachableError } from '../../../lib/rpc/errors.js'
import { formatAddress, uri } from '../../../lib/rpc/uri.js'
import type { Address } from '../../../lib/ports.js'
import { openDisk } from '../../../lib/system/disk.js'
import { lockFolder } from '../../../lib/system/lock.js'
import { temporaryFolder } from '../../harness/processes.js'

const STATUS = {
  ...{ id: 'node1', uri: 'node1@far.example:9101', cluster: 'test', clusterId: 'c', role: 'follower' },
  ...{ term: 1, leader: null, commitIndex: 0, lastApplied: 0, lastIndex: 0, snapshotIndex: 0, members: [] },
}
const nobody: MemberSeen = {
  uri: uri(STATUS.uri),
  presence: { kind: 'nobody', why: 'nobody listens there', cause: 'refused' },
  status: undefined,
}

/** The member's folder has that place written in it; who asks anywhere else than at `there` finds nobody. */
async function look(t: Test, there: string, isRunning: boolean, member = nobody): Promise<MemberSeen> {
  const data = temporaryFolder(t)
  const folder = join(data, 'node1')
  mkdirSync(folder)
  await writePlace(await openDisk(folder), { host: '0.0.0.0', port: 9111 })
  if (isRunning) {
    const lock = await lockFolder(folder)
    t.teardown(() => lock.release())
  }
  const call = (address: Address): Promise<Json> =>
    formatAddress(address) === there
      ? Promise.resolve(STATUS)
      : Promise.reject(new UnreachableError('nobody'))
  return withOwnPlace(member, { probes: { call }, cluster: 'test', data })
}

t.test('it is found where its folder says that it listens', async (t) => {
  t.equal((await look(t, 'localhost:9111', true)).listensAt, 'localhost:9111')
})

t.test('whoever is not there either, or does not run, is not there', async (t) => {
  t.equal((await look(t, 'localhost:9112', true)).listensAt, undefined)
  t.equal((await look(t, 'localhost:9111', false)).listensAt, undefined, 'another process has the port')
})

t.test('of one that answers nobody asks where else it may be', async (t) => {
  const seen: MemberSeen = { ...nobody, status: { ...STATUS, role: 'follower' } }
  t.equal(await look(t, 'localhost:9111', true, seen), seen)
})
