/** What is said of one call beside its arguments, and which of them is which. */
import t, { type Test } from 'tap'
import type { Json } from '../../lib/json.js'
import type { CallOptions } from '../../lib/rpc/proxies/call-options.js'
import type { Caller } from '../../lib/rpc/calling/caller.js'
import { OutcomeUnknownError, UnreachableError, type AbortError } from '../../lib/rpc/errors.js'
import type { ExposedMethod, ExposedObject } from '../../lib/rpc/exposed.js'
import { createProxy, type Remote } from '../../lib/rpc/proxies/proxy.js'
import { formatUri } from '../../lib/rpc/uri.js'
import { callerOf } from './callers.js'
import { startDaemon } from './rig.js'

interface Greeter {
  greet(name: string): string
  echo(...all: Json[]): readonly Json[]
  wait(): string
  deadline(): number | null
  readonly language: string
}

function greeter(): ExposedObject {
  return {
    methods: new Map<string, ExposedMethod>([
      [
        'greet',
        {
          kind: 'plain',
          params: 1,
          handler: ([name]) => `hello, ${typeof name === 'string' ? name : typeof name}`,
        },
      ],
      ['echo', { kind: 'plain', handler: (params) => params }],
      ['wait', { kind: 'plain', params: 0, handler: () => new Promise(() => undefined) }],
      ['deadline', { kind: 'plain', params: 0, handler: (_, { meta }) => meta.timeoutMs ?? null }],
      ['language', { kind: 'plain', form: 'attribute', params: 0, handler: () => 'en' }],
    ]),
  }
}

const target = { name: 'greeter' }

async function scene(
  t: Test,
): Promise<{ remote: Remote<Greeter>; options: (CallOptions | undefined)[]; caller: Caller }> {
  const { daemon, address } = await startDaemon({ greeter: greeter() })
  t.teardown(() => daemon.close())
  const caller = callerOf(t, async () => formatUri('greeter', address))
  const options: (CallOptions | undefined)[] = []
  const remote = createProxy<Greeter>(
    (method, params, given) => {
      options.push(given)
      return caller.call(target, method, params, given && { ...given, meta: {} })
    },
    {
      name: 'greeter',
      methods: () => caller.methodsOf(target),
      learn: async () => (await caller.describe(target)).methods,
    },
  )
  return { remote, options, caller }
}

t.test(
  'options stand behind the arguments of a method that always has as many, from the first call on',
  async (t) => {
    const { remote, options } = await scene(t)
    t.equal(await remote.greet('you', { timeoutMs: 5000 }), 'hello, you')
    t.equal(await remote.greet('you', { timeoutMs: 4000 }), 'hello, you')
    t.equal(await remote.greet('you'), 'hello, you')
    t.same(options, [{ timeoutMs: 5000 }, { timeoutMs: 4000 }, undefined])
  },
)

t.test("what looks like options is the method's own where the method may take it", async (t) => {
  for (const isKnown of [false, true]) {
    const { remote, options } = await scene(t)
    if (isKnown) await remote.greet('you')
    options.length = 0
    t.same(await remote.echo('a', { timeoutMs: 5 }), ['a', { timeoutMs: 5 }])
    t.same(options, [undefined])
    const odd = remote as unknown as { greet(name: unknown): Promise<string> }
    t.equal(await odd.greet({ timeoutMs: 5 }), 'hello, object', 'it has no other argument')
  }
})

t.test('with() says it of any method', async (t) => {
  const { remote, options } = await scene(t)
  t.same(await remote.echo.with({ timeoutMs: 3000 })('a', { timeoutMs: 5 }), ['a', { timeoutMs: 5 }])
  t.same(options, [{ timeoutMs: 3000 }])
  t.throws(() => remote.echo.with({ timeoutMs: '5' as unknown as number }), {
    message: /^greeter\.echo\.with: timeoutMs must be a number/,
  })
  t.throws(() => remote.echo.with({ timeout: 5 } as CallOptions), { message: /did you mean "timeoutMs"/ })
})

t.test("the object's process is told how long its caller waits, if the caller has said so", async (t) => {
  const { remote } = await scene(t)
  t.equal(await remote.deadline(), null)
  const told = await remote.deadline({ timeoutMs: 5000 })
  t.ok(told !== null && told > 0 && told <= 5000, String(told))
})

t.test(
  'arguments are read when the call is made, also when the method must be asked for first',
  async (t) => {
    const { remote } = await scene(t)
    const changed = { timeoutMs: 1 }
    const answer = remote.echo(changed)
    changed.timeoutMs = 2
    t.same(await answer, [{ timeoutMs: 1 }])
  },
)

