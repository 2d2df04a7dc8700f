/** Ids that come from outside, at the door where members are changed. */
import t from 'tap'
import type { Json } from '../../../lib/json.js'
import { ms } from '../../../lib/ports.js'
import { InvalidParamsError } from '../../../lib/rpc/errors.js'
import { LoneMember } from '../lone-member.js'

/** A text as it is, to be part of a URI. */
const shown = (id: Json): string => (typeof id === 'string' ? id : JSON.stringify(id))

void t.test('what every object of JavaScript has is no member, and an id is a name', async (t) => {
  const scene = new LoneMember()
  const replica = await scene.lead()
  t.teardown(() => replica.stop())
  const { lastIndex, members } = replica.status()
  const ask = async (method: string, params: readonly Json[]): Promise<unknown> => {
    const context = { connection: { kind: 'lines', remote: 'a test' }, meta: {}, deadline: ms(1e9) } as const
    return replica.member.methods.get(method)?.handler(params, context)
  }
  for (const id of ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'n4'])
    for (const method of ['removeMember', 'transferLeadership'])
      await t.rejects(ask(method, [id]), InvalidParamsError, `${method} ${id}`)
  const ids: readonly Json[] = [
    'a/b',
    '../n4',
    '',
    'a b',
    'a@b',
    'a.b',
    'a\u202eb',
    'x'.repeat(101),
    7,
    null,
    {},
  ]
  for (const id of ids)
    await t.rejects(ask('addMember', [id, `${shown(id)}@localhost:9104`]), InvalidParamsError, shown(id))
  for (const uri of [
    'n5@localhost:9104',
    'n4@localhost:9101',
    'n4@localhost',
    'n4@0.0.0.0:9104',
    'n4@[::]:9104',
    7,
  ])
    await t.rejects(ask('addMember', ['n4', uri]), InvalidParamsError, String(uri))
  await t.rejects(ask('addMember', ['n4', 'n4@0.0.0.0:9104']), /all addresses of a machine: give one$/)
  t.match(replica.status(), { lastIndex, members, role: 'leader' })
})
