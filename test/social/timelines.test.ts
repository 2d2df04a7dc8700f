/** The state of one cluster of the social network, and the streams between two. */
import t from 'tap'
import { simulate, type TrialCall } from '../../testing/api.js'
import { Timelines } from './modules.js'
import { Town } from './town.js'

function twoTowns(): readonly [Town, Town] {
  const north = new Town('north').joined('ann', 'amy')
  const south = new Town('south').joined('bob')
  north.follow('ann', 'bob', south)
  north.carryTo(south)
  return [north, south]
}

t.test('a timeline has the posts of those who are followed, from then on, as they came', (t) => {
  const north = new Town('north').joined('ann', 'amy', 'al')
  north.post('amy', 'too early')
  north.follow('ann', 'amy', north)
  north.follow('ann', 'al', north)
  north.post('amy', 'one')
  north.post('al', 'two')
  north.post('ann', 'mine')
  north.post('amy', 'three')
  t.same(north.timelineOf('ann'), ['amy: one', 'al: two', 'amy: three'])
  t.same(north.timelineOf('ann', 2), ['al: two', 'amy: three'], 'the last ones')
  t.same(north.timelines.list('ann'), ['amy', 'al'])
  north.does((timelines) => timelines.unfollow('ann', 'amy'))
  t.same(north.timelineOf('ann'), ['al: two'])
  t.end()
})

t.test('page by page a timeline is read once, whatever comes meanwhile', (t) => {
  const north = new Town('north').joined('ann', 'amy')
  north.follow('ann', 'amy', north)
  north.post('amy', '1', '2', '3')
  const first = north.timelines.timeline('ann', 0, 2)
  north.post('amy', '4')
  const second = north.timelines.timeline('ann', first.next, 2)
  const third = north.timelines.timeline('ann', second.next, 2)
  t.same(
    [first, second, third].map(({ posts }) => posts.map(({ text }) => text)),
    [['1', '2'], ['3', '4'], []],
  )
  t.end()
})

t.test('posts go where the author is followed, and only there', (t) => {
  const [north, south] = twoTowns()
  t.same(south.timelines.destinations(), [])
  t.equal(north.timelines.isHeard('bob'), true)
  t.equal(north.timelines.isHeard('amy'), false)
  south.post('bob', 'hello', 'again')
  t.same(south.timelines.destinations(), ['north'])
  south.carryTo(north)
  t.same(north.timelineOf('ann'), ['bob: hello', 'bob: again'])
  t.same(north.timelineOf('amy'), [])
  north.does((timelines) => timelines.unfollow('ann', 'bob'))
  north.carryTo(south)
  south.post('bob', 'to nobody')
  t.same(south.timelines.destinations(), [])
  t.end()
})

t.test('several who follow one author cost one item a post', (t) => {
  const [north, south] = twoTowns()
  north.follow('amy', 'bob', south)
  t.same(north.timelines.destinations(), [])
  south.post('bob', 'hello')
  t.equal(south.partFor(north).items.length, 1)
  south.carryTo(north)
  t.same([...north.timelineOf('ann'), ...north.timelineOf('amy')], ['bob: hello', 'bob: hello'])
  north.does((timelines) => timelines.unfollow('ann', 'bob'))
  t.same(north.timelines.destinations(), [], 'amy follows him still')
  t.end()
})

t.test('what comes twice is in the timeline once, and parts that overlap are taken as far as new', (t) => {
  const [north, south] = twoTowns()
  south.post('bob', '1', '2')
  const part = south.partFor(north)
  t.equal(north.takes(south, part), 2)
  t.equal(north.takes(south, part), 2)
  south.post('bob', '3')
  t.equal(north.takes(south, south.partFor(north)), 3)
  t.equal(north.takes(south, part), 3, 'late')
  t.same(north.timelineOf('ann'), ['bob: 1', 'bob: 2', 'bob: 3'])
  t.end()
})

t.test('whoever carried last forgets nothing that has not come', (t) => {
  const [north, south] = twoTowns()
  south.post('bob', '1', '2')
  const { stream } = south.partFor(north)
  south.does((timelines) => timelines.carried('north', stream, 1))
  south.does((timelines) => timelines.carried('north', stream, 0))
  south.does((timelines) => timelines.carried('north', 'another stream', 2))
  t.equal(south.partFor(north).first, 2)
  t.end()
})

t.test('a restart from a snapshot changes nothing', async (t) => {
  const [north, south] = twoTowns()
  south.post('bob', '1', '2')
  const part = south.partFor(north)
  north.takes(south, part)
  await north.restart()
  await south.restart()
  t.equal(north.takes(south, part), 2)
  south.post('bob', '3')
  south.carryTo(north)
  t.same(north.timelineOf('ann'), ['bob: 1', 'bob: 2', 'bob: 3'])
  t.same(south.timelines.destinations(), [])
})

t.test('a cluster that was set up anew under its name begins a stream of its own', (t) => {
  const [north, south] = twoTowns()
  south.post('bob', '1', '2')
  south.carryTo(north)
  const anew = new Town('south').joined('someone', 'bob')
  north.does((timelines) => timelines.unfollow('ann', 'bob'))
  north.follow('ann', 'bob', south)
  anew.does((timelines) => timelines.receive('north', { ...north.partFor(south), first: 1 }))
  anew.post('bob', 'I am back')
  anew.carryTo(north)
  t.same(north.timelineOf('ann'), ['bob: I am back'])
  t.end()
})