t.test('an attribute is awaited, a method is not', async (t) => {
  const { remote, options } = await scene(t)
  t.equal(await remote.language, 'en')
  t.equal(await remote.language, 'en')
  options.length = 0
  t.equal(await Promise.resolve(remote.greet), remote.greet, 'known to be a method')
  t.same(options, [])
  const fresh = await scene(t)
  await t.rejects(Promise.resolve(fresh.remote.greet), {
    message: /greeter\.greet is a method: call it, .*; awaiting it reads nothing$/,
  })
  t.same(fresh.options, [])
})

t.test('an aborted call rejects at once, and says whether it may have run', async (t) => {
  const { remote, caller } = await scene(t)
  const gone = AbortSignal.abort(new Error('no longer wanted'))
  const before: unknown = await remote.wait({ signal: gone }).catch((error: unknown) => error)
  t.match(before, {
    name: 'AbortError',
    label: 'ABORTED',
    outcome: 'not-executed',
    cause: { message: 'no longer wanted' },
  })
  await remote.greet('you')
  const controller = new AbortController()
  const call = caller.call(target, 'wait', [], { signal: controller.signal })
  await remote.greet('behind it on the same connection')
  controller.abort()
  const error = await call.then(
    () => t.fail('it never answers'),
    (error: unknown) => error as AbortError,
  )
  t.match(error, { name: 'AbortError', outcome: 'unknown' })
})

t.test('a call that is aborted while nobody can be reached is not tried on', async (t) => {
  let lookedAgain: () => void = () => undefined
  const hasLookedAgain = new Promise<void>((resolve) => (lookedAgain = resolve))
  let looked = 0
  const caller = callerOf(t, async () => {
    if (++looked === 2) lookedAgain()
    throw new UnreachableError('nobody is there')
  })
  const controller = new AbortController()
  let waits = 0
  const onWaiting = (): void => {
    waits += 1
    controller.abort()
  }
  await t.rejects(caller.call(target, 'greet', ['you'], { signal: controller.signal, onWaiting }), {
    name: 'AbortError',
    outcome: 'not-executed',
  })
  await hasLookedAgain
  await new Promise((resolve) => setImmediate(resolve))
  t.equal(waits, 1, 'no other attempt is to follow')
})

t.test(
  'a signal where the method may take the argument itself is refused, as it can not be sent',
  async (t) => {
    const { remote } = await scene(t)
    const odd = remote as unknown as { echo(...args: unknown[]): Promise<unknown> }
    await t.rejects(odd.echo('a', { signal: AbortSignal.abort() }), {
      label: 'INVALID_PARAMS',
      message: /args\[1\]\.signal is an instance of AbortSignal: give it before the arguments/,
    })
  },
)

t.test('the types know where options may stand', async (t) => {
  type Api = Remote<{
    fixed(a: string): number
    open(a?: string): number
    rest(...a: string[]): number
    readonly at: number
  }>
  const api = createProxy<{ fixed(a: string): number }>(async () => 1) as unknown as Api
  void api.fixed('a', { timeoutMs: 1 })
  void api.open.with({ timeoutMs: 1 })('a')
  // @ts-expect-error The parameter may be left out, so nobody knows which argument is which.
  void api.open('a', { timeoutMs: 1 })
  // @ts-expect-error So may all of a rest.
  void api.rest('a', { timeoutMs: 1 })
  const at: PromiseLike<number> = api.at
  t.type(at, 'function')
})

t.test(
  'bug: a call aborted between two attempts said that it was not executed, whatever the first had done',
  async (t) => {
    const { daemon, address } = await startDaemon({
      it: {
        methods: new Map<string, ExposedMethod>([
          [
            'read',
            {
              kind: 'query',
              handler: () => {
                throw new OutcomeUnknownError('nobody knows')
              },
            },
          ],
        ]),
      },
    })
    t.teardown(() => daemon.close())
    const caller = callerOf(t, async () => formatUri('it', address))
    const controller = new AbortController()
    const aborted = caller.call({ name: 'it' }, 'read', [], {
      signal: controller.signal,
      // Told before the pause after an attempt.
      onWaiting: () => void Promise.resolve().then(() => controller.abort()),
    })
    const error = await aborted.then(
      () => t.fail('it has no answer'),
      (error: unknown) => error as AbortError,
    )
    t.match(error, { name: 'AbortError', outcome: 'unknown' })
  },
)
