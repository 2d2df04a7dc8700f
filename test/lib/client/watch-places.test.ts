/** At which member a client watches. */
import t from 'tap'
import type { MemberView } from '../../../lib/client/views.js'
import { WatchPlaces } from '../../../lib/client/watch-places.js'
import { InvalidParamsError, NoQuorumError, UnreachableError } from '../../../lib/rpc/errors.js'
import { uri, type Uri } from '../../../lib/rpc/uri.js'

function member(id: string, port: number, leader: string | null = 'n1'): MemberView {
  const place = `${id}@localhost:${port}`
  return {
    id,
    uri: place,
    reachable: true,
    cluster: 'rollcall',
    clusterId: null,
    role: 'follower',
    term: 1,
    leader: leader === null ? null : { id: leader, uri: 'n1@localhost:1' },
    commitIndex: 1,
    lastApplied: 1,
    lastIndex: 1,
    snapshotIndex: 0,
    members: [],
  }
}

const dead: MemberView = { id: 'n9', uri: 'n9@localhost:9', reachable: false, reason: 'dead' }

/** `absent`: that there is no such cluster. */
function placesOf(views: readonly MemberView[], absent?: InvalidParamsError) {
  const forgotten: string[] = []
  let looks = 0
  const directory = {
    resolve: async (): Promise<Uri> => uri('nameserver@localhost:9090'),
    forget: (name: string, failed: Uri): void => void forgotten.push(`${name} ${failed}`),
    views: async () => {
      looks++
      return views
    },
    missing: async () => absent,
  }
  const random = { below: () => 0, identifier: () => '' }
  return { places: new WatchPlaces(directory, random), forgotten, looks: () => looks }
}

t.test('all watches share one member that answers and knows a leader', async (t) => {
  const { places, looks } = placesOf([dead, member('n2', 2, null), member('n3', 3)])
  const found = await Promise.all(['kv', 'log', 'kv'].map(places.resolve))
  t.same(found, Array(3).fill('watch@localhost:3'))
  t.equal(looks(), 1)
})

t.test('when it fails another one is taken, and the same again only if there is no other', async (t) => {
  const { places } = placesOf([member('n1', 1), member('n2', 2)])
  const first = await places.resolve('kv')
  t.equal(first, 'watch@localhost:1')
  places.forget('kv', first)
  await new Promise(setImmediate)
  t.equal(await places.resolve('kv'), 'watch@localhost:2')
  places.forget('kv', first)
  await new Promise(setImmediate)
  t.equal(await places.resolve('kv'), 'watch@localhost:2', 'old news changes nothing')

  const alone = placesOf([dead, member('n1', 1)]).places
  alone.forget('kv', await alone.resolve('kv'))
  await new Promise(setImmediate)
  t.equal(await alone.resolve('kv'), 'watch@localhost:1')
})

t.test('when nobody can serve it says why', async (t) => {
  await t.rejects(placesOf([dead]).places.resolve('kv'), UnreachableError)
  const absent = new InvalidParamsError('there is no such cluster')
  await t.rejects(placesOf([dead], absent).places.resolve('kv'), absent)
  await t.rejects(placesOf([dead, member('n2', 2, null)]).places.resolve('kv'), NoQuorumError)
  await t.rejects(placesOf([{ ...dead, cluster: 'east' }]).places.resolve('kv'), {
    name: 'InvalidParamsError',
    message: /n9@localhost:9 belongs to the cluster "east"/,
  })
})

t.test('names are watched where the name server is', async (t) => {
  const { places, forgotten } = placesOf([member('n1', 1)])
  const found = await places.resolve('nameserver')
  t.equal(found, 'watch@localhost:9090')
  places.forget('nameserver', found)
  t.same(forgotten, ['nameserver watch@localhost:9090'])
})
