/** Queries that wait for their read index. */
import t from 'tap'
import { ms } from '../../../lib/ports.js'
import type { EndHearer } from '../../../lib/ports.js'
import { logIndex } from '../../../lib/raft/types.js'
import type { ReadContext } from '../../../lib/raft/types.js'
import { Reads } from '../../../lib/replica/calls/reads.js'
import { ManualClock } from '../../harness/manual-clock.js'
import { ToldApplied } from '../told-applied.js'

void t.test('a query whose index is confirmed waits until so much is applied', async (t) => {
  const asked: ReadContext[] = []
  const applied = new ToldApplied()
  applied.upTo(3)
  const reads = new Reads({
    clock: new ManualClock(),
    take: (input) => {
      if (input.type === 'read') asked.push(input.context)
    },
    applied,
    notLeader: () => new Error('nobody leads'),
    noQuorum: () => 'nobody hears it',
  })
  let ran = false
  const answer = reads.submit('counter.value', ms(1000), () => (ran = true))
  await Promise.resolve()
  const [context] = asked
  if (context === undefined) throw new Error('the core was not asked')
  reads.ready({ type: 'readReady', context, index: logIndex(5) })
  t.notOk(ran, 'it would not see entries 4 and 5')
  applied.upTo(4)
  t.notOk(ran)
  applied.upTo(5)
  t.ok(ran)
  t.equal(await answer, true)
  t.equal(applied.hearers.size, 0, 'nobody waits any more')
})

void t.test('who asks once does not wait behind all that another one asks', async (t) => {
  const asked: ReadContext[] = []
  const reads = new Reads({
    clock: new ManualClock(),
    take: (input) => {
      if (input.type === 'read') asked.push(input.context)
    },
    applied: { index: logIndex(5), hearers: new Set() },
    notLeader: () => new Error('nobody leads'),
    noQuorum: () => 'nobody hears it',
  })
  const ran: string[] = []
  const greedy = { connection: { kind: 'lines', remote: 'greedy' } } as const
  const modest = { connection: { kind: 'lines', remote: 'modest' } } as const
  const many = Array.from({ length: 100 }, (_, n) =>
    reads.submit('kv.get', ms(1000), () => ran.push(`greedy ${n}`), greedy),
  )
  const one = reads.submit('kv.get', ms(1000), () => ran.push('modest'), modest)
  await Promise.resolve()
  const [context] = asked
  if (context === undefined) throw new Error('the core was not asked')
  reads.ready({ type: 'readReady', context, index: logIndex(5) })
  await one
  t.equal(ran.indexOf('modest'), 1)
  await Promise.all(many)
  t.same(
    ran.filter((each) => each !== 'modest'),
    Array.from({ length: 100 }, (_, n) => `greedy ${n}`),
  )
})

void t.test(
  'a query waits no longer than its caller is there, and so does one that comes after',
  async (t) => {
    const reads = new Reads({
      clock: new ManualClock(),
      take: () => undefined,
      applied: { index: logIndex(5), hearers: new Set() },
      notLeader: () => new Error('nobody leads'),
      noQuorum: () => 'nobody hears it',
    })
    const hearers: EndHearer[] = []
    const onEnd = (hearer: EndHearer): unknown => hearers.push(hearer)
    const caller = { connection: { kind: 'lines', remote: 'gone', onEnd }, bytes: 7 } as const
    const other = { connection: { kind: 'lines', remote: 'there' }, bytes: 7 } as const
    const submit = (context: typeof caller | typeof other): Promise<unknown> =>
      reads.submit('kv.get', ms(3_600_000), () => 'ran', context).catch((error: unknown) => error)
    const waiting = [submit(caller), submit(caller)]
    void submit(other)
    t.same(reads.load, { calls: 3, bytes: 21 })
    t.equal(hearers.length, 1, 'once for a connection')
    t.notOk(
      hearers.some((hearer) => 'finished' in hearer),
      'who sends no more still reads',
    )
    for (const hearer of hearers) hearer.gone()
    await Promise.all([...waiting, submit(caller)])
    t.same(reads.load, { calls: 1, bytes: 7 })
  },
)
