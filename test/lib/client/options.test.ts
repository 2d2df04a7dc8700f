/** What is given to a door is what it must be, or is refused in a sentence that says what was given. */
import t from 'tap'
import { connect, startNameServer, startNode } from '../../../api.js'
import { checkOptions } from '../../../lib/rpc/options.js'
import { freePorts, temporaryFolder } from '../../harness/processes.js'
import { silentLogger } from '../../rpc/rig.js'

const refusals: readonly (readonly [given: unknown, sentence: RegExp])[] = [
  [{ timeoutMs: Infinity }, /^connect: timeoutMs must be a number of milliseconds above 0 .*, not Infinity$/],
  [{ timeoutMs: NaN }, /not NaN$/],
  [{ timeoutMs: 0 }, /not 0$/],
  [{ timeoutMs: '5000' }, /not "5000"$/],
  [{ timeoutMs: 5n }, /not 5n$/],
  [
    { timeout: 5 },
    /^connect has no option "timeout"; did you mean "timeoutMs"\? It has: nameserver, members/,
  ],
  [{ __proto__: null, constructor: 1 }, /^connect has no option "constructor"/],
  [
    'localhost:9090',
    /^connect takes an object of options, not "localhost:9090": write connect\(\{ nameserver/,
  ],
  [['localhost:9090'], /not a list of 1/],
  [null, /not null/],
  [
    Promise.resolve({ nameserver: 'localhost:1' }),
    /^connect takes an object of options, not an instance of Promise/,
  ],
  [new Map([['nameserver', 'localhost:1']]), /^connect takes an object of options, not an instance of Map/],
  [{ members: 'a@localhost:1' }, /members must be a list of texts, not "a@localhost:1"/],
  [{ nameserver: [] }, /nameserver must be a text or a list of texts, not a list of 0/],
  [{ cluster: new Map() }, /cluster must be a text of letters, .* not an instance of Map/],
  [{ cluster: 'a b' }, /cluster must be a text of letters, .* not "a b"/],
  [Object.create({ timeoutMs: '5' }), /^connect: timeoutMs must be .* not "5"/],
]

t.test('connect refuses options that are none, or not what they must be', async (t) => {
  for (const [given, sentence] of refusals)
    await t.rejects(Reflect.apply(connect, undefined, [given]) as Promise<unknown>, {
      label: 'INVALID_PARAMS',
      message: sentence,
    })
})

t.test('an option that is undefined has its default', async () => {
  const rollcall = await connect({ timeoutMs: undefined, members: undefined })
  rollcall.close()
})

t.test('so do calls, and watches', async (t) => {
  const rollcall = await connect()
  t.teardown(() => rollcall.close())
  const call = (options: unknown): Promise<unknown> =>
    Reflect.apply(rollcall.call.bind(rollcall), undefined, ['kv', 'get', ['x'], options]) as Promise<unknown>
  await t.rejects(call({ timeoutMs: '5' }), { message: /^call: timeoutMs must be a number .* not "5"/ })
  await t.rejects(call({ meta: { seq: 0 } }), {
    message: /^call: meta: seq must be a whole number from 1 on, not 0/,
  })
  await t.rejects(call({ meta: { consistancy: 'stale' } }), { message: /did you mean "consistency"/ })
  await t.rejects(rollcall.status(NaN), { message: /^status: timeoutMs must be/ })
  await t.rejects(rollcall.callLeader('status', [], { timeoutMs: -1 }), { message: /not -1/ })
  t.throws(() => rollcall.watch('kv', { from: -1 }), { message: /^watch: from must be a cursor.* not -1/ })
  t.throws(() => rollcall.object(''), { message: /name of an object must be a text that is not empty/ })
})

class Visits {
  static commands = ['visit']
  visit(): void {
    return
  }
}

const nodes: readonly (readonly [given: object, sentence: RegExp])[] = [
  [{}, /^startNode: id must be a text/],
  [{ id: 'a', readLease: 'off' }, /readLease must be true or false, not off/],
  [{ id: 'a', electionTimeout: { min: 300, max: 150 } }, /electionTimeout\.min must be below/],
  [
    { id: 'a', electionTimeoutMs: 5 },
    /^startNode has no option "electionTimeoutMs"; did you mean "electionTimeout"/,
  ],
  [
    { id: 'a', objects: { visits: new Visits() } },
    /objects\.visits must be a class, not an instance of Visits/,
  ],
  [{ id: 'a', objects: [Visits] }, /objects must be an object, not a list of 1/],
  [{ id: 'a', objects: new Map([['visits', Visits]]) }, /objects must be an object, not an instance of Map/],
  [{ id: 'a', port: '7301' }, /port must be a whole number from 0 to 65535, not "7301"/],
  [
    { id: 'a', host: 'localhost:7301' },
    /^startNode: host must be a host or an address alone, .*\(the port is an option of its own\), not "localhost:7301"/,
  ],
  [{ id: 'a', host: '[::1]' }, /host must be a host or an address alone, such as 10\.0\.0\.1 or ::1/],
  [{ id: '../a' }, /^startNode: id must be a text of letters, digits, "_", "-" and "\.".* not "\.\.\/a"/],
  [{ id: 'a', members: ['a@localhost:1', 'b/c@localhost:2'] }, /^"b\/c" is no member's id/],
  [{ id: 'a', cluster: 'a@b' }, /^startNode: cluster must be a text of letters/],
  [{ id: 'a', allowHosts: ['*'] }, /allowHosts must be a list of hosts such as node1\.example/],
  [{ id: 'a', logger: {} }, /logger must be an object with the methods debug, info, warn, error/],
  [{ id: 'a', heartbeat: 500 }, /heartbeat must be below electionTimeout\.min, .*: 500 is not below 150/],
  [{ id: 'a', logKeep: 0 }, /logKeep must be a whole number from 1 up, not 0/],
]

t.test('startNode and startNameServer refuse them before anything is written', async (t) => {
  const data = temporaryFolder(t)
  for (const [given, message] of nodes)
    await t.rejects(
      Reflect.apply(startNode, undefined, [{ data: `${data}/a`, ...given }]) as Promise<unknown>,
      {
        message,
      },
    )
  await t.rejects(Reflect.apply(startNameServer, undefined, [{ ports: 1 }]) as Promise<unknown>, {
    message: /^startNameServer has no option "ports"; did you mean "port"/,
  })
})

t.test('bug: a method with a dot in it was called of another object', async (t) => {
  const rollcall = await connect()
  t.teardown(() => rollcall.close())
  for (const method of ['cart.add', '.add', '', 5, undefined, ['add']])
    for (const call of [rollcall.call.bind(rollcall, 'shop'), rollcall.callLeader.bind(rollcall)])
      await t.rejects(Reflect.apply(call, undefined, [method, []]) as Promise<unknown>, {
        label: 'INVALID_PARAMS',
        message: /the method must be a text without a dot, not/,
      })
  for (const object of ['', 5, null])
    t.throws(() => Reflect.apply(rollcall.watch.bind(rollcall), undefined, [object]) as unknown, {
      message: /^watch: the object must be a text that is not empty/,
    })
})

t.test('bug: options that were changed after the call were what was started', async (t) => {
  const data = temporaryFolder(t)
  const [port = 0] = await freePorts(1)
  const members = [`a@localhost:${port}`]
  const ofNode = { id: 'a', members, nameserver: 'localhost:1', data: `${data}/a`, logger: silentLogger }
  const node = startNode(ofNode)
  members[0] = 'b@localhost:1'
  ofNode.id = 'b'
  const ofNames = { port: 0, host: '127.0.0.1', data: `${data}/names`, logger: silentLogger }
  const names = startNameServer(ofNames)
  ofNames.host = 'nowhere.invalid'
  t.match((await node).status().members, [{ id: 'a', uri: `a@localhost:${port}` }])
  await (await node).stop()
  await (await names).close()
})

t.test('a row of the table is an own one', async (t) => {
  const rules = { a: { holds: () => true, wanted: 'anything' } }
  for (const name of ['toString', '__proto__'])
    t.throws(() => checkOptions('it', JSON.parse(`{"${name}":1}`), rules), { message: /^it has no option/ })
})
