/** The social network over real processes, some of which are killed while users post. */
import t from 'tap'
import { postsOf, Reader, Scene } from './scene.js'

t.setTimeout(300_000)
const scene = await Scene.start(t, ['north', 'south'])
const { network } = scene

t.test('what is posted is in the timelines of those who follow, wherever they are at home', async (t) => {
  const [ann, bob, cid] = [
    await scene.userOf('north'),
    await scene.userOf('south'),
    await scene.userOf('south'),
  ]
  t.equal(await ann.follow(bob.name), true)
  t.equal(await cid.follow(bob.name), true)
  t.equal(await bob.follow(ann.name), true)
  await bob.post('hello')
  const readers = [new Reader(t, ann), new Reader(t, cid)]
  await bob.post('again')
  for (const reader of readers) {
    await reader.has(2)
    t.same(reader.seen, postsOf(bob, 1, 2))
  }
  await ann.unfollow(bob.name)
  t.same(await ann.list(), [])
})

t.test('two clients of one user see the same, and what one of them changes', async (t) => {
  const [ann, bob] = [await scene.userOf('north'), await scene.userOf('south')]
  const other = await scene.enter(ann.name)
  const readers = [new Reader(t, ann), new Reader(t, other)]
  await other.follow(bob.name)
  t.same(await ann.list(), [bob.name])
  await bob.post('hello')
  for (const reader of readers) {
    await reader.has(1)
    t.same(reader.seen, postsOf(bob, 1, 1))
  }
  await t.rejects(ann.follow(bob.name), { message: /you follow \S+ already/ })
})

t.test('who does not exist yet is followed as soon as he does', async (t) => {
  const ann = await scene.userOf('north')
  await t.rejects(ann.follow('nobody'), { message: 'there is no user nobody' })
  const nobody = await scene.enter('nobody')
  t.equal(await ann.follow('nobody'), true)
  await nobody.post('here I am')
  const reader = new Reader(t, ann)
  await reader.has(1)
  t.same(reader.seen, postsOf(nobody, 1, 1))
})

t.test(
  'each post comes once and in order, though leaders, synchronizers and a whole cluster die',
  async (t) => {
    const [ann, bob] = [await scene.userOf('north'), await scene.userOf('south')]
    await ann.follow(bob.name)
    const reader = new Reader(t, ann)
    const post = async (count: number): Promise<void> => {
      for (let posts = 0; posts < count; posts++) await bob.post(`hello ${posts}`)
    }
    await post(3)
    const mainServer = await scene.leaderOf('south')
    await network.kill(mainServer)
    await post(3)
    network.start(mainServer)
    for (const synchronizer of ['south.synchronizer1', 'south.synchronizer2', 'north.synchronizer1']) {
      await network.kill(synchronizer)
      await post(2)
      network.start(synchronizer)
    }
    await reader.has(12)
    const north = network.namesOf('north')
    await network.kill(...north)
    await post(4)
    for (const name of north) network.start(name)
    await post(1)
    await reader.has(17)
    t.same(reader.seen, postsOf(bob, 1, 17))
  },
)
