/** Several commands of replicated objects as one, by a client and by any program. */
import t, { type Test } from 'tap'
import {
  connect,
  exposed,
  InvalidParamsError,
  RolledBackError,
  startDaemon,
  startNode,
  type CounterApi,
  type KvApi,
  type Rollcall,
} from '../../../api.js'
import { silent } from '../../harness/ports.js'
import { freePorts, temporaryFolder } from '../../harness/processes.js'

class Accounts {
  static commands = ['deposit', 'withdraw']
  static queries = ['sum']
  readonly balances = new Map([['ann', 100]])
  deposit(who: string, amount: number): number {
    const balance = (this.balances.get(who) ?? 0) + amount
    this.balances.set(who, balance)
    return balance
  }
  withdraw(who: string, amount: number): number {
    const balance = this.deposit(who, -amount)
    if (balance < 0) throw new RangeError(`${who} has not so much`)
    return balance
  }
  sum(): number {
    return [...this.balances.values()].reduce((all, each) => all + each, 0)
  }
}

interface Scene {
  readonly client: Rollcall
  readonly port: number
}

async function solo(t: Test, cluster?: string): Promise<Scene> {
  const [port = 0, nobody = 0] = await freePorts(2)
  const places = {
    members: [`solo@localhost:${port}`],
    nameserver: `localhost:${nobody}`,
    ...(cluster !== undefined && { cluster }),
  }
  const objects = { accounts: Accounts }
  const node = await startNode({ ...places, id: 'solo', data: temporaryFolder(t), objects, logger: silent })
  t.teardown(() => node.stop())
  const client = await connect(places)
  t.teardown(() => client.close())
  return { client, port }
}

t.test('a transfer is executed whole, or not at all', async (t) => {
  const { client } = await solo(t)
  const [accounts, kv] = [client.object<Accounts>('accounts'), client.object<KvApi>('kv')]
  const [left, bob] = await client.atomic((calls) => [
    calls.of(accounts).withdraw('ann', 30),
    calls.of(accounts).deposit('bob', 30),
    calls.of(kv).set('last', 'ann to bob'),
  ])
  t.same([left, bob], [70, 30])
  const failed: unknown = await client
    .atomic((calls) => [
      calls.of(kv).set('last', 'ann to carl'),
      calls.of(accounts).deposit('carl', 300),
      calls.of(accounts).withdraw('ann', 300),
    ])
    .catch((error: unknown) => error)
  t.ok(failed instanceof RolledBackError && failed.index === 2 && failed instanceof Error)
  t.equal(await accounts.sum(), 100)
  t.equal(await kv.get('last'), 'ann to bob')
  t.same(await client.atomic(() => []), [], 'nothing is done at once')
  const later = await client.atomic(async (calls) => [
    calls.of(accounts).deposit('bob', 1),
    calls.of(accounts).deposit('bob', 1),
  ])
  t.same(later, [31, 32], 'of an asynchronous function, too')
})

t.test('each command of an atomic entry that failed rejects, and nobody is left waiting', async (t) => {
  const { client } = await solo(t)
  const settled: string[] = []
  const entry = client.atomic(async (calls) => {
    const one = calls.object<Accounts>('accounts').deposit('bob', 1)
    const two = calls.object<Accounts>('accounts').withdraw('nobody', 1)
    for (const each of await Promise.allSettled([one, two])) settled.push(each.status)
  })
  await t.rejects(entry, RolledBackError)
  t.same(settled, ['rejected', 'rejected'])
})

t.test('what can not be in an atomic entry is refused, and nothing is executed', async (t) => {
  const { client } = await solo(t)
  const other = await solo(t, 'other')
  const daemon = await startDaemon()
  t.teardown(() => daemon.close())
  const plain = exposed({ add: (): number => 1 }, ['add'])
  const uri = daemon.register(plain)
  const refused = (calls: Parameters<Rollcall['atomic']>[0], message: RegExp) =>
    t.rejects(client.atomic(calls), { constructor: InvalidParamsError, message })
  await refused(
    (calls) => [calls.object<CounterApi>('counter').increment(), calls.object<CounterApi>('counter').value()],
    /counter\.value: it is a query, and an atomic entry has commands only; nothing was executed/,
  )
  await refused(
    (calls) => [calls.object<CounterApi>('counter').increment(), calls.object<typeof plain>(uri).add()],
    /its object is not replicated; nothing was executed/,
  )
  await refused(
    (calls) => [
      calls.object<CounterApi>('counter').increment(),
      calls.object<CounterApi>(`counter@localhost:${other.port}`).increment(),
    ],
    /is of another cluster than that of counter\.increment; nothing was executed/,
  )
  await refused(
    (calls) => [
      calls.object<CounterApi>('counter').increment(),
      calls.object<KvApi>('kv').set.with({ timeoutMs: 5 })('a', 1),
    ],
    /options belong to the whole/,
  )
  t.equal(await client.object<CounterApi>('counter').value(), 0)
})

t.test('any program can have several commands executed as one', async (t) => {
  const { port, client } = await solo(t)
  await client.object<CounterApi>('counter').increment()
  const ask = async (...params: unknown[]): Promise<Record<string, unknown>> => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'atomic.run', params })
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`http://localhost:${port}/`, { method: 'POST', headers, body })
    return (await answer.json()) as Record<string, unknown>
  }
  const transfer = (amount: number) => [
    ['accounts', 'withdraw', ['ann', amount]],
    ['accounts', 'deposit', ['bob', amount]],
    ['counter', 'increment'],
  ]
  t.same((await ask(transfer(10)))['result'], [90, 10, 2])
  t.match((await ask(transfer(1_000)))['error'], {
    code: -32015,
    message: 'nothing was executed: command 0 of 3, accounts.withdraw, failed: ann has not so much',
    data: { index: 0, command: 'accounts.withdraw', error: { code: -32000, data: { name: 'RangeError' } } },
  })
  const bad: readonly [readonly unknown[], number, RegExp][] = [
    [[], -32602, /calls lists \[object, method, params\]/],
    [[[]], -32602, /1 to 1000 commands, not 0/],
    [[[['accounts']]], -32602, /calls\[0\] is none/],
    [[[['accounts', 'deposit', 'ann']]], -32602, /calls\[0\] is none/],
    [[[['accounts', 'deposi', []]]], -32601, /did you mean "deposit"/],
    [[[['acounts', 'deposit', []]]], -32601, /did you mean "accounts"/],
    [[[['accounts', 'sum', []]]], -32602, /is a query/],
    [[[['session', 'open', []]]], -32602, /stands alone/],
    [[[['atomic', 'run', [[]]]]], -32601, /no object "atomic"/],
    [[Array.from({ length: 1001 }, () => ['counter', 'increment', []])], -32602, /not 1001/],
    [[[], []], -32602, /takes at most 1/],
  ]
  for (const [params, code, message] of bad) t.match((await ask(...params))['error'], { code, message })
  t.equal(await client.object<CounterApi>('counter').value(), 2)
  t.equal(await client.object<Accounts>('accounts').sum(), 100)
})
