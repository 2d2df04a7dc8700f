/** How a class's state gets into a snapshot and out of it again, and with which sentence it is refused. */
import t from 'tap'
import type { Json } from '../../../lib/json.js'
import { fieldsOf } from '../../../lib/replica/objects/default-snapshot.js'
import type { ReplicatedSource } from '../../../lib/replica/objects/marks.js'
import { sliced } from '../../../lib/replica/objects/sliced.js'
import { rest, Scene } from '../machine-scene.js'
import { silent } from '../members.js'

/** Looks at and changes its own fields as a test likes. */
class Bag {
  static commands = ['put']
  static queries = ['same']
  list: unknown[] = []
  map = new Map<unknown, unknown>([[1, 'one']])
  readonly set = new Set<unknown>()
  absent?: string | undefined = undefined
  put(what: string): void {
    PUTS[what]?.(this)
  }
  same(): void {
    return
  }
}

const PUTS: Readonly<Record<string, (bag: Bag) => void>> = {
  much: (bag) => {
    bag.list = [
      NaN,
      -0,
      Infinity,
      undefined,
      { $: 'set', of: [1] },
      new Date(0),
      12n,
      new Uint8Array([1, 2]),
      new URL('https://example.org/'),
      Object.assign(Object.create(null), { a: 1 }),
    ]
    for (let n = 0; n < 1000; n++) bag.map.set({ n }, new Map([['n', new Set([n])]]))
    bag.set.add('__proto__').add(JSON.parse('{"__proto__":[1]}'))
    bag.map.set('names of the language', { constructor: 1, then: 2, toJSON: 3, hasOwnProperty: 4 })
    delete bag.absent
  },
  instance: (bag) => bag.list.push(new Bag()),
  twice: (bag) => {
    const shared = {}
    bag.list = [shared]
    bag.map.set('again', shared)
  },
  cycle: (bag) => bag.list.push(bag.list),
  back: (bag) => bag.set.add(bag),
  function: (bag) => bag.map.set('f', () => 1),
  symbol: (bag) => bag.map.set(Symbol('s'), 1),
}

async function copied(source: ReplicatedSource, prepare: (scene: Scene) => void): Promise<Bag> {
  let copy = new Bag()
  const scene = new Scene({ bag: source })
  prepare(scene)
  const fresh = new Scene({
    bag: () => (copy = new Bag()),
  })
  await fresh.restore(scene.snapshot(), 1)
  return copy
}

void t.test('by default a snapshot has all fields, as they were', async (t) => {
  const wanted = new Bag()
  PUTS['much']?.(wanted)
  const copy = await copied(Bag, (scene) => scene.command('bag', 'put', 'much'))
  t.strictSame(copy, wanted)
  t.ok(Object.is(copy.list[1], -0))
  t.notOk(Object.hasOwn(copy, 'absent'), 'a field that was taken away stays away')
  t.equal(Object.getPrototypeOf(copy.list[9]), null)
})

for (const [what, message] of [
  ['instance', /a member of list is an instance of Bag/],
  ['twice', /map\.get\(again\) is the same object as a member of list/],
  ['cycle', /a member of list is the same object as list/],
  ['back', /a member of set is the same object as the object itself/],
  ['function', /map\.get\(f\) is a function/],
  ['symbol', /a key of map is a symbol/],
] as const) {
  void t.test(`what a copy would lack stops the snapshot and not the commands: ${what}`, async (t) => {
    const scene = new Scene({ bag: Bag })
    scene.command('bag', 'put', what)
    t.throws(() => scene.machine.capture(), message)
    t.match(scene.command('bag', 'put', 'nothing'), { value: null })
    t.throws(() => scene.machine.capture(), message, 'and no snapshot stays open')
  })
}

function refused(source: ReplicatedSource): string {
  try {
    new Scene({ it: source })
  } catch (error) {
    if (error instanceof Error && error.name === 'UnsuitableClassError') return error.message
    throw error
  }
  return 'not refused'
}

