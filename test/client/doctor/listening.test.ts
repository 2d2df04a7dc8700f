/** A member, or a name server, that runs on this machine, and is not where others are told that it is. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { withOwnNameServer, withOwnPlace } from '../../../client/doctor/listening.js'
import type { MemberSeen } from '../../../client/doctor/members.js'
import type { NameServerSeen } from '../../../client/doctor/name-servers.js'
import type { Json } from '../../../lib/json.js'
import { writePlace, type Place } from '../../../lib/storage/place-file.js'
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

/** Where all folders are: that one has this place written in it. */
async function folderOf(t: Test, id: string, place: Place, isRunning: boolean): Promise<string> {
  const data = temporaryFolder(t)
  const folder = join(data, id)
  mkdirSync(folder)
  await writePlace(await openDisk(folder), place)
  if (isRunning) {
    const lock = await lockFolder(folder)
    t.teardown(() => lock.release())
  }
  return data
}

/** Who asks anywhere else than at `there` finds nobody. */
async function look(t: Test, there: string, isRunning: boolean, member = nobody): Promise<MemberSeen> {
  const data = await folderOf(t, 'node1', { host: '0.0.0.0', port: 9111 }, isRunning)
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

/** A name server that was asked for at `place`, and runs with what its folder says, at 10.0.0.5:9090. */
async function nameServerAt(t: Test, host: string, told: Place): Promise<NameServerSeen> {
  const address = { kind: 'tcp', host, port: 9090 } as const
  const place = formatAddress(address)
  const call = (at: Address): Promise<Json> =>
    formatAddress(at) === '10.0.0.5:9090'
      ? Promise.resolve('pong')
      : Promise.reject(new UnreachableError('nobody'))
  const seen = { address, place, ping: nobody.presence, leader: undefined, clusterId: null }
  const data = await folderOf(t, 'nameserver', told, true)
  return withOwnNameServer(seen, { probes: { call }, data })
}

t.test('a name server of this machine is found where its folder says that it listens', async (t) => {
  const found = async (host: string, told: Place) => (await nameServerAt(t, host, told)).listensAt
  t.equal(await found('localhost', { host: '10.0.0.5' }), '10.0.0.5:9090')
  t.equal(await found('localhost', { host: '10.0.0.6' }), undefined, 'nobody is there')
  t.equal(await found('far.example', { host: '10.0.0.5' }), undefined, 'it may be another machine’s')
  const told = { host: '10.0.0.5', advertise: 'far.example' }
  t.equal(await found('far.example', told), '10.0.0.5:9090', 'unless that is how this one is known')
})
