/**
 * A snapshot holds all that is replicated as of one entry, and a machine that starts from it goes on like the others.
 */
import t from 'tap'
import type { Json } from '../../../lib/json.js'
import { logIndex, term } from '../../../lib/raft/types.js'
import { commandContext } from '../../../lib/replica/objects/context.js'
import { Counter } from '../../../lib/shipped/counter.js'
import { KeyValue } from '../../../lib/shipped/kv.js'
import { Log } from '../../../lib/shipped/log.js'
import { rest, Scene } from '../machine-scene.js'

const SHIPPED = { log: Log, kv: KeyValue, counter: Counter }

function busy(): Scene {
  const scene = new Scene(SHIPPED)
  for (let n = 0; n < 3000; n++) {
    scene.command('kv', 'set', `key ${n % 700}`, { n, text: 'é"\u0001\u2028😀' })
    scene.command('log', 'append', `line ${n}`)
    scene.command('counter', 'increment', 2)
  }
  scene.command('kv', 'delete', 'key 5')
  return scene
}

function everything(scene: Scene): Json {
  const keys = scene.query('kv', 'keys') as string[]
  return {
    pairs: keys.map((key) => [key, scene.query('kv', 'get', key)]),
    lines: scene.query('log', 'entries', 2500, 1000),
    length: scene.query('log', 'length'),
    count: scene.query('counter', 'value'),
  }
}

void t.test('what is restored is what was captured', async (t) => {
  const scene = busy()
  const fresh = new Scene(SHIPPED)
  await fresh.restore(scene.snapshot(), 9001)
  t.same(everything(fresh), everything(scene))
  t.equal(fresh.time.now, scene.time.now)
})

void t.test('what nobody has used yet is in no snapshot, so a build without it can read that', async (t) => {
  const scene = new Scene(SHIPPED)
  scene.command('kv', 'set', 'a', 1)
  scene.query('counter', 'value')
  const former = new Scene({ kv: KeyValue })
  await former.restore(scene.snapshot(), 1)
  t.equal(former.query('kv', 'get', 'a'), 1)
  const texts = scene.snapshot().join('\n')
  t.notMatch(texts, /counter|log/)
  const fresh = new Scene(SHIPPED)
  await fresh.restore(scene.snapshot(), 1)
  t.equal(fresh.snapshot().join('\n'), texts, 'nor in one that is taken after it was restored')
  fresh.command('counter', 'increment', 2)
  const other = new Scene(SHIPPED)
  await other.restore(fresh.snapshot(), 2)
  t.equal(other.query('counter', 'value'), 2)
  const later = new Scene(SHIPPED)
  await later.restore(other.snapshot(), 2)
  t.equal(later.query('counter', 'value'), 2, 'and what was used stays in it')
})

void t.test('pieces are short enough for a message and a disk', async (t) => {
  const scene = busy()
  scene.command('kv', 'set', 'big', '"\ud800\\é'.repeat(80_000))
  const texts = scene.snapshot()
  t.ok(Math.max(...texts.map((text) => text.length)) <= 64 * 1024)
  const fresh = new Scene(SHIPPED)
  await fresh.restore(texts, 9002)
  t.equal(fresh.query('kv', 'get', 'big'), scene.query('kv', 'get', 'big'))
})

void t.test('a snapshot stays as it was at its entry while commands go on running', async (t) => {
  const scene = busy()
  const before = everything(scene)
  const capture = scene.machine.capture()
  const texts = [capture.next() ?? '']
  for (let n = 0; n < 2000; n++) {
    scene.command('kv', 'delete', `key ${n % 700}`)
    scene.command('kv', 'set', `key ${(n * 7) % 900}`, n)
    scene.command('kv', 'cas', `key ${n}`, null, 'new')
    scene.command('log', 'append', 'later')
    scene.command('counter', 'increment')
    if (n % 300 === 0) texts.push(capture.next() ?? '')
  }
  const fresh = new Scene(SHIPPED)
  await fresh.restore([...texts, ...rest(capture)], 9001)
  t.same(everything(fresh), before)
})