t.test('a gap is refused: nothing is left out in silence', (t) => {
  const [north, south] = twoTowns()
  south.post('bob', '1', '2')
  const part = south.partFor(north)
  t.throws(() => north.takes(south, { ...part, first: 2 }), /items 1 to 1 of south are missing/)
  t.throws(
    () => south.does((timelines) => timelines.carried('north', part.stream, 9)),
    /north has 9 items of this cluster, which has sent 2/,
  )
  t.equal(north.takes(south, part), 2)
  t.end()
})

t.test('items of another version, and what is no stream, are refused whole, and wait where they are', (t) => {
  const [north, south] = twoTowns()
  south.post('bob', '1')
  const part = south.partFor(north)
  t.throws(
    () => north.takes(south, { ...part, version: 0 }),
    /of version 0, and version 1 is read.*wait there/,
  )
  const broken = [
    { ...part, items: [...part.items, ['shout', 'bob']] },
    { ...part, items: [...part.items, ['post', 'bob', 'x', 1, 'y']] },
    { ...part, items: [null] },
    { ...part, first: 'x' as unknown as number },
  ]
  for (const each of broken) t.throws(() => north.takes(south, each), /what south sends is no part/)
  t.same(north.timelineOf('ann'), [])
  t.equal(north.takes(south, part), 1)
  t.end()
})

t.test('a long wait is carried in parts that a command has room for, the last post too', (t) => {
  const [north, south] = twoTowns()
  const long = '東'.repeat(1_000)
  south.post('bob', ...Array.from({ length: 700 }, () => long))
  let parts = 0
  for (; south.timelines.outgoing('north') !== null; parts++) {
    const part = south.partFor(north)
    t.ok(Buffer.byteLength(JSON.stringify(part)) < 1024 * 1024)
    const upTo = north.takes(south, part)
    south.does((timelines) => timelines.carried('north', part.stream, upTo))
  }
  t.ok(parts > 3)
  t.equal(north.timelineOf('ann').length, 700)
  t.end()
})

type Refused = readonly [what: string, command: (timelines: Timelines) => unknown, sentence: RegExp]
const REFUSED: readonly Refused[] = [
  ['to follow oneself', (north) => north.follow('ann', 'ann', 'north'), /you can't follow yourself/],
  ['to follow twice', (north) => north.follow('ann', 'bob', 'south'), /you follow bob already/],
  ['to follow no more whom one does not follow', (north) => north.unfollow('ann', 'zoe'), /don't follow zoe/],
  [
    'to follow as nobody',
    (north) => north.follow('zoe', 'ann', 'north'),
    /there is no user zoe in this cluster/,
  ],
  ['to post as nobody', (north) => north.post('zoe', 'hello'), /there is no user zoe/],
  ['a user name with a space', (north) => north.join('two words'), /"two words" is not a name: letters and/],
  ['a user name with a control character', (north) => north.join('a\u0007'), /"a\\u0007" is not a name/],
  [
    'a user name of 10,000 characters',
    (north) => north.join('x'.repeat(10_000)),
    /at most 30 characters; this one has 10000/,
  ],
  [
    'a post of 1 MB',
    (north) => north.post('ann', 'x'.repeat(1_000_000)),
    /at most 1000 characters; this one has 1000000/,
  ],
  ['a post that moves the cursor', (north) => north.post('ann', 'a\u001b[2J'), /one line without control/],
  ['a post of nothing', (north) => north.post('ann', ' '), /has some text/],
]

for (const [what, command, sentence] of REFUSED)
  t.test(`${what} is refused with a sentence, and changes nothing`, (t) => {
    const [north, south] = twoTowns()
    t.throws(() => north.does(command), { name: 'RangeError', message: sentence })
    t.same(north.timelines.list('ann'), ['bob'])
    t.same(north.timelines.destinations(), [])
    t.equal(south.timelines.list('bob').length, 0)
    t.end()
  })

t.test('a user name of another alphabet is one, and so is what objects have', (t) => {
  const north = new Town('north')
  for (const name of ['Ångström', '東京', 'Ζωή', '__proto__', 'constructor', 'नमस्ते', 'a-1_b']) {
    t.equal(
      north.does((timelines) => timelines.join(name)),
      true,
      name,
    )
    t.equal(
      north.does((timelines) => timelines.join(name)),
      false,
      name,
    )
  }
  north.follow('東京', '__proto__', north)
  north.post('__proto__', 'hello')
  t.same(north.timelineOf('東京'), ['__proto__: hello'])
  t.end()
})

t.test(
  'watchers are told of posts, of who follows whom, and once of what is to be carried, and that it was',
  (t) => {
    const [north, south] = twoTowns()
    t.same(north.told, ['to/south', 'of/ann', 'carried/south'])
    south.told.length = 0
    south.post('bob', '1', '2')
    t.same(south.told, ['to/north'])
    north.told.length = 0
    south.carryTo(north)
    t.same(north.told, ['by/bob', 'by/bob'])
    t.end()
  },
)

t.test('under faults all copies stay the same', async (t) => {
  const users = ['ann', 'bob', 'cid'] as const
  const { answered, undecided } = await simulate({
    object: Timelines,
    runs: 4,
    calls: (dice) => {
      const [user, other] = [dice.pick(users), dice.pick(users)]
      return dice.pick<TrialCall>([
        ['join', user],
        ['follow', user, other, 'south'],
        ['unfollow', user, other],
        ['post', user, 'hello'],
        ['list', user],
      ])
    },
  })
  t.ok(answered > 50)
  t.equal(undecided, 0)
})