void t.test('a class whose fields a snapshot can not carry is refused at the start', async (t) => {
  class Handler {
    static queries = ['get']
    made = new Bag()
    get(): void {
      return
    }
  }
  t.match(refused(Handler), /Handler: made is an instance of Bag.*plain data.*snapshot and restore/)
})

void t.test('snapshot and restore come together, and a version is a whole number', async (t) => {
  class Half {
    static queries = ['get']
    get(): void {
      return
    }
    snapshot(): Json[] {
      return []
    }
  }
  class Odd extends Bag {
    static version = 1.5
  }
  t.match(refused(Half), /Half has a method snapshot, and needs restore beside it/)
  t.match(refused(Odd), /static version of Odd must be a whole number from 1/)
})

void t.test("objects that every member has of its own can not be a user's", async (t) => {
  for (const name of ['session', 'watch', 'daemon']) {
    t.throws(() => new Scene({ [name]: Bag }), new RegExp(`every member has an object ${name} of its own`))
  }
})

class First {
  static commands = ['visit']
  static queries = ['count']
  visits = 0
  visit(): void {
    this.visits += 1
  }
  count(): Json {
    return this.visits
  }
}

class Second extends First {
  static version = 2
  readonly byDay = new Map<string, number>()
  override count(): Json {
    return { early: this.byDay.get('early') ?? null }
  }
  async upgrade(chunks: AsyncIterable<Json>, from: number): Promise<void> {
    const { visits } = await fieldsOf(chunks)
    this.byDay.set('early', Number(visits) * 10 + from)
  }
}

void t.test('a newer class reads an older snapshot in its upgrade', async (t) => {
  const old = new Scene({ it: First })
  old.command('it', 'visit')
  const scene = new Scene({ it: Second })
  await scene.restore(old.snapshot(), 1)
  t.same(scene.query('it', 'count'), { early: 11 })
})

void t.test('a snapshot of another version is refused by a class that can not read it', async (t) => {
  class Stubborn extends First {
    static version = 2
  }
  const snapshotOf = (source: ReplicatedSource): string[] => {
    const scene = new Scene({ it: source })
    scene.command('it', 'visit')
    return scene.snapshot()
  }
  const texts = snapshotOf(First)
  await t.rejects(new Scene({ it: Stubborn }).restore(texts, 1), /version 1 of Stubborn.*version 2.*upgrade/)
  const newer = snapshotOf(Second)
  await t.rejects(new Scene({ it: First }).restore(newer, 1), /version 2 of First.*version 1.*newer class/)
})

void t.test('a command written for a newer version stops the replica that does not know it', async (t) => {
  const scene = new Scene({ it: Second })
  t.match(scene.commandWith({ version: 2 }, 'it', 'visit'), { value: null })
  t.throws(() => scene.commandWith({ version: 3 }, 'it', 'visit'), /version 3 of it.*here is version 2/)
})

/** Notes what becomes of its generator. */
class Story {
  static commands = ['begin', 'tell']
  static notes: string[] = []
  static sliced = true
  lines = ['one', 'two']
  begin(): void {
    return
  }
  tell(line: string): void {
    this.lines.push(line)
  }
  snapshot(): Iterable<Json> {
    return Story.sliced ? sliced(this.chunks()) : this.chunks()
  }
  *chunks(): Generator<Json> {
    const { length } = this.lines
    try {
      for (let at = 0; at < length; at++) yield this.lines[at] ?? null
    } finally {
      Story.notes.push(`closed with ${this.lines.length} lines`)
    }
  }
  async restore(chunks: AsyncIterable<Json>): Promise<void> {
    this.lines = []
    for await (const chunk of chunks) if (typeof chunk === 'string') this.lines.push(chunk)
  }
}

void t.test(
  'a snapshot that is not sliced is pulled at once, a sliced one from what its first chunk saw',
  async (t) => {
    for (const isSliced of [false, true]) {
      Story.sliced = isSliced
      Story.notes = []
      const scene = new Scene({ story: Story })
      scene.command('story', 'begin')
      const capture = scene.machine.capture()
      scene.command('story', 'tell', 'three')
      t.match(rest(capture).join('\n'), /\["object","story",\["one","two"\]\]/)
      t.same(Story.notes, [`closed with ${isSliced ? 3 : 2} lines`])
    }
  },
)

