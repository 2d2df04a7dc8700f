/** Sessions without end: whoever opens them is refused before the table is full, and others find room. */
import t from 'tap'
import { SessionRoom } from '../../../lib/replica/calls/session-room.js'
import { SESSIONS_MAX, SESSION_TTL_MS } from '../../../lib/replica/sessions/sessions.js'
import { OverloadedError } from '../../../lib/rpc/errors.js'
import type { ConnectionContext, ExposedMethod } from '../../../lib/rpc/exposed.js'
import { ManualClock } from '../../harness/manual-clock.js'

/** A leader whose table is a set of names; those in which something was run begin with "used". */
class Leader {
  readonly clock = new ManualClock()
  readonly open = new Set<string>()
  #next = 0
  readonly #object = new SessionRoom({
    clock: this.clock,
    table: () => ({
      count: this.open.size,
      unused: (most) => [...this.open].filter((id) => !id.startsWith('used')).slice(0, most),
    }),
  }).keptIn({
    methods: new Map<string, ExposedMethod>([
      ['open', { kind: 'command', handler: () => void this.open.add(`${this.#next++}`) }],
      ['close', { kind: 'command', handler: ([id]) => typeof id === 'string' && this.open.delete(id) }],
    ]),
  })

  opens(connection: ConnectionContext): unknown {
    try {
      return this.#object.methods.get('open')?.handler([], { connection, meta: {}, deadline: undefined })
    } catch (error) {
      return error
    }
  }

  /**
   * How many were given before one was refused, each asked for on the connection that `from` names. All of them: none
   * was.
   */
  async floods(from: (count: number) => ConnectionContext): Promise<number> {
    for (let count = 0; count < SESSIONS_MAX; count++) {
      if (this.opens(from(count)) instanceof OverloadedError) return count
      if (count % 1000 === 0) await Promise.resolve()
    }
    return SESSIONS_MAX
  }
}

const connection = (remote: string, kind: ConnectionContext['kind'] = 'lines'): ConnectionContext => ({
  kind,
  remote,
})

t.test('one connection opens half of all sessions at most, and others go on', async (t) => {
  const leader = new Leader()
  const greedy = connection('greedy')
  t.equal(await leader.floods(() => greedy), SESSIONS_MAX / 2)
  t.notOk(leader.opens(connection('honest')) instanceof Error)
  t.ok(leader.opens(greedy) instanceof OverloadedError)
  leader.clock.advance(SESSION_TTL_MS)
  t.notOk(leader.opens(greedy) instanceof Error, 'they have ended by now')
})

t.test('many connections of one address do not take the sessions of another one', async (t) => {
  const leader = new Leader()
  const given = await leader.floods((port) => connection(`10.0.0.1:${port}`))
  t.equal(given, SESSIONS_MAX * 0.9, 'each may have one, until they crowd the table')
  t.notOk(leader.opens(connection('10.0.0.2:1')) instanceof Error)
  leader.clock.advance(SESSION_TTL_MS)
  leader.open.clear()
  t.notOk(leader.opens(connection(`10.0.0.1:${given}`)) instanceof Error, 'they have ended by now')
})

t.test('a newcomer shares its address with one who has taken half, and finds room', async (t) => {
  const leader = new Leader()
  const greedy = connection('10.0.0.1:1')
  await leader.floods(() => greedy)
  const honest = connection('10.0.0.1:2')
  t.notOk(leader.opens(honest) instanceof Error)
  t.match(leader.opens(honest), { message: /this address has opened 50001 sessions/ })
})

t.test('calls over HTTP are counted by their address', async (t) => {
  const leader = new Leader()
  t.equal(await leader.floods((port) => connection(`10.0.0.1:${port}`, 'http')), SESSIONS_MAX / 2)
  t.notOk(leader.opens(connection('10.0.0.2:1', 'http')) instanceof Error)
})

t.test('when the table is almost full, sessions in which nothing was run make room', async (t) => {
  const leader = new Leader()
  for (let n = 0; n < SESSIONS_MAX * 0.9; n++) leader.open.add(n % 2 === 0 ? `used ${n}` : `idle ${n}`)
  const [first] = [...leader.open].filter((id) => id.startsWith('idle'))
  leader.opens(connection('honest'))
  await new Promise(setImmediate)
  t.notOk(leader.open.has(first ?? ''))
  t.ok(leader.open.has('used 0'))
  t.ok(leader.open.size < SESSIONS_MAX * 0.9)
})
