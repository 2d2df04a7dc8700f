/**
 * Params of replicated objects are judged at the door: what is refused enters no log, and the log has what was made of
 * them.
 */
import t, { type Test } from 'tap'
import { z } from 'zod'
import type { Json } from '../../../lib/json.js'
import { command, PARAMETERS, query } from '../../../lib/replica/objects/marks.js'
import { UnsuitableClassError } from '../../../lib/replica/objects/unsuitable-class.js'
import { validate } from '../../../lib/rpc/answering/schemas.js'
import { Connection } from '../../../lib/rpc/channels/connection.js'
import { ports } from '../../nameserver/scene.js'
import { LoneMember } from '../lone-member.js'
import { leaderOf, startMembers, stopMembers } from '../members.js'

class Visits {
  static readonly [PARAMETERS] = { leave: ['name'] }
  names: string[] = []
  @command @validate(z.string().trim().min(2)) visit(name: string): number {
    return this.names.push(name)
  }
  @command @validate(z.coerce.date()) at(day: Date): string {
    return String(day)
  }
  @command @validate(z.string().refine((name) => Promise.resolve(name !== ''))) later(name: string): string {
    return name
  }
  @query @validate(z.number()) nth(at: number): string | null {
    return this.names[at] ?? null
  }
  @command leave(name: string): boolean {
    return this.names.includes(name)
  }
}

type Call = (method: string, ...params: readonly Json[]) => Promise<Json>

async function serving(t: Test, object = 'visits'): Promise<Call> {
  const members = await startMembers(1, new Map([['visits', Visits]]))
  t.teardown(() => stopMembers(members))
  const { port } = await leaderOf(members)
  const connection = new Connection({ ...ports, address: { kind: 'tcp', host: '127.0.0.1', port } })
  t.teardown(() => connection.close())
  return (method, ...params) => connection.call(`${object}.${method}`, params)
}

t.test('commands and queries', async (t) => {
  const call = await serving(t)
  t.equal(await call('visit', '  anne '), 1)
  t.equal(await call('nth', 0), 'anne', 'the log has what the schema made of it')
  await t.rejects(call('visit', 'x'), {
    code: -32602,
    outcome: 'not-executed',
    message: /^visits.visit: args\[0\]: /,
  })
  await t.rejects(call('nth', '0'), { code: -32602 })
  await t.rejects(call('later', 'x'), { code: -32602, message: /takes schemas that answer at once/ })
  await t.rejects(call('at', '2020-01-01'), {
    code: -32602,
    message: /what its schema makes of a param must be JSON/,
  })
  t.equal(await call('nth', 1), null, 'nothing of what was refused has run')
})

t.test('commands of an atomic entry are judged as they are by themselves', async (t) => {
  const call = await serving(t, 'atomic')
  const run = (...calls: readonly Json[]): Promise<Json> => call('run', calls)
  t.same(await run(['visits', 'visit', ['  anne ']], ['visits', 'visit', ['bob']]), [1, 2])
  const one: Json = ['visits', 'visit', ['carl']]
  await t.rejects(run(one, ['visits', 'visit', ['x']]), {
    code: -32602,
    outcome: 'not-executed',
    message: /^visits.visit: args\[0\]: /,
  })
  await t.rejects(run(one, ['visits', 'visit', ['dora', 'and more']]), {
    code: -32602,
    message: /takes at most 1, and got 2/,
  })
  await t.rejects(run(one, ['visits', 'leave', ['anne', 'and more']]), {
    code: -32602,
    outcome: 'not-executed',
    message: /visits.leave\(name\) takes at most 1, and got 2/,
  })
  t.same(await run(one), [3], 'nothing of what was refused has run')
})

t.test('a name that is no method of the class', async (t) => {
  class Wrong {
    static commands = ['visit']
    static queries = []
    static validate = { vist: [z.string()] }
    visit(): void {}
  }
  const member = new LoneMember()
  member.classes = new Map([['visits', Wrong]])
  await t.rejects(member.start(), {
    constructor: UnsuitableClassError,
    message: /static validate names vist/,
  })
})