void t.test('a snapshot that nobody wants any more is closed, and the next one can begin', async (t) => {
  Story.sliced = true
  Story.notes = []
  const scene = new Scene({ story: Story })
  scene.command('story', 'begin')
  const capture = scene.machine.capture()
  t.throws(() => scene.machine.capture(), /being taken already/)
  capture.release()
  t.same(Story.notes, ['closed with 2 lines'])
  t.equal(capture.next(), undefined)
  t.ok(scene.machine.capture())
})

void t.test(
  'an object that holds everything up while its snapshot is taken is named in the log',
  async (t) => {
    const warnings: string[] = []
    class Slow extends Bag {
      snapshot(): Json[] {
        slow.clock.pass(80)
        return []
      }
      restore(): void {
        return
      }
    }
    const slow = new Scene({ slow: Slow, bag: Bag }, { ...silent, warn: (line) => warnings.push(line) })
    slow.command('slow', 'put', 'nothing')
    slow.snapshot()
    t.equal(warnings.length, 1)
    t.match(warnings[0], /object slow held everything up.*docs\/objects\.md/)
  },
)

/** Brings what a test likes as its snapshot. */
class Own {
  static commands = ['put']
  chunks: unknown[] = []
  put(what: string): void {
    this.chunks = [[1], ALTERED[what]]
  }
  snapshot(): Iterable<Json> {
    return this.chunks as Json[]
  }
  restore(): void {
    return
  }
}

const ALTERED: Readonly<Record<string, unknown>> = {
  map: { rows: new Map([[1, 2]]) },
  nan: [{ at: NaN }],
  undefined: [undefined],
  date: { when: new Date(0) },
}

const whyAltered: readonly (readonly [string, RegExp])[] = [
  ['map', /Own\.snapshot\(\): a chunk \.rows is a Map/],
  ['nan', /Own\.snapshot\(\): a chunk \[0\]\.at is NaN/],
  ['undefined', /Own\.snapshot\(\): a chunk \[0\] is undefined/],
  ['date', /Own\.snapshot\(\): a chunk \.when is a Date/],
]

for (const [what, message] of whyAltered)
  void t.test(
    `a chunk of a snapshot that would be restored as something else is refused: ${what}`,
    async (t) => {
      class InSlices extends Own {
        override snapshot(): Iterable<Json> {
          return sliced(super.snapshot())
        }
      }
      const scene = new Scene({ it: Own })
      scene.command('it', 'put', [what])
      t.throws(() => scene.machine.capture(), message)
      t.throws(() => scene.machine.capture(), message, 'and no snapshot stays open')
      const other = new Scene({ it: InSlices })
      other.command('it', 'put', [what])
      const capture = other.machine.capture()
      t.throws(
        () => {
          while (capture.next() !== undefined);
        },
        new RegExp(message.source.replace('Own', 'InSlices')),
      )
    },
  )

class Ends {
  static readonly commands = ['put']
  put(): void {
    return
  }
  nextExpiry(): number | undefined {
    return undefined
  }
}

void t.test('what says when something ends says how, and at once', async (t) => {
  t.throws(() => new Scene({ it: Ends }), /Ends has a method nextExpiry, and needs expire beside it/)
  class Later extends Ends {
    async expire(): Promise<void> {
      return Promise.resolve()
    }
  }
  t.throws(() => new Scene({ it: Later }), /Later\.expire must be synchronous/)
  class Never extends Ends {
    expire(): void {
      return
    }
  }
  const { machine } = new Scene({ it: Never, other: Own })
  t.same(machine.expiring, ['it'])
  t.equal(machine.nextExpiry('it'), undefined)
  t.same(
    [...(machine.classes.get('it')?.commands ?? [])],
    ['put', 'expire', '(atomically)'],
    'others are told of it',
  )
})
