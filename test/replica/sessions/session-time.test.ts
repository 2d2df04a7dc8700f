/** Sessions end by log time alone, the same at every member. */
import t from 'tap'
import type { Json } from '../../../lib/json.js'
import { logIndex, term } from '../../../lib/raft/types.js'
import { encodeCommand } from '../../../lib/replica/machine/command-text.js'
import type { CommandResult } from '../../../lib/replica/objects/hosted.js'
import { SESSION_TTL_MS } from '../../../lib/replica/sessions/sessions.js'
import { Counter } from '../../../lib/shipped/counter.js'
import { Scene } from '../machine-scene.js'
import { outcomeOf } from '../outcome.js'

/** A member with one session, and the log that it applies. */
class Member {
  readonly scene = new Scene({ counter: Counter })
  #index = 0
  readonly #session: string

  constructor() {
    const opened = this.#apply({ object: 'session', method: 'open', params: [], time: 1000, inTerm: 1 })
    this.#session = opened !== undefined && 'value' in opened ? sessionIn(opened.value) : ''
  }

  /** A command of the session, in an entry of that time and term. */
  increment(seq: number, time: number, inTerm = 1): CommandResult | undefined {
    const extras = { session: this.#session, seq }
    return this.#apply({ object: 'counter', method: 'increment', params: [], time, inTerm, extras })
  }

  #apply({ inTerm, ...command }: Omit<Parameters<typeof encodeCommand>[0], 'seed'> & { inTerm: number }) {
    const data = encodeCommand({ ...command, seed: 7 })
    this.#index += 1
    const entry = { kind: 'command', index: logIndex(this.#index), term: term(inTerm), data } as const
    const result = this.scene.machine.apply(entry, true)
    return result && outcomeOf(result)
  }
}

function sessionIn(value: Json): string {
  const { session } = Object(value) as { readonly session?: unknown }
  return typeof session === 'string' ? session : ''
}

t.test("a member's own clock ends no session", async (t) => {
  const member = new Member()
  member.scene.clock.pass(10 * SESSION_TTL_MS)
  t.same(member.increment(1, 2000), { value: 1 })
  t.same(member.increment(1, 2001), { value: 1 }, 'and what was kept is there')
})

t.test('the time without a leader does not count: in a new term a session lasts its full time', async (t) => {
  const member = new Member()
  t.same(member.increment(1, 1000 + 2 * SESSION_TTL_MS, 2), { value: 1 })
  t.match(member.increment(2, 1000 + 4 * SESSION_TTL_MS, 2), { error: { label: 'SESSION_EXPIRED' } })
})
