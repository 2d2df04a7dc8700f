/** Whom a process takes for name servers: by whose word, and for how long. */
import t from 'tap'
import type { Json, JsonObject } from '../../../lib/json.js'
import { NameServerGroup } from '../../../lib/publishing/name-server-group.js'
import { UnreachableError } from '../../../lib/rpc/errors.js'
import { formatAddress, parseHostPort } from '../../../lib/rpc/uri.js'
import { ManualClock } from '../../harness/manual-clock.js'

const at = (place: string) => parseHostPort(place, 9090)

/** Who is where: the answer to `daemon.hello`, by place. */
type Network = Record<string, Json>

function member(id: string, members: readonly string[], clusterId = 'c'): JsonObject {
  return { version: 1, cluster: 'rollcall.nameserver', clusterId, clusterIdInLog: null, member: id, members }
}

function scene(network: Network, ...given: readonly string[]) {
  const clock = new ManualClock()
  const group = new NameServerGroup({ given: given.map(at), clock })
  const asked: string[] = []
  const changes: string[] = []
  const all = (): readonly string[] => group.all.map(formatAddress)
  group.onChange(() => changes.push(all().join()))
  const callOf = (place: string) => (): Promise<Json> => {
    asked.push(place)
    const answer = network[place]
    return answer === undefined ? Promise.reject(new UnreachableError('nobody')) : Promise.resolve(answer)
  }
  const greet = (place: string) => group.greet(callOf(place), at(place))
  const demand = (place: string) => group.demand(callOf(place), at(place))
  const refresh = (place: string, isMistaken = false): void =>
    group.refresh(callOf(place), at(place), isMistaken)
  return { group, clock, all, asked, changes, greet, demand, refresh }
}

const THREE = ['ns1@a:9090', 'ns2@b:9090', 'ns3@c:9090']

t.test('told of one, it hears of the others, and of each once', async (t) => {
  const { all, greet, changes } = scene({ 'a:9090': member('ns1', THREE) }, 'a:9090')
  await greet('a:9090')
  await greet('a:9090')
  t.same(all(), ['a:9090', 'b:9090', 'c:9090'])
  t.same(changes, ['a:9090,b:9090,c:9090'])
})

t.test('one that is known by another address than it was told by is not taken for two', async (t) => {
  const { all, greet } = scene({ 'alias:1': member('ns2', THREE) }, 'alias:1')
  await greet('alias:1')
  t.same(all(), ['alias:1', 'a:9090', 'c:9090'])
})

t.test('bug: one that had moved was not found, as it had been met where it was told of before', async (t) => {
  const network: Network = { 'a:9090': member('ns1', THREE), 'b:9090': member('ns2', THREE) }
  const { group, all, greet, changes } = scene(network, 'a:9090', 'b:9090')
  await greet('a:9090')
  await greet('b:9090')
  network['b:9090'] = member('ns2', ['ns1@a2:9090', 'ns2@b:9090', 'ns3@c:9090'])
  await greet('b:9090')
  t.same(all(), ['a:9090', 'b:9090', 'c:9090'], 'it may be known by two addresses')
  group.failed(at('a:9090'))
  t.same(all(), ['a:9090', 'b:9090', 'a2:9090', 'c:9090'])
  t.equal(changes.at(-1), 'a:9090,b:9090,a2:9090,c:9090')
  await greet('a:9090')
  t.same(all(), ['a:9090', 'b:9090', 'c:9090'])
})

t.test('when all have been replaced, one after another, it knows the new ones', async (t) => {
  const network: Network = { 'a:9090': member('ns1', THREE) }
  const { all, greet } = scene(network, 'a:9090')
  await greet('a:9090')
  network['b:9090'] = member('ns2', ['ns2@b:9090', 'ns3@c:9090', 'ns4@d:9090'])
  await greet('b:9090')
  network['d:9090'] = member('ns4', ['ns4@d:9090', 'ns5@e:9090', 'ns6@f:9090'])
  await greet('d:9090')
  t.same(all(), ['a:9090', 'd:9090', 'e:9090', 'f:9090'])
})

t.test('an address of each machine for itself is not believed of another machine', async (t) => {
  const told = ['ns1@localhost:9090', 'ns2@b:9090', 'ns3@[::1]:9090']
  const { all, greet } = scene(
    { 'a:9090': member('ns1', told), 'localhost:1': member('ns1', told) },
    'a:9090',
  )
  await greet('a:9090')
  t.same(all(), ['a:9090', 'b:9090'])
  const here = scene({ 'localhost:1': member('ns1', told) }, 'localhost:1')
  await here.greet('localhost:1')
  t.same(here.all(), ['localhost:1', 'b:9090', '[::1]:9090'])
})

