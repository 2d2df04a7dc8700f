/**
 * What a member's own objects take is known at the door, so that nothing that is given beyond it is dropped in silence.
 */
import t from 'tap'
import { LoneMember } from '../lone-member.js'

const OF_OPERATORS = ['status', 'isLeader', 'entries', 'addMember', 'removeMember', 'transferLeadership']

t.test('each method says what it takes, those that are wrapped on their way to the door, too', async (t) => {
  const replica = await new LoneMember().start()
  t.teardown(() => replica.stop())
  const all = [...replica.objects].flatMap(([name, { methods }]) =>
    [...methods].map(([method, { parameters }]) => [`${name}.${method}`, parameters] as const),
  )
  t.same(new Set(replica.objects.keys()), new Set(['atomic', 'kv', 'session', 'watch']))
  t.same(
    all.filter(([, parameters]) => parameters === undefined),
    [],
  )
  for (const method of OF_OPERATORS)
    t.ok(replica.member.methods.get(method)?.parameters !== undefined, method)
})

t.test('options behind the arguments of a command were refused as one param too many', async (t) => {
  const replica = await new LoneMember().start()
  t.teardown(() => replica.stop())
  const methods = replica.objects.get('kv')?.methods
  t.equal(methods?.get('get')?.params, 1, 'a caller is told how many it always has')
  t.equal(methods?.get('set')?.params, 2)
})
