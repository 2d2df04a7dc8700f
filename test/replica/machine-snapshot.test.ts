/** A snapshot holds all that is replicated as of one entry, and a machine that starts from it goes on like the others. */
import t from 'tap'
import type { Json } from '../../lib/json.js'
import { Counter } from '../../node/objects/counter.js'
import { KeyValue } from '../../node/objects/kv.js'
import { Log } from '../../node/objects/log.js'
import { rest, Scene } from './machine-scene.js'

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

void t.test('pieces are short enough for a message and a disk', async (t) => {
  const scene = busy()
  scene.command('kv', 'set', 'big', '"\ud800\\é'.repeat(100_000))
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
  t.equal(fresh.machine.digestAt(9002), scene.machine.digestAt(9002))
  t.equal(fresh.machine.digestAt(9000), undefined)
  fresh.command('counter', 'increment', 5)
  scene.command('counter', 'increment', 6)
  t.not(fresh.machine.digestAt(9003), scene.machine.digestAt(9003))
})
