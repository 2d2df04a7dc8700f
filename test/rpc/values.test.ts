/**
 * Values of all kinds as arguments and results of plain objects; and who does not read tags gets JSON, or a clear
 * error.
 */
import t, { type Test } from 'tap'
import type { Json } from '../../lib/json.js'
import { MethodNotFoundError } from '../../lib/rpc/errors.js'
import type { ExposedObject } from '../../lib/rpc/exposed.js'
import { createProxy, type Remote } from '../../lib/rpc/proxies/proxy.js'
import { formatUri, objectIdOf } from '../../lib/rpc/uri.js'
import { registerType } from '../../lib/values/registered.js'
import { Money, Unknown } from '../values/any-value.js'
import { same } from '../values/same.js'
import { callerOf } from './callers.js'
import { connectionTo, exposedBy, objectOf, RawClient, startDaemon, type TcpAddress } from './rig.js'

const everything: readonly unknown[] = [
  new Date(0),
  new Map<unknown, unknown>([[{ a: 1 }, new Set([1n])]]),
  new Uint8Array([1, 2, 3]),
  new TypeError('no', { cause: new Error('why') }),
  { a: undefined, $: 'date', b: [NaN, -0, Infinity] },
  /x/g,
  new URL('https://example.org/'),
  new Money(12n, 'EUR'),
]

/** What was taken is kept. */
class Echo {
  static readonly exposed = ['echo', 'half', 'lost', 'plain']
  readonly taken: unknown[] = []
  echo(...args: readonly unknown[]): unknown {
    this.taken.push(...args)
    return args
  }
  half(): unknown {
    return { a: 1, b: undefined }
  }
  lost(): unknown {
    return { rows: [{}, { f: Symbol('f') }] }
  }
  plain(): unknown {
    return { a: [1] }
  }
}

async function scene(t: Test, object: (echo: Echo) => ExposedObject = exposedBy) {
  const echo = new Echo()
  const { daemon, address } = await startDaemon({ echo: object(echo) })
  const caller = callerOf(t, async () => formatUri(objectIdOf('echo'), address))
  t.teardown(() => daemon.close())
  const proxy = createProxy<Echo>((method, params) => caller.call({ name: 'echo' }, method, params), {
    name: 'echo',
  })
  return { echo, address, caller, proxy }
}

void t.test('arguments and results of every kind arrive as they were', async (t) => {
  const { echo, proxy } = await scene(t)
  const back = await proxy.echo(...everything)
  t.ok(same(back, everything))
  t.ok(same(echo.taken, everything))
})

void t.test('an argument is what it was when the call was made', async (t) => {
  const { echo, proxy } = await scene(t)
  const map = new Map([[1, new Date(0)]])
  const call = proxy.echo(map)
  map.clear()
  await call
  t.ok(same(echo.taken, [new Map([[1, new Date(0)]])]))
})

void t.test('what can not travel is refused by its path, and nothing is sent', async (t) => {
  const { echo, proxy } = await scene(t)
  await t.rejects(proxy.echo({ items: [1, 2, 3, new Unknown()], when: new Date() }), {
    name: 'InvalidParamsError',
    message: /^echo\.echo: args\[0\]\.items\[3\] is an instance of Unknown: .*; the call was not sent$/,
  })
  await t.rejects(proxy.lost(), {
    name: 'InternalError',
    message: /has run.*the result\.rows\[1\]\.f is a symbol/,
  })
  const hostile = {
    get trap(): never {
      throw new RangeError('nobody looks at this')
    },
  }
  for (const value of [hostile, [hostile], [[hostile]]])
    await t.rejects(proxy.echo(value), { name: 'InvalidParamsError', outcome: 'not-executed' })
  t.strictSame(echo.taken, [])
})

void t.test('ordinary calls and answers are the JSON that they always were', async (t) => {
  const { address } = await scene(t)
  const raw = new RawClient(address)
  t.teardown(() => raw.end())
  raw.write('{"jsonrpc":"2.0","id":1,"method":"daemon.describe","params":["echo"],"meta":{"tags":0}}\n')
  t.match(await raw.next(), { result: { methods: [{ name: 'echo', kind: 'plain', tags: 1 }] } })
  raw.write('{"jsonrpc":"2.0","id":2,"method":"echo.plain"}\n')
  t.strictSame(await raw.next(), { jsonrpc: '2.0', id: 2, result: { a: [1] } })
  raw.write('{"jsonrpc":"2.0","id":3,"method":"echo.half"}\n')
  t.strictSame(await raw.next(), {
    jsonrpc: '2.0',
    id: 3,
    result: { a: 1, b: { $: 'undefined' } },
    meta: { tags: 1 },
  })
})