void t.test('the digest goes on from a snapshot as it does on the others', async (t) => {
  const scene = busy()
  const fresh = new Scene(SHIPPED)
  await fresh.restore(scene.snapshot(), 9001)
  for (const each of [scene, fresh]) each.command('counter', 'increment', 5)
  t.equal(fresh.machine.digestAt(9002, 'results'), scene.machine.digestAt(9002, 'results'))
  t.equal(fresh.machine.digestAt(9000, 'results'), undefined)
  fresh.command('counter', 'increment', 5)
  scene.command('counter', 'increment', 6)
  t.not(fresh.machine.digestAt(9003, 'results'), scene.machine.digestAt(9003, 'results'))
})

class Notifier {
  static commands = ['ring']
  rings = 0
  ring(): number {
    commandContext().emit('bell', { rings: this.rings })
    return (this.rings += 1)
  }
}

void t.test('a command sent again after a snapshot is answered, and not run again', async (t) => {
  const scene = new Scene({ bell: Notifier })
  const opened = scene.command('session', 'open')
  const { session } = Object(opened && 'value' in opened && opened.value) as { session: string }
  const first = scene.commandWith({ session, seq: 1 }, 'bell', 'ring')
  t.same(first, { value: 1 })
  const fresh = new Scene({ bell: Notifier })
  await fresh.restore(scene.snapshot(), 2)
  for (const each of [scene, fresh]) {
    t.same(each.commandWith({ session, seq: 1 }, 'bell', 'ring'), { value: 1 })
    t.same(each.commandWith({ session, seq: 2 }, 'bell', 'ring'), { value: 2 })
    t.match(each.commandWith({ session: 'unheard of', seq: 1 }, 'bell', 'ring'), { error: { code: -32008 } })
  }
  t.equal(fresh.machine.digestAt(5, 'results'), scene.machine.digestAt(5, 'results'))
})

void t.test(
  'watchers find in the snapshot what was emitted, once for a command that came twice',
  async (t) => {
    const scene = new Scene({ bell: Notifier })
    const opened = scene.command('session', 'open')
    const { session } = Object(opened && 'value' in opened && opened.value) as { session: string }
    for (let n = 0; n < 2; n++) scene.commandWith({ session, seq: 1 }, 'bell', 'ring')
    const fresh = new Scene({ bell: Notifier })
    await fresh.restore(scene.snapshot(), 3)
    t.same(fresh.machine.events.since('bell', 0, { kind: 'prefix', prefix: '' }, 10).events, [
      { index: 2, topic: 'bell', data: { rings: 0 } },
    ])
  },
)

void t.test('a snapshot that can not be read is refused, and everything stays as it was', async (t) => {
  const good = busy().snapshot()
  const scene = new Scene(SHIPPED)
  scene.command('kv', 'set', 'here', 1)
  const before = everything(scene)
  const refusals: [RegExp, string[]][] = [
    [/ends before its end/, good.slice(0, -1)],
    [/ends before its end/, []],
    [/instead of its head/, good.slice(1)],
    [/nothing here reads: object ghost/, [...good.slice(0, -1), '["object","ghost",[1]]', '["end"]']],
    [/has format 2; this program knows 1/, ['["head",{"format":2}]']],
    [/head of the snapshot is not/, ['["head",{"format":1,"index":-1}]']],
    [/unknown kind, "ghosts"/, [...good.slice(0, 1), '["ghosts",[]]', '["end"]']],
    [/lacks the rest of a piece/, [...good.slice(0, 1), '["cut","[\\"obj"]', '["end"]']],
    [/no list/, ['{}']],
    [/a chunk \[1\] is Infinity/, [...good.slice(0, 1), '["object","kv",[["key",1e400]]]', '["end"]']],
    [/a chunk \[1\] is -0/, [...good.slice(0, 1), '["object","kv",[["key",-0]]]', '["end"]']],
    [/JSON/, [...good.slice(0, 1), '["object","kv",[']],
  ]
  for (const [message, texts] of refusals) await t.rejects(scene.restore(texts, 1), message)
  t.same(everything(scene), before)
  t.match(scene.command('kv', 'set', 'here', 2), { value: 1 })
})

