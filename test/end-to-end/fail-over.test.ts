/** Four members and a name server in processes of their own, as in separate terminals; members are killed. */
import t from 'tap'
import { RollcallError } from '../../lib/rpc/errors.js'
import { Cluster } from '../harness/cluster.js'
import { until } from '../harness/until.js'

interface CounterObject {
  increment(by?: number): number
  value(): number
}

/** Calls until one is acknowledged; refused and unknown attempts may happen on the way. */
async function untilAcknowledged<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call()
    } catch (error) {
      if (!(error instanceof RollcallError)) throw error
    }
  }
}

// One after another finds it whole, and leaves it whole; what they count goes on from test to test.
const cluster = await Cluster.start(t)
const client = await cluster.connect()
const counter = client.object<CounterObject>('counter')

t.test('when the leader is killed another takes over, and the client goes on', async (t) => {
  const log = client.object<{ append(text: string): unknown; entry(index: number): unknown }>('log')
  await log.append('before the kill')
  const before = await cluster.leader(client)
  await cluster.kill(before)
  await untilAcknowledged(() => log.append('after the kill'))
  const after = await cluster.leader(client)
  t.not(after, before)
  t.match(await log.entry(1), { index: 1, command: 'before the kill' })
  t.match(await client.leader(), new RegExp(`^${after}@`), 'the name server knows the new leader')
  cluster.startNode(before)
  await cluster.everyone(client)
})

t.test('one dead member of four costs nothing; two stop every command; their return heals it', async (t) => {
  const begun = await counter.increment()
  const leader = await cluster.leader(client)
  const [first = '', second = ''] = cluster.ids.filter((id) => id !== leader)

  await cluster.kill(first)
  t.equal(await counter.increment(), begun + 1)

  await cluster.kill(second)
  const hasty = await cluster.connect(1500)
  const attempts = [1, 2, 3].map(() =>
    hasty
      .object<CounterObject>('counter')
      .increment()
      .then(
        () => 'acknowledged',
        (error: unknown) => (error instanceof RollcallError ? error.outcome : 'not our error'),
      ),
  )
  for (const outcome of await Promise.all(attempts)) t.match(outcome, /^(not-executed|unknown)$/)

  cluster.startNode(first)
  cluster.startNode(second)
  const value = await untilAcknowledged(() => counter.increment())
  t.ok(
    value >= begun + 2 && value <= begun + 5,
    `${value}: three acknowledged after ${begun - 1}, and at most the three unknown ones`,
  )
  await cluster.everyone(client)
})

t.test('commands, elections and clients go on while the name server is down', async (t) => {
  const begun = await counter.increment()
  await cluster.kill('nameserver')
  t.equal(await counter.increment(), begun + 1, 'a connected client goes on')
  const before = await cluster.leader(client)
  await cluster.kill(before)
  const value = await untilAcknowledged(() => counter.increment())
  t.ok(value === begun + 2 || value === begun + 3)
  const late = await cluster.connect()
  t.equal(
    await late.object<CounterObject>('counter').value(),
    value,
    'a new client finds its way by --members',
  )

  cluster.startNameServer()
  await until('the leader to publish itself again', async () => {
    const leader = await cluster.leader(client)
    const uri = await late.nameserver.lookup('rollcall.leader').catch(() => '')
    return uri.startsWith(`${leader}@`)
  })
  cluster.startNode(before)
  await cluster.everyone(client)
})

t.test('members stopped with SIGTERM end tidily with exit code 0', async (t) => {
  await cluster.leader(client)
  for (const [name, process] of cluster.processes) {
    process.signal('SIGTERM')
    const { status, stderr } = await process.ended
    t.equal(status, 0, `${name}: ${stderr}`)
  }
})
