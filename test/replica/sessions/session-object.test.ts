/** The object `session`, as the log applies its commands. */
import t from 'tap'
import { withCommandContext } from '../../../lib/replica/objects/context.js'
import { instantiate } from '../../../lib/replica/objects/marks.js'
import { SessionObject } from '../../../lib/replica/sessions/session-object.js'
import { SESSION_TTL_MS, Sessions } from '../../../lib/replica/sessions/sessions.js'

function command(object: SessionObject, method: string, params: readonly unknown[], now = 0): unknown {
  const { marks } = instantiate(() => object)
  const context = { index: 5, term: 1, now, random: () => 0.5, version: 1, emit: () => undefined }
  return withCommandContext(context, () => marks.methods.get(method)?.run(...params))
}

void t.test('open, keepAlive and close are commands of the table in force', async (t) => {
  let table = new Sessions()
  const object = new SessionObject(() => table)
  const { session } = table.open(1, 0, () => 0)
  t.same(command(object, 'keepAlive', [session]), { session, ttlMs: SESSION_TTL_MS })
  t.equal(command(object, 'close', [session]), true)
  table = new Sessions()
  t.match(command(object, 'open', []), { session: /^5-/, ttlMs: 60_000 })
  t.equal(table.count, 1)
})

void t.test('only a text can name a session', async (t) => {
  const object = new SessionObject(() => new Sessions())
  for (const wrong of [undefined, null, 1, ['x'], {}])
    for (const method of ['keepAlive', 'close'])
      t.throws(() => command(object, method, [wrong]), { name: 'InvalidParamsError' })
  t.throws(() => command(object, 'keepAlive', ['unheard']), { name: 'SessionExpiredError' })
})
