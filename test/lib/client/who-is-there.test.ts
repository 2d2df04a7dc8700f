/** A call goes to the cluster and the object that it was meant for, or nowhere, whoever is at an address by now. */
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'
import t from 'tap'
import { connect } from '../../../lib/system/connect.js'
import type { ConnectOptions, Rollcall } from '../../../lib/client/rollcall.js'
import type { Json } from '../../../lib/json.js'

type Answers = Readonly<Record<string, Json | (() => Json)>>

interface TestCase {
  teardown(task: () => unknown): void
}

/**
 * A program that answers JSON-RPC in lines with what the test says, and to all else that it does not know the method.
 */
class Program {
  readonly calls: string[] = []
  readonly #sockets = new Set<Socket>()
  readonly #server = createServer((socket) => this.#serve(socket))

  private constructor(
    private readonly answers: Answers,
    private readonly isObliging: boolean,
  ) {}

  /** `isObliging`: whatever is asked, it answers null. */
  static async start(t: TestCase, answers: Answers, port = 0, isObliging = false): Promise<Program> {
    const program = new Program(answers, isObliging)
    program.#server.listen(port, '127.0.0.1')
    await once(program.#server, 'listening')
    t.teardown(() => program.stop())
    return program
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get place(): string {
    return `127.0.0.1:${this.port}`
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  /** How often the method was called. */
  count(method: string): number {
    return this.calls.filter((each) => each === method).length
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => undefined)
    let rest = ''
    socket.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) socket.write(`${this.#answer(line)}\n`)
    })
  }

  #answer(line: string): string {
    const { id, method, params } = JSON.parse(line) as { id: number; method: string; params: Json[] }
    const key = [method, `${method} ${JSON.stringify(params[0])}`].find((each) => each in this.answers)
    this.calls.push(method)
    const known = key === undefined ? undefined : this.answers[key]
    const result = typeof known === 'function' ? known() : known
    if (result !== undefined || this.isObliging)
      return JSON.stringify({ jsonrpc: '2.0', id, result: result ?? null })
    const code = method === 'nameserver.lookup' ? -32004 : -32601
    return JSON.stringify({ jsonrpc: '2.0', id, error: { code, message: `no ${method}` } })
  }
}

/** What a member of one, which leads, answers. `more`: its objects' methods. */
function memberAnswers(place: () => string, cluster: string, clusterId: string, more: Answers): Answers {
  const own = (): string => `node1@${place()}`
  const indexes = { term: 1, commitIndex: 1, lastApplied: 1, lastIndex: 1, snapshotIndex: 0 }
  return {
    'daemon.hello': { version: 1, cluster, clusterId, member: 'node1' },
    'node1.status': () => ({
      ...{ id: 'node1', uri: own(), cluster, clusterId, role: 'leader', ...indexes },
      leader: { id: 'node1', uri: own() },
      members: [{ id: 'node1', uri: own(), voter: true }],
    }),
    'daemon.objects': () => [
      'daemon',
      'node1',
      ...Object.keys(more).map((each) => each.replace(/\.\w+$/, '')),
    ],
    ...more,
  }
}

async function member(t: TestCase, cluster: string, clusterId: string, more: Answers, port = 0) {
  const program: Program = await Program.start(
    t,
    memberAnswers(() => program.place, cluster, clusterId, more),
    port,
  )
  return program
}

async function client(t: TestCase, options: ConnectOptions): Promise<Rollcall> {
  const rollcall = await connect({ timeoutMs: 3000, ...options })
  t.teardown(() => rollcall.close())
  return rollcall
}

t.test('an object whose name has a dot is the client’s own cluster’s', async (t) => {
  const production = await member(t, 'rollcall', 'p', { 'shop.cart.add': 'production' })
  const staging = await member(t, 'staging', 's', { 'shop.cart.add': 'staging' })
  const names = await Program.start(t, {
    'nameserver.lookup "shop.cart"': `shop.cart@${production.place}`,
    'nameserver.lookup "staging.shop.cart"': `shop.cart@${staging.place}`,
  })
  const rollcall = await client(t, { nameserver: names.place, cluster: 'staging' })
  t.equal(await rollcall.call('shop.cart', 'add', []), 'staging')
  t.equal(production.count('shop.cart.add'), 0)
})

t.test('an object that the own cluster does not have is not looked for in another one', async (t) => {
  const production = await member(t, 'rollcall', 'p', { 'orders.add': 'production' })
  const staging = await member(t, 'staging', 's', {})
  const names = await Program.start(t, { 'nameserver.lookup "orders"': `orders@${production.place}` })
  const members = [`node1@${staging.place}`]
  const rollcall = await client(t, { nameserver: names.place, members, cluster: 'staging', timeoutMs: 500 })
  await t.rejects(rollcall.call('orders', 'add', []))
  t.equal(production.count('orders.add'), 0)
})

t.test('an object of another cluster is reached under that cluster’s name', async (t) => {
  const own = await member(t, 'rollcall', 'p', {})
  const east = await member(t, 'east', 'e', { 'kv.get': 'east' })
  const names = await Program.start(t, { 'nameserver.lookup "east.kv"': `kv@${east.place}` })
  const members = [`node1@${own.place}`]
  const rollcall = await client(t, { nameserver: names.place, members })
  t.equal(await rollcall.call('east.kv', 'get', ['x']), 'east')
})

