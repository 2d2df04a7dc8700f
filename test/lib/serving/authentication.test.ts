/** Who calls is judged by the user's own hook, before anything of an object runs. */
import t, { type Test } from 'tap'
import { z } from 'zod'
import {
  callContext,
  connect,
  expose,
  registerType,
  startDaemon,
  UnauthorizedError,
  validate,
  type Authenticate,
  type DaemonOptions,
} from '../../../api.js'
import { RawClient } from '../../rpc/rig.js'

class Vault {
  ran: unknown[] = []
  @expose @validate(z.string()) open(door: string): string {
    const { identity } = callContext()
    this.ran.push(identity)
    return `${door} for ${String(identity)}`
  }
  @expose get doors(): number {
    return 2
  }
}

async function serving(t: Test, authenticate: Authenticate, options: DaemonOptions = {}) {
  const daemon = await startDaemon({ ...options, authenticate })
  t.teardown(() => daemon.close())
  const vault = new Vault()
  const uri = daemon.register(vault)
  const client = async (token?: string) => {
    const rollcall = await connect(token === undefined ? {} : { token })
    t.teardown(() => rollcall.close())
    return rollcall.object<Vault>(uri)
  }
  return { vault, client, daemon, uri }
}

const PEOPLE: Readonly<Record<string, string>> = { 'token of anne': 'anne', 'token of bert': 'bert' }

t.test('a caller has the identity that its token gives it, and is asked for once', async (t) => {
  const asked: unknown[] = []
  const { client } = await serving(t, ({ token, connection }) => {
    asked.push([token, connection.kind])
    return PEOPLE[token ?? '']
  })
  const anne = await client('token of anne')
  t.equal(await anne.open('gate'), 'gate for anne')
  t.equal(await anne.open('gate'), 'gate for anne')
  t.equal(await anne.doors, 2)
  const notSaid = anne.open.with({ meta: { token: undefined, traceparent: undefined } })
  t.equal(await notSaid('gate'), 'gate for anne', 'what is undefined takes nothing back')
  t.same(asked, [['token of anne', 'lines']])
  const bert = await client('token of bert')
  t.equal(await bert.open('gate'), 'gate for bert')
})

t.test('bug: the token in the header of a request counted at members alone', async (t) => {
  const people: Readonly<Record<string, string>> = { 'a-n-n-e': 'anne', 'b-e-r-t': 'bert' }
  const { daemon } = await serving(t, ({ token }) => people[token ?? ''])
  const vault = new Vault()
  daemon.register(vault, { id: 'vault' })
  const open = async (authorization: string, meta: object): Promise<unknown> => {
    const call = { jsonrpc: '2.0', id: 1, method: 'vault.open', params: ['gate'], meta }
    const headers = { 'content-type': 'application/json', authorization }
    const init = { method: 'POST', headers, body: JSON.stringify(call) }
    return (await fetch(`http://${daemon.place}/`, init)).json()
  }
  t.match(await open('Bearer a-n-n-e', {}), { result: 'gate for anne' })
  t.match(await open('Bearer a-n-n-e', { token: 'b-e-r-t' }), { result: 'gate for bert' })
  t.match(await open('Bearer nobody', {}), { error: { code: -32007 } })
})

t.test('bug: params by name of one who is judged later ended the process', async (t) => {
  const { daemon } = await serving(t, ({ token }) => Promise.resolve(PEOPLE[token ?? '']))
  daemon.register(new Vault(), { id: 'vault' })
  const client = new RawClient({
    kind: 'tcp',
    host: 'localhost',
    port: Number(daemon.place.split(':').at(-1)),
  })
  t.teardown(() => client.end())
  const call = { jsonrpc: '2.0', id: 1, method: 'vault.open', params: { door: 'gate' } }
  client.write(`${JSON.stringify(call)}\n`)
  t.match(await client.next(), { error: { code: -32007 } }, 'nor is he told what it takes')
  client.write(`${JSON.stringify({ ...call, meta: { token: 'token of anne' } })}\n`)
  t.match(await client.next(), { error: { code: -32602 } })
})

t.test('one who is not known is refused, and learns nothing of what he calls', async (t) => {
  const { client, vault } = await serving(t, ({ token }) => PEOPLE[token ?? ''])
  const error = {
    constructor: UnauthorizedError,
    code: -32007,
    outcome: 'not-executed',
    message: /its caller is not known/,
  }
  for (const stranger of [await client(), await client('a guess')]) {
    await t.rejects(stranger.open('gate'), error)
    await t.rejects(Promise.resolve(stranger.doors), error)
    // @ts-expect-error: not what it takes
    await t.rejects(stranger.open(5), error, 'the schema is not asked')
  }
  t.same(vault.ran, [])
})

t.test('calls of several people over one connection are told apart', async (t) => {
  const { client } = await serving(t, ({ token }) => Promise.resolve(PEOPLE[token ?? '']))
  const anybody = await client()
  const as = (token: string): Promise<string> => anybody.open.with({ meta: { token } })('gate')
  t.same(await Promise.all([as('token of anne'), as('token of bert'), as('token of anne')]), [
    'gate for anne',
    'gate for bert',
    'gate for anne',
  ])
  await t.rejects(anybody.open('gate'), { code: -32007 }, 'who brings none is not who came before')
})

