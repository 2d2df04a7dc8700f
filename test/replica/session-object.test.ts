/** The object `session`, as the log applies its commands. */
import t from 'tap'
import type { Json } from '../../lib/json.js'
import { withCommandContext } from '../../lib/replica/context.js'
import { HostedObject } from '../../lib/replica/hosted.js'
import { instantiate } from '../../lib/replica/marks.js'
import { SessionObject } from '../../lib/replica/session-object.js'
import { SESSION_TTL_MS, Sessions } from '../../lib/replica/sessions.js'
import { silent } from '../harness/ports.js'

const hosted = (table: Sessions): HostedObject =>
  new HostedObject('session', () => new SessionObject(table), silent)

async function* over(chunks: Iterable<Json>): AsyncGenerator<Json> {
  for (const chunk of chunks) yield await Promise.resolve(chunk)
}

function command(object: SessionObject, method: string, params: readonly unknown[], now = 0): unknown {
  const { marks } = instantiate(() => object)
  const context = { index: 5, term: 1, now, random: () => 0.5, version: 1, emit: () => undefined }
  return withCommandContext(context, () => marks.methods.get(method)?.run(...params))
}

void t.test('open, keepAlive and close are commands of the table', async (t) => {
  const table = new Sessions()
  const object = new SessionObject(table)
  const { session } = table.open(1, 0, () => 0)
  t.same(command(object, 'keepAlive', [session]), { session, ttlMs: SESSION_TTL_MS })
  t.equal(command(object, 'close', [session]), true)
  t.match(command(object, 'open', []), { session: /^5-/, ttlMs: 60_000 })
  t.equal(table.count, 1)
})

void t.test("the object's snapshot is the table's", async (t) => {
  const table = new Sessions()
  const { session } = table.open(1, 0, () => 0)
  const taken = hosted(table).capture()
  table.close(session, 0)
  const restored = new Sessions()
  await hosted(restored).restore(over(taken), 1)
  t.equal(restored.close(session, 0), true, 'as it was when it began')
})

void t.test('only a text can name a session', async (t) => {
  const object = new SessionObject(new Sessions())
  for (const wrong of [undefined, null, 1, ['x'], {}])
    for (const method of ['keepAlive', 'close'])
      t.throws(() => command(object, method, [wrong]), { name: 'InvalidParamsError' })
  t.throws(() => command(object, 'keepAlive', ['unheard']), { name: 'SessionExpiredError' })
})
