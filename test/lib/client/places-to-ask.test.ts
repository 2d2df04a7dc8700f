/** Defaults are for those who have given nothing: on this machine another cluster may run. */
import t from 'tap'
import { placesToAsk } from '../../../lib/client/places-to-ask.js'
import { DEFAULT_MEMBERS } from '../../../lib/defaults.js'

t.test('nothing given: the name server and the members of this machine', async (t) => {
  const { nameservers, seeds } = placesToAsk({})
  t.same(nameservers, [{ kind: 'tcp', host: 'localhost', port: 9090 }])
  t.same(seeds, DEFAULT_MEMBERS)
})

t.test('a name server given that does not answer: the members of this machine are not asked', async (t) => {
  const { nameservers, seeds } = placesToAsk({ nameserver: ['names.example'] })
  t.same(nameservers, [{ kind: 'tcp', host: 'names.example', port: 9090 }])
  t.same(seeds, [])
})

t.test('members given: the name server of this machine is not asked where they are', async (t) => {
  const { nameservers, seeds } = placesToAsk({ members: ['n1@far.example:9101'] })
  t.same(nameservers, [])
  t.same(seeds, ['n1@far.example:9101'])
})
