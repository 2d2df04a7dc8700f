/** The social network over real processes, some of which are killed while users post. */
import t from 'tap'
import { temporaryFolder } from '../harness/processes.js'
import { noTerminal, Terminal } from '../harness/terminal.js'
import { social } from './modules.js'
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
    const north = network.clusters.get('north') ?? []
    await network.kill(...north)
    await post(4)
    network.start(...north)
    await post(1)
    await reader.has(17)
    t.same(reader.seen, postsOf(bob, 1, 17))
  },
)

t.test(
  'in a terminal: who follows whom, a timeline, errors, and a main server that dies',
  { skip: noTerminal },
  async (t) => {
    const [bob, name] = [await scene.userOf('south'), 'Зоя']
    await bob.post('too early')
    const command = `NODE_OPTIONS= NAMESERVER=${network.nameserver} '${process.execPath}' '${social}/client.js' '${name}'`
    const terminal = new Terminal(temporaryFolder(t), command)
    t.teardown(() => terminal.end())
    await terminal.shows(/Зоя is at home in (north|south)[^]*>\s*$/)
    await terminal.enter('LIST', /you follow nobody/)
    await terminal.enter(`FOLLOW ${bob.name}`, new RegExp(`you follow ${bob.name}\n`))
    await terminal.enter(`follow ${bob.name}`, new RegExp(`error: you follow ${bob.name} already`))
    await terminal.enter('FOLLOW nowhere', /error: there is no user nowhere/)
    await terminal.enter(`FOLLOW ${name}`, /error: you can't follow yourself/)
    await terminal.enter('FOLLOW two words', /error: "two words" is not a name/)
    await terminal.enter('FOLLOW', /error: a user needs a name/)
    await terminal.enter('SHOUT', /there is no command "SHOUT": FOLLOW name/)
    await terminal.enter('LIST', new RegExp(`${bob.name}\n`))
    await bob.post('before')
    await terminal.enter('TIMELINE', new RegExp(`an empty line closes[^]*${bob.name}: before`))
    const [, home = ''] = /at home in (\w+)/.exec(terminal.screen()) ?? []
    const mainServer = await scene.leaderOf(home)
    await network.kill(mainServer)
    await bob.post('after')
    await terminal.shows(new RegExp(`${bob.name}: after`))
    await bob.follow(name)
    const reader = new Reader(t, bob)
    terminal.type('from a terminal\r')
    await reader.has(1)
    t.equal(reader.posts[0]?.text, 'from a terminal')
    network.start(mainServer)
    await terminal.enter('', /the timeline is closed/)
    await terminal.enter(`UNFOLLOW ${bob.name}`, new RegExp(`you don't follow ${bob.name} any more`))
    await terminal.enter(`UNFOLLOW ${bob.name}`, new RegExp(`error: you don't follow ${bob.name}\n`))
    t.notMatch(terminal.screen(), /too early/)
  },
)
