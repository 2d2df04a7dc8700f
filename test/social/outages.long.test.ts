/** The social network for long: clusters that are away, that come and go, and a synchronizer of another build. */
import t from 'tap'
import { connect } from '../../api.js'
import { until } from '../harness/until.js'
import type { Part } from './modules.js'
import { postsOf, Reader, Scene } from './scene.js'

t.setTimeout(900_000)

/** More than one batch, and less than is kept of one author. */
const POSTS = 900
const UNDER_WAY = 50

async function post(user: { post(text: string): Promise<number> }, count: number): Promise<void> {
  let left = count
  const one = async (): Promise<void> => {
    while (left-- > 0) await user.post('hello')
  }
  await Promise.all(Array.from({ length: UNDER_WAY }, one))
}

t.test('a cluster that was away for long has all that was posted, when it is back', async (t) => {
  const scene = await Scene.start(t, ['north', 'south'])
  const { network } = scene
  const [ann, bob, cid] = [
    await scene.userOf('north'),
    await scene.userOf('south'),
    await scene.userOf('south'),
  ]
  for (const user of [ann, cid]) await user.follow(bob.name)
  const readers = [new Reader(t, ann), new Reader(t, cid)]
  await bob.post('hello')
  for (const reader of readers) await reader.has(1)
  const north = network.clusters.get('north') ?? []
  await network.kill(...north)
  await post(bob, POSTS - 1)
  await bob.follow(ann.name)
  t.same(await bob.list(), [ann.name], 'who is away can be followed')
  network.start(...north)
  for (const reader of readers) {
    await reader.has(POSTS)
    t.same(reader.seen, postsOf(bob, 1, POSTS))
  }
  await ann.post('I am back')
  const back = new Reader(t, bob)
  await back.has(1)
  t.same(back.seen, postsOf(ann, 1, 1))
})

t.test('a cluster comes and goes while posts flow: nobody misses one, or has one twice', async (t) => {
  const scene = await Scene.start(t, ['north', 'south'], 3)
  const { network } = scene
  const [ann, bob] = [await scene.userOf('north'), await scene.userOf('south')]
  await ann.follow(bob.name)
  const reader = new Reader(t, ann)
  await bob.post('hello')
  await reader.has(1)
  const flow = post(bob, POSTS - 1)
  network.add('east')
  await scene.isThere('east')
  t.equal((await scene.enter(ann.name)).cluster, 'north', 'who has a home keeps it')
  const eve = await scene.userOf('east')
  await eve.follow(ann.name)
  await ann.post('welcome')
  const inEast = new Reader(t, eve)
  await inEast.has(1)
  await network.kill(...(network.clusters.get('east') ?? []))
  await flow
  await ann.post('farewell')
  await reader.has(POSTS)
  t.same(reader.seen, postsOf(bob, 1, POSTS))
  network.start(...(network.clusters.get('east') ?? []))
  await inEast.has(2)
  t.same(inEast.seen, postsOf(ann, 1, 2), 'had it not gone for good')
})

t.test('a synchronizer of an older version is refused, and what it has waits for one of this', async (t) => {
  const scene = await Scene.start(t, ['north', 'south'])
  const { network } = scene
  const [ann, bob] = [await scene.userOf('north'), await scene.userOf('south')]
  await ann.follow(bob.name)
  const south = ['south.synchronizer1', 'south.synchronizer2']
  await network.kill(...south)
  await bob.post('hello')
  const rollcall = await connect({ nameserver: network.nameserver, cluster: 'south' })
  t.teardown(() => rollcall.close())
  const part = (await rollcall.call('timelines', 'outgoing', ['north'])) as unknown as Part
  const older = { ...part, version: part.version - 1 }
  await t.rejects(
    rollcall.call('synchronizer.north', 'deliver', ['south', JSON.parse(JSON.stringify(older))]),
    {
      message: /the items of south are of version 0, and version 1 is read here: .*they wait there/,
    },
  )
  t.same(await until('the destinations', () => rollcall.call('timelines', 'destinations', [])), ['north'])
  network.start(...south)
  const reader = new Reader(t, ann)
  await reader.has(1)
  t.same(reader.seen, postsOf(bob, 1, 1))
})