for (const [what, cluster, clusterId] of [
  ['cluster', 'staging', 's'],
  ['cluster of the same name', 'rollcall', 'another'],
] as const) {
  t.test(
    `an address that another ${what} has by now is not called, once the name server knows`,
    async (t) => {
      const before = await member(t, 'rollcall', 'p', { 'kv.get': 'production' })
      let place = before.place
      const names = await Program.start(t, { 'nameserver.lookup "kv"': () => `kv@${place}` })
      const rollcall = await client(t, { nameserver: names.place })
      t.equal(await rollcall.call('kv', 'get', ['x']), 'production')
      const { port } = before
      await before.stop()
      const other = await member(t, cluster, clusterId, { 'kv.get': 'other' }, port)
      const moved = await member(t, 'rollcall', 'p', { 'kv.get': 'production, moved' })
      place = moved.place
      t.equal(await rollcall.call('kv', 'get', ['x']), 'production, moved')
      t.equal(other.count('kv.get'), 0)
    },
  )
}

for (const [what, cluster, clusterId] of [
  ['cluster', 'staging', 's'],
  ['cluster of the same name', 'rollcall', 'another'],
] as const) {
  t.test(`another ${what} at the address, and no other news: the call goes nowhere`, async (t) => {
    const before = await member(t, 'rollcall', 'p', { 'kv.get': 'production' })
    const names = await Program.start(t, { 'nameserver.lookup "kv"': `kv@${before.place}` })
    const rollcall = await client(t, { nameserver: names.place, timeoutMs: 1000 })
    t.equal(await rollcall.call('kv', 'get', ['x']), 'production')
    const { port } = before
    await before.stop()
    const other = await member(t, cluster, clusterId, { 'kv.get': 'other' }, port)
    await t.rejects(rollcall.call('kv', 'get', ['x']), {
      name: 'UnreachableError',
      message: /is there, not|no member/,
    })
    t.equal(other.count('kv.get'), 0)
  })
}

t.test(
  'a member that has just started, and knows its cluster’s id from its log alone, is known by it',
  async (t) => {
    const before = await member(t, 'rollcall', 'p', { 'kv.get': 'production' })
    const names = await Program.start(t, { 'nameserver.lookup "kv"': `kv@${before.place}` })
    const rollcall = await client(t, { nameserver: names.place, timeoutMs: 1000 })
    t.equal(await rollcall.call('kv', 'get', ['x']), 'production')
    const { port } = before
    await before.stop()
    const starting = (clusterIdInLog: string | null): Answers => ({
      'daemon.hello': { version: 1, cluster: 'rollcall', clusterId: null, clusterIdInLog, member: 'node1' },
      'kv.get': 'just started',
    })
    const recovered = await Program.start(t, starting('another'), port)
    await t.rejects(rollcall.call('kv', 'get', ['x']), { name: 'UnreachableError' })
    t.equal(recovered.count('kv.get'), 0)
    await recovered.stop()
    const own = await Program.start(t, starting('p'), port)
    t.equal(await rollcall.call('kv', 'get', ['x']), 'just started')
    await own.stop()
    await Program.start(t, starting(null), port)
    t.equal(await rollcall.call('kv', 'get', ['x']), 'just started', 'a new one has no log')
  },
)

t.test('a program that answers everything does not get what is the cluster’s', async (t) => {
  const before = await member(t, 'rollcall', 'p', { 'kv.set': null, 'kv.get': 'production' })
  const names = await Program.start(t, { 'nameserver.lookup "kv"': `kv@${before.place}` })
  const rollcall = await client(t, { nameserver: names.place, timeoutMs: 1000 })
  t.equal(await rollcall.call('kv', 'get', ['x']), 'production')
  const { port } = before
  await before.stop()
  const impostor = await Program.start(t, {}, port, true)
  await t.rejects(rollcall.call('kv', 'set', ['x', 1]), { name: 'UnreachableError' })
  t.equal(impostor.count('kv.set'), 0)
})

t.test(
  'a program that knows nothing of clusters is called under the name that it is registered by',
  async (t) => {
    const printer = await Program.start(t, { 'printer.print': 'printed' })
    const names = await Program.start(t, { 'nameserver.lookup "printer"': `printer@${printer.place}` })
    const rollcall = await client(t, { nameserver: names.place })
    t.equal(await rollcall.call('printer', 'print', []), 'printed')
  },
)

t.test('at a place that the caller names, whoever is there is called, and asked nothing', async (t) => {
  const other = await member(t, 'staging', 's', { 'kv.get': 'staging' })
  const rollcall = await client(t, { nameserver: '127.0.0.1:1' })
  t.equal(await rollcall.call(`kv@${other.place}`, 'get', ['x']), 'staging')
  t.equal(other.count('daemon.hello'), 0)
})

t.test('a member of a build that does not know the question is known by its status', async (t) => {
  const answers = (cluster: string, place: () => string): Answers => ({
    ...memberAnswers(place, cluster, 'old', { 'kv.get': cluster }),
    'daemon.describe "node1"': {
      methods: ['status', 'appendEntries'].map((name) => ({ name, kind: 'plain' })),
    },
  })
  const start = async (cluster: string): Promise<Program> => {
    const { 'daemon.hello': _, ...older } = answers(cluster, () => program.place)
    const program: Program = await Program.start(t, older)
    return program
  }
  const [own, other] = [await start('rollcall'), await start('staging')]
  let place = own.place
  const names = await Program.start(t, { 'nameserver.lookup': () => `kv@${place}` })
  const near = await client(t, { nameserver: names.place })
  t.equal(await near.call('kv', 'get', ['x']), 'rollcall')
  place = other.place
  const far = await client(t, { nameserver: names.place, timeoutMs: 500 })
  await t.rejects(far.call('kv', 'get', ['x']), { name: 'UnreachableError' })
  t.equal(other.count('kv.get'), 0)
})