async function answers(t: Test, address: TcpAddress, ...calls: readonly string[]): Promise<unknown[]> {
  const raw = new RawClient(address)
  t.teardown(() => raw.end())
  const got: unknown[] = []
  for (const call of calls) {
    raw.write(`{"jsonrpc":"2.0","id":1,${call}}\n`)
    got.push(await raw.next())
  }
  return got
}

void t.test(
  'who has not said that it reads tags gets JSON, or an error that says what to send',
  async (t) => {
    const { address, echo } = await scene(t)
    const [plain, half, tag, date] = await answers(
      t,
      address,
      '"method":"echo.plain"',
      '"method":"echo.half"',
      '"method":"echo.echo","params":[{"$":"date","of":null}]',
      '"method":"daemon.hello"',
    )
    t.strictSame(plain, { jsonrpc: '2.0', id: 1, result: { a: [1] } })
    t.strictSame(half, { jsonrpc: '2.0', id: 1, result: { a: 1 } })
    t.strictSame(tag, { jsonrpc: '2.0', id: 1, result: [{ $: 'date', of: null }] }, 'JSON is JSON')
    t.strictSame(echo.taken, [{ $: 'date', of: null }])
    t.strictSame(date, { jsonrpc: '2.0', id: 1, result: { version: 1 } })
    const dates = await scene(t, () => exposedBy(new Dates()))
    t.match(await answers(t, dates.address, '"method":"echo.now"'), [
      { error: { message: /echo\.now has run, .* the result is a Date: send its toISOString/ } },
    ])
  },
)

class Dates {
  static readonly exposed = ['now']
  now(): Date {
    return new Date(0)
  }
}

void t.test('a call that says whether it has tags says for its connection that they are read', async (t) => {
  const { address } = await scene(t, () => exposedBy(new Dates()))
  const date = { $: 'date', of: '1970-01-01T00:00:00.000Z' }
  const now = '"method":"echo.now"'
  t.match(await answers(t, address, now, `${now},"meta":{"tags":0}`, now), [
    { error: {} },
    { result: date, meta: { tags: 1 } },
    { result: date, meta: { tags: 1 } },
  ])
  const { address: echo } = await scene(t)
  const call = `"method":"echo.echo","params":[${JSON.stringify(date)}],"meta":{"tags":1}`
  t.match(await answers(t, echo, call), [{ result: [date], meta: { tags: 1 } }])
  const hello = '"method":"daemon.hello","params":[{"tags":1}]'
  t.match(await answers(t, echo, hello, '"method":"echo.half"'), [
    { result: { version: 1, tags: 1 } },
    { meta: { tags: 1 } },
  ])
})