void t.test(
  'a snapshot with an object that is not here is refused; an object that it lacks begins anew',
  async (t) => {
    const all = busy().snapshot()
    await t.rejects(new Scene({ kv: KeyValue }).restore(all, 1), /object log.*the same classes as the others/)
    const old = new Scene({ kv: KeyValue })
    old.command('kv', 'set', 'a', 1)
    const scene = new Scene(SHIPPED)
    await scene.restore(old.snapshot(), 1)
    t.equal(scene.query('kv', 'get', 'a'), 1)
    t.equal(scene.query('counter', 'value'), 0)
  },
)

void t.test(
  'while a snapshot is restored, queries see what was before, and others get their turn',
  async (t) => {
    const scene = new Scene(SHIPPED)
    scene.command('counter', 'increment', 7)
    const restoring = scene.restore(busy().snapshot(), 9001)
    t.equal(scene.query('counter', 'value'), 7)
    t.throws(() => scene.command('counter', 'increment'), /amid the restoring/)
    await restoring
    t.equal(scene.query('counter', 'value'), 6000)
    const large = new Scene(SHIPPED)
    for (let n = 0; n < 20; n++) large.command('kv', 'set', `key ${n}`, 'x'.repeat(100_000))
    await scene.restore(large.snapshot(), 20)
    t.ok(scene.clock.breaths > 3)
  },
)

void t.test('entries that are no commands count for the position and change no digest', async (t) => {
  const scene = new Scene(SHIPPED)
  scene.command('counter', 'increment')
  scene.machine.apply({ kind: 'empty', index: logIndex(2), term: term(4) }, true)
  t.equal(scene.machine.digestAt(2, 'results'), scene.machine.digestAt(1, 'results'))
  t.match(scene.snapshot()[0], /"index":2,"term":4/)
})

void t.test('digests of the last 65,536 entries are kept', async (t) => {
  const scene = new Scene({ counter: Counter })
  for (let n = 0; n < 65_537; n++) scene.command('counter', 'increment')
  t.equal(scene.machine.digestAt(1, 'results'), undefined)
  t.type(scene.machine.digestAt(2, 'results'), 'number')
  t.type(scene.machine.digestAt(65_537, 'results'), 'number')
  t.equal(scene.machine.digestAt(65_538, 'results'), undefined)
})

void t.test('what an error says is no part of the digest, which error it is is', async (t) => {
  const digest = (error: Error): number | undefined => {
    class Thrower {
      static commands = ['fail']
      fail(): void {
        throw error
      }
    }
    const scene = new Scene({ it: Thrower })
    scene.command('it', 'fail')
    return scene.machine.digestAt(1, 'results')
  }
  t.equal(digest(new TypeError('x is not iterable')), digest(new TypeError('x cannot be iterated')))
  t.not(digest(new TypeError('no')), digest(new RangeError('no')))
})

void t.test(
  'a restored log time goes on by what this replica knows of time, and by the wall clock where it knows nothing',
  async (t) => {
    const old = new Scene({ counter: Counter })
    old.command('counter', 'increment')
    const restored = async (knownMs?: number): Promise<number> => {
      const scene = new Scene({ counter: Counter })
      if (knownMs !== undefined) scene.time.advance(1, true)
      scene.clock.pass(knownMs ?? 0)
      scene.clock.real = 20_000_000
      await scene.restore(old.snapshot(), 1)
      return scene.time.stamp()
    }
    t.equal(await restored(), 20_000_000)
    t.equal(await restored(8_000_000), 9_000_001, 'an eighth faster than time passes')
    t.equal(
      await restored(1000),
      old.time.now,
      'nobody knows how old it is, and it is the newest that is known',
    )
  },
)

void t.test(
  'what an object was told before a snapshot is watched for after it, as on the others',
  async (t) => {
    class Staged {
      static commands = ['stage', 'commit']
      tables: Record<string, Record<string, number>> = {}
      staged: string[] = []

      stage(name: string): void {
        this.staged.push(name)
      }

      commit(row: string): void {
        for (const name of this.staged) (this.tables[name] ??= {})[row] = 1
      }
    }
    const scene = new Scene({ staged: Staged })
    scene.command('staged', 'stage', 'constructor')
    const fresh = new Scene({ staged: Staged })
    await fresh.restore(scene.snapshot(), 1)
    for (const each of [scene, fresh]) {
      t.match(each.command('staged', 'commit', 'polluted'), {
        error: { remote: { name: 'UnsuitableKeyError' } },
      })
      t.notOk('polluted' in Object)
    }
  },
)
