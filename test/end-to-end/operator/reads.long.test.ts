/** The three consistencies of a query, over the wire to real members. */
import t from 'tap'
import type { Json } from '../../../lib/json.js'
import { RollcallError } from '../../../lib/rpc/errors.js'
import { Operator } from '../../harness/operator.js'
import { until } from '../../harness/until.js'

t.test('a follower answers linearizably, or at once with the age of what it knows', async (t) => {
  const operator = await Operator.start(t, 3)
  const { cluster, client } = operator
  const leader = await cluster.leader(client)
  const places = cluster.members.map((uri) => `counter@${uri.slice(uri.indexOf('@') + 1)}`)
  for (let n = 1; n <= 10; n++) {
    await client.call('counter', 'increment', [])
    for (const place of places) {
      const value = await client.call(place, 'value', [], { meta: { consistency: 'follower' } })
      t.equal(value, n, 'what was acknowledged is seen everywhere')
    }
  }

  const others = cluster.ids.filter((id) => id !== leader)
  await cluster.kill(leader, others[0] ?? '')
  const left = places[cluster.ids.indexOf(others[1] ?? '')] ?? ''
  const ages: Json[] = []
  const stale = await client.call(left, 'value', [], {
    meta: { consistency: 'stale' },
    onAnswerMeta: (meta) => ages.push(JSON.parse(JSON.stringify(meta)) as Json),
  })
  t.equal(stale, 10, 'the last one that is left answers what it knows')
  t.match(ages, [{ ageMs: Number }])
  for (const consistency of ['follower', 'linearizable'] as const) {
    const outcome = await client
      .call(left, 'value', [], { meta: { consistency }, timeoutMs: 1500 })
      .catch((error: unknown) => (error instanceof RollcallError ? error.label : error))
    t.match(
      outcome,
      /^(NO_QUORUM|NOT_LEADER|OUTCOME_UNKNOWN|UNREACHABLE)$/,
      `${consistency} waits for a majority`,
    )
  }
})

t.test('with read leases a leader answers alone for a while, and then no more', async (t) => {
  // Long enough that the machine can be busy between the last round of messages and the question.
  const patient = ['--election-timeout', '4000-8000']
  const { cluster, client } = await Operator.start(t, 3, [...patient, '--read-lease', 'on'])
  await client.call('counter', 'increment', [])
  const leader = await cluster.leader(client)
  const uri = cluster.members[cluster.ids.indexOf(leader)] ?? ''
  const read = () =>
    client
      .call(`counter@${uri.slice(uri.indexOf('@') + 1)}`, 'value', [], { timeoutMs: 1000 })
      .catch((error: unknown) => (error instanceof RollcallError ? error.label : error))
  t.equal(await read(), 1)
  for (const id of cluster.ids) if (id !== leader) cluster.process(id).signal('SIGSTOP')
  t.equal(await read(), 1, 'nobody else could have answered')
  await until('the end of the lease', async () => (await read()) !== 1)
  t.match(await read(), /^(NO_QUORUM|NOT_LEADER|OUTCOME_UNKNOWN|UNREACHABLE)$/, 'another may lead by now')
})