void t.test('over HTTP each request says for itself that it reads tags', async (t) => {
  const { address } = await scene(t, () => exposedBy(new Dates()))
  const answer = async (meta: string): Promise<unknown> => {
    const body = `{"jsonrpc":"2.0","id":1,"method":"echo.now"${meta}}`
    const response = await fetch(`http://127.0.0.1:${address.port}/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    return response.json()
  }
  t.match(await answer(',"meta":{"tags":0}'), { result: { $: 'date' }, meta: { tags: 1 } })
  t.match(await answer(''), { error: { message: /is a Date/ } })
})

void t.test('a forged tag is refused, and the method does not run', async (t) => {
  const { address, echo } = await scene(t)
  const calls = [
    '{"$":"hole"}',
    '{"$":"type","of":["Nobody",1]}',
    '{"$":"export","of":1}',
    '{"$":"bytes","of":"?"}',
  ]
  const got = await answers(
    t,
    address,
    ...calls.map((tag) => `"method":"echo.echo","params":[1,{"a":${tag}}],"meta":{"tags":1}`),
  )
  for (const answer of got)
    t.match(answer, {
      error: { code: -32602, message: /^echo\.echo: args\[1\]\.a is .*; it was not executed$/ },
    })
  t.match(await answers(t, address, '"method":"echo.plain","meta":{"tags":2}'), [
    { error: { message: /meta\.tags is 0 or 1/ } },
  ])
  t.strictSame(echo.taken, [])
})

void t.test('a method that takes JSON alone is not given anything else', async (t) => {
  const { address } = await scene(t)
  t.match(
    await answers(
      t,
      address,
      '"method":"daemon.describe","params":[{"$":"date","of":null}],"meta":{"tags":1}',
    ),
    [{ error: { code: -32602, message: /"daemon\.describe" takes JSON without tags: it was not executed/ } }],
  )
})

void t.test(
  'a replicated object takes JSON, and its caller is told so before anything is sent',
  async (t) => {
    const taken: unknown[] = []
    const { proxy } = await scene(t, () => objectOf({ echo: (params) => void taken.push(params) }, 'query'))
    await t.rejects(proxy.echo({ when: new Date(0) }), {
      name: 'InvalidParamsError',
      message:
        'echo.echo: args[0].when is a Date: send its toISOString() (a replicated object takes JSON alone); the call was not sent',
    })
    t.strictSame(taken, [])
  },
)

void t.test('to a process that does not read tags nothing is sent that has some', async (t) => {
  const taken: unknown[] = []
  const older = await startDaemon(
    {},
    {
      elsewhere: (name) => {
        if (name === 'daemon.describe')
          return { kind: 'plain', handler: () => ({ methods: [{ name: 'echo', kind: 'plain' }] }) }
        return name === 'echo.echo'
          ? { kind: 'plain', handler: (params) => void taken.push(params) }
          : undefined
      },
    },
  )
  const caller = callerOf(t, async () => formatUri(objectIdOf('echo'), older.address))
  t.teardown(() => older.daemon.close())
  await t.rejects(caller.call({ name: 'echo' }, 'echo', [new Date(0)]), {
    message:
      'echo.echo: args[0] is a Date: send its toISOString() (this method takes JSON alone); the call was not sent',
  })
  t.equal(await caller.call({ name: 'echo' }, 'echo', [{ $: 'date' }]), null)
  t.strictSame(taken, [[{ $: 'date' }]])
})

void t.test(
  'an answer whose tags stand for nothing here is an error that says that the call has run',
  async (t) => {
    const { proxy } = await scene(t, () => exposedBy(new Elsewhere()))
    await t.rejects(proxy.plain(), {
      name: 'InternalError',
      message:
        /^echo\.plain at .* has run, and its result can't be read: the result is no Here: its decode said: not here$/,
    })
  },
)

class Here {}
registerType(Here, {
  encode: () => 1,
  decode: () => {
    throw new RangeError('not here')
  },
})

class Elsewhere extends Echo {
  override plain(): unknown {
    return new Here()
  }
}

void t.test('the types of a proxy let through what travels', async (t) => {
  interface Typed {
    all(
      when: Date,
      map: Map<string, Date>,
      set: Set<bigint>,
      bytes: Uint8Array,
      error: TypeError,
      where: URL,
    ): RegExp
    maybe(a: string | undefined, b: { readonly c?: Date | undefined }): bigint
    calls(f: () => void): Json
    asks(f: (n: number) => Promise<string>): string
    later(): { readonly p: Promise<number> }
  }
  const proxy = createProxy<Typed>(async () => null)
  const pattern: Promise<RegExp> = proxy.all(
    new Date(),
    new Map(),
    new Set(),
    new Uint8Array(),
    new TypeError(),
    new URL('a:b'),
  )
  const big: Promise<bigint> = proxy.maybe(undefined, { c: undefined })
  const asked: Promise<string>[] = [proxy.asks((n) => `${n}`), proxy.asks((n) => Promise.resolve(`${n}`))]
  // @ts-expect-error A function that is asked for a text answers one, at once or later.
  void proxy.asks((n) => n)
  // @ts-expect-error A symbol can't be sent.
  void proxy.calls(Symbol('x'))
  type Later = Awaited<ReturnType<Remote<Typed>['later']>>
  const isNever: [Later['p']] extends [never] ? true : false = true
  await Promise.all([pattern, big, ...asked])
  t.ok(isNever)
})

void t.test('a first call that is refused does not keep later results from having tags', async (t) => {
  const { address } = await scene(t)
  const connection = connectionTo(address)
  t.teardown(() => connection.close())
  await t.rejects(connection.callForValue('echo.missing', []), MethodNotFoundError)
  t.same(await connection.callForValue('echo.half', []), { a: 1, b: undefined })
})

void t.test('what the first call sends is not altered by what is said of tags', async (t) => {
  const { address } = await scene(t)
  const connection = connectionTo(address)
  t.teardown(() => connection.close())
  const param = { at: 1, meta: { of: 2 } }
  t.same(await connection.callForValue('echo.echo', [param]), [param])
})