t.test('who is refused may be known later', async (t) => {
  let isKnown = false
  for (const answer of [() => isKnown && 'anne', () => Promise.resolve(isKnown && 'anne')]) {
    isKnown = false
    const { client } = await serving(t, answer)
    const anne = await client('x')
    await t.rejects(anne.open('gate'), { code: -32007 })
    isKnown = true
    t.equal(await anne.open('gate'), 'gate for anne')
  }
})

t.test('a mistake in the hook lets nobody in, and is told at home alone', async (t) => {
  const told: unknown[] = []
  const failing: readonly Authenticate[] = [
    () => {
      throw new Error('the database is away')
    },
    () => Promise.reject(new Error('the database is away')),
  ]
  for (const authenticate of failing) {
    const { client } = await serving(t, authenticate, { onCallError: (error) => told.push(error) })
    const error = await (await client('x')).open('gate').catch((thrown: unknown) => thrown)
    t.match(error, { code: -32007 })
    t.notMatch(String(error), /database/)
  }
  t.match(told, [{ message: 'the database is away' }, { message: 'the database is away' }])
})

t.test('the hook may say why', async (t) => {
  const { client } = await serving(t, () => {
    throw new UnauthorizedError('your account is closed')
  })
  await t.rejects((await client('x')).open('gate'), { code: -32007, message: /open: your account is closed/ })
})

t.test('a token that is none is refused without being shown', async (t) => {
  const error = await connect({ token: 's3cret'.repeat(5_000) }).catch(String)
  t.match(error, /connect: token must be a string/)
  t.notMatch(error, 's3cret')
})

class Room {
  @expose who(): string {
    return String(callContext().identity)
  }
  @expose next(): Room {
    return new Room()
  }
}
class House {
  @expose enter(): Room {
    return new Room()
  }
}

t.test('what a known caller was handed is called with its token, before and after it has come', async (t) => {
  const { daemon } = await serving(t, ({ token }) => PEOPLE[token ?? ''])
  const rollcall = await connect({ token: 'token of anne' })
  t.teardown(() => rollcall.close())
  const house = rollcall.object<House>(daemon.register(new House()))
  const room = await house.enter()
  t.equal(await room.who(), 'anne')
  t.equal(await house.enter().who(), 'anne')
  t.equal(await house.enter().next().who(), 'anne')
  const error = await t.rejects(room.who.with({ meta: { token: 'of a stranger' } })())
  t.match(error, { constructor: UnauthorizedError, outcome: 'not-executed' })
})

class Key {
  constructor(readonly teeth: number) {}
}

t.test('of what a stranger sends nothing is read, nor of what he says to follow it', async (t) => {
  const read: number[] = []
  registerType(Key, {
    encode: (key) => key.teeth,
    decode: (teeth: number) => {
      read.push(teeth)
      return new Key(teeth)
    },
  })
  for (const authenticate of [() => false, () => Promise.resolve(false)]) {
    const { daemon, uri } = await serving(t, authenticate)
    const port = Number(daemon.place.split(':').at(-1))
    const raw = new RawClient({ kind: 'tcp', host: 'localhost', port })
    t.teardown(() => raw.end())
    const id = uri.split('@')[0] ?? ''
    const params = [{ $: 'type', of: ['Key', 3] }]
    const calls = [
      { id: 1, method: `${id}.open`, params, meta: { tags: 1 } },
      { id: 2, method: `${id}.open`, params: [{ $: 'nonsense' }], meta: { tags: 1, followers: 1 } },
      { id: 3, method: '@2.open', params, meta: { tags: 1 } },
      { id: 4, method: '@9.open', params, meta: { tags: 1 } },
    ]
    raw.write(calls.map((call) => `${JSON.stringify({ jsonrpc: '2.0', ...call })}\n`).join(''))
    const codes = new Map<unknown, unknown>()
    while (codes.size < calls.length) {
      const { id, error } = (await raw.next()) as { id: number; error: { code: number } }
      codes.set(id, error.code)
    }
    t.same([codes.get(1), codes.get(2), codes.get(4)], [-32007, -32007, -32601])
    t.ok([-32007, -32601].includes(Number(codes.get(3))))
  }
  t.same(read, [])
})

t.test('calls that wait for one judgement are each refused in their own name', async (t) => {
  const { daemon, uri } = await serving(t, () => Promise.resolve(false))
  const raw = new RawClient({ kind: 'tcp', host: 'localhost', port: Number(daemon.place.split(':').at(-1)) })
  t.teardown(() => raw.end())
  const [id = ''] = uri.split('@')
  const calls = ['open', 'doors'].map((name) => ({ jsonrpc: '2.0', id: name, method: `${id}.${name}` }))
  raw.write(calls.map((call) => `${JSON.stringify(call)}\n`).join(''))
  for (const name of ['open', 'doors'])
    t.match(await raw.next(), { id: name, error: { message: new RegExp(`\\.${name} was refused`) } })
})