t.test('where another one is by now that was heard of, it is not asked', async (t) => {
  const network: Network = { 'a:9090': member('ns1', THREE), 'b:9090': member('ns2', THREE) }
  const { clock, greet, demand } = scene(network, 'a:9090')
  await greet('a:9090')
  await demand('b:9090')
  network['b:9090'] = member('ns1', ['ns1@b:9090'], 'another')
  clock.advance(5_000)
  for (let round = 0; round < 2; round++)
    await t.rejects(demand('b:9090'), { name: 'UnreachableError', message: /no name server of the group/ })
  network['b:9090'] = { version: 1 }
  await t.rejects(demand('b:9090'), UnreachableError)
  network['b:9090'] = { ...member('ns2', THREE), clusterId: null, clusterIdInLog: 'another' }
  await t.rejects(demand('b:9090'), UnreachableError)
  network['b:9090'] = { ...member('ns2', THREE), clusterId: null }
  await demand('b:9090')
  network['b:9090'] = member('ns2', THREE)
  await demand('b:9090')
})

t.test('at a place that it was told of anybody may be: whoever is there was meant', async (t) => {
  const network: Network = { 'a:9090': member('ns1', THREE) }
  const { all, greet, demand } = scene(network, 'a:9090')
  await greet('a:9090')
  network['a:9090'] = member('ns1', ['ns1@a:9090'], 'another')
  await demand('a:9090')
  await greet('a:9090')
  t.same(all(), ['a:9090', 'b:9090', 'c:9090'], 'the others may still be there')
})

t.test('it is asked again by the way, not each time', async (t) => {
  const { clock, asked, refresh } = scene({ 'a:9090': member('ns1', THREE) }, 'a:9090')
  refresh('a:9090')
  refresh('a:9090')
  t.equal(asked.length, 1)
  await new Promise(setImmediate)
  clock.advance(5_000)
  refresh('a:9090')
  t.equal(asked.length, 2)
  await new Promise(setImmediate)
  for (let call = 0; call < 3; call++) refresh('a:9090', true)
  t.equal(asked.length, 3, 'calls that find that another one leads ask once, and at once')
})

t.test('bug: one that had just started, and knew no group yet, was asked again after 5 s only', async (t) => {
  const network: Network = { 'a:9090': { ...member('ns1', THREE), clusterId: null } }
  const { all, clock, greet, refresh } = scene(network, 'a:9090')
  await greet('a:9090')
  network['a:9090'] = member('ns1', THREE)
  clock.advance(250)
  refresh('a:9090')
  await new Promise(setImmediate)
  t.same(all(), ['a:9090', 'b:9090', 'c:9090'])
})

t.test('bug: one whose group had no majority was asked at each call who is of it', async (t) => {
  const restarted = { ...member('ns1', THREE), clusterId: null, clusterIdInLog: 'c' }
  const { asked, clock, greet, refresh } = scene({ 'a:9090': restarted }, 'a:9090')
  await greet('a:9090')
  for (let call = 0; call < 100; call++) {
    refresh('a:9090')
    await new Promise(setImmediate)
  }
  t.equal(asked.length, 1)
  clock.advance(250)
  refresh('a:9090')
  t.equal(asked.length, 2)
})

t.test('what is no name server tells of nobody', async (t) => {
  const strangers: readonly Json[] = [
    { version: 1 },
    { ...member('n1', THREE), cluster: 'rollcall' },
    { ...member('n1', THREE), clusterId: null },
  ]
  for (const stranger of strangers) {
    const { all, greet } = scene({ 'a:9090': stranger }, 'a:9090')
    await greet('a:9090')
    t.same(all(), ['a:9090'])
  }
})

t.test('of a group so many are heard of, and of groups the newest', async (t) => {
  const many = Array.from({ length: 100 }, (_, i) => `ns${i}@host${i}:9090`)
  const network: Network = { 'a:9090': member('x', many) }
  const { group, greet } = scene(network, 'a:9090')
  await greet('a:9090')
  t.equal(group.heardOf.length, 16)
  for (let i = 0; i < 20; i++) {
    network['a:9090'] = member('x', [`ns@other${i}:9090`], `c${i}`)
    await greet('a:9090')
  }
  t.same(
    group.heardOf.map(formatAddress),
    Array.from({ length: 8 }, (_, i) => `other${i + 12}:9090`),
  )
})
