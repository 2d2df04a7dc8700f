/** A command that is passed over leaves the same behind on every replica: an error, and a word in the snapshot. */
import t from 'tap'
import { readHead } from '../../../lib/replica/machine/snapshot-head.js'
import type { Json } from '../../../lib/json.js'
import { RecordingLogger } from '../../harness/ports.js'
import { Scene } from '../machine-scene.js'

class Steps {
  static commands = ['step']
  static queries = ['count']
  taken = 0
  step(): number {
    return (this.taken += 1)
  }
  count(): number {
    return this.taken
  }
}

const OBJECTS = { steps: Steps }
const SECOND = new Map([[2, 3]])

t.test('the command has changed nothing, and its result is an error that says so', (t) => {
  const scene = new Scene(OBJECTS, undefined, { skips: SECOND })
  t.same(scene.command('steps', 'step'), { value: 1 })
  const result = scene.command('steps', 'step')
  t.match(result, {
    error: { remote: { name: 'EntrySkipped', message: /^steps\.step, entry 2 of the log/ } },
  })
  t.same(scene.command('steps', 'step'), { value: 2 })
  t.end()
})

t.test('a command that comes again in its session is answered with the same error, and not run', (t) => {
  const scene = new Scene(OBJECTS, undefined, { skips: SECOND })
  const opened = scene.command('session', 'open') as { value: { session: string } }
  const once = { session: opened.value.session, seq: 1 }
  for (let time = 0; time < 2; time++)
    t.match(scene.commandWith(once, 'steps', 'step'), { error: { remote: { name: 'EntrySkipped' } } })
  t.equal(scene.query('steps', 'count'), 0)
  t.end()
})

t.test('a command that no class here knows can be passed over too', (t) => {
  const scene = new Scene(OBJECTS, undefined, { skips: SECOND })
  scene.command('steps', 'step')
  t.match(scene.command('gone', 'do'), { error: { remote: { name: 'EntrySkipped' } } })
  t.end()
})

t.test('an entry of another term that came to the same place is run', (t) => {
  const scene = new Scene(OBJECTS, undefined, { skips: new Map([[2, 4]]) })
  scene.command('steps', 'step')
  t.same(scene.command('steps', 'step'), { value: 2 })
  t.end()
})

t.test('a snapshot says what was passed over, and the next one too', async (t) => {
  const scene = new Scene(OBJECTS, undefined, { skips: SECOND })
  for (let step = 0; step < 3; step++) scene.command('steps', 'step')
  const texts = scene.snapshot()
  t.same(skippedIn(texts), [2])
  const other = new Scene(OBJECTS)
  await other.restore(texts, 3)
  t.equal(other.query('steps', 'count'), 2)
  t.equal(other.machine.digestAt(3, 'results'), scene.machine.digestAt(3, 'results'))
  t.same(skippedIn(other.snapshot()), [2])
})

t.test('who runs what the others pass over comes to another digest', (t) => {
  const [passes, runs] = [new Scene(OBJECTS, undefined, { skips: SECOND }), new Scene(OBJECTS)]
  for (const scene of [passes, runs]) for (let step = 0; step < 2; step++) scene.command('steps', 'step')
  t.equal(passes.machine.digestAt(1, 'results'), runs.machine.digestAt(1, 'results'))
  t.not(passes.machine.digestAt(2, 'results'), runs.machine.digestAt(2, 'results'))
  t.end()
})

t.test('a member that passes over an entry says so in its log', (t) => {
  const logger = new RecordingLogger()
  const scene = new Scene(OBJECTS, logger, { skips: SECOND })
  for (let step = 0; step < 2; step++) scene.command('steps', 'step')
  t.same(logger.lines, ['warn passes over entry 2, steps.step, as the operator has decided'])
  t.end()
})

function skippedIn([head = '']: readonly string[]): readonly number[] {
  const [, json] = JSON.parse(head) as [string, Json]
  return readHead(json).skipped
}
