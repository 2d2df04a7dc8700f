/** What processes say of their objects, as a client keeps it. */
import t from 'tap'
import { Descriptions } from '../../lib/rpc/calling/descriptions.js'
import { uri } from '../../lib/rpc/uri.js'

t.test('bug: a client kept what it had heard of each object, for as long as it lived', async (t) => {
  const descriptions = new Descriptions()
  const process = { call: async () => ({ methods: [{ name: 'read', kind: 'plain' }] }) }
  const targetOf = (n: number) => ({ uri: uri(`page${n}@localhost:9301`) })
  for (let n = 0; n <= 10_000; n += 1)
    descriptions.learn(targetOf(n), await descriptions.of(`page${n}`, process))
  const isKnown = (n: number): boolean => descriptions.known(`page${n}`, 'read', process) !== undefined
  t.same([isKnown(0), isKnown(1), isKnown(10_000)], [false, true, true])
  const isLearnt = (n: number): boolean => descriptions.last(targetOf(n)) !== undefined
  t.same([isLearnt(0), isLearnt(1), isLearnt(10_000)], [false, true, true])
})
