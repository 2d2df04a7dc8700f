/** What a cluster of given members starts with, and which members can't be one. */
import t from 'tap'
import { firstConfiguration } from '../../lib/hosting/member-identity.js'

t.test('all members vote at first, and one that joins waits for those that are there', async (t) => {
  const uris = ['a@localhost:7001', 'b@localhost:7002']
  const byId = { a: 'a@localhost:7001', b: 'b@localhost:7002' }
  t.same(firstConfiguration('a', uris, false), { voters: ['a', 'b'], learners: [], uris: byId })
  t.same(firstConfiguration('a', uris, true), { voters: ['b'], learners: ['a'], uris: byId })
})

t.test('bug: two members at one address were started, and never had a leader', async (t) => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['a member stands twice in a@localhost:7001, a@localhost:7002', ['a@localhost:7001', 'a@localhost:7002']],
    [
      "two members can't be at one address, localhost:7001, in a@localhost:7001, b@localhost:7001",
      ['a@localhost:7001', 'b@localhost:7001'],
    ],
    [
      "two members can't be at one address, [::1]:7001, in a@[::1]:7001, b@[::1]:7001",
      ['a@[::1]:7001', 'b@[::1]:7001'],
    ],
    ['no member is called a: there are b@localhost:7001', ['b@localhost:7001']],
  ]
  for (const [message, uris] of cases) t.throws(() => firstConfiguration('a', uris, false), { message })
})
