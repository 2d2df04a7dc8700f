/** Objects served by a daemon, over real sockets. */
import t, { type Test } from 'tap'
import type { Daemon, DaemonOptions } from '../../../lib/serving/daemon.js'
import { openDaemon } from '../../../lib/serving/open-daemon.js'
import { behavior } from '../../../lib/serving/behavior.js'
import { callContext } from '../../../lib/serving/context.js'
import { expose, exposed, oneway } from '../../../lib/serving/marks.js'
import { Connection } from '../../../lib/rpc/channels/connection.js'
import { parseHostPort } from '../../../lib/rpc/uri.js'
import { ports } from '../../nameserver/scene.js'

async function daemonOf(t: Test, options: DaemonOptions = {}): Promise<Daemon> {
  const daemon = await openDaemon(ports, options, ports.logger)
  t.teardown(() => daemon.close())
  return daemon
}

function connectionTo(t: Test, daemon: Daemon): Connection {
  const connection = new Connection({ address: parseHostPort(daemon.place), ...ports })
  t.teardown(() => connection.close())
  return connection
}

let tell: (line: string) => void = () => undefined

class Greeter {
  greeted = 0
  @expose greet(name: string): string {
    this.greeted += 1
    return `hello, ${name}`
  }
  @expose get language(): string {
    return 'en'
  }
  @oneway note(line: string): void {
    tell(line)
    throw new Error('nobody hears of this')
  }
  @expose fail(): never {
    throw new RangeError('too far')
  }
  secret(): string {
    return 'nobody exposed it'
  }
}

t.test('an object is called under its id, at the URI that it was given', async (t) => {
  const daemon = await daemonOf(t)
  const greeter = new Greeter()
  const uri = daemon.register(greeter, { id: 'greeter' })
  t.equal(uri, `greeter@${daemon.place}`)
  t.equal(daemon.uriOf(greeter), uri)
  t.same(daemon.registered(), ['daemon', 'greeter'])
  const connection = connectionTo(t, daemon)
  t.equal(await connection.call('greeter.greet', ['you']), 'hello, you')
  t.equal(await connection.call('greeter.language', []), 'en', 'a getter is called without params')
  t.same(await connection.call('daemon.registered', []), ['daemon', 'greeter'])
  t.same(await connection.call('daemon.describe', ['greeter']), {
    methods: [
      { name: 'greet', kind: 'plain', params: 1 },
      { name: 'language', kind: 'plain', form: 'attribute', params: 0 },
      { name: 'note', kind: 'plain', form: 'oneway', params: 1 },
      { name: 'fail', kind: 'plain', params: 0 },
    ],
  })
  t.ok(daemon.unregister(greeter))
  t.notOk(daemon.unregister(greeter))
  await t.rejects(connection.call('greeter.greet', ['you']), {
    label: 'METHOD_NOT_FOUND',
    message: 'greeter.greet: there is no object "greeter" here. There are: daemon',
  })
})

t.test('what is not there, or not exposed, is told with what was meant or what to do', async (t) => {
  const daemon = await daemonOf(t)
  daemon.register(new Greeter(), { id: 'greeter' })
  const connection = connectionTo(t, daemon)
  const refused = async (name: string, message: string | RegExp): Promise<void> => {
    await t.rejects(connection.call(name, []), { label: 'METHOD_NOT_FOUND', message })
  }
  await refused(
    'greeter.gret',
    'greeter.gret: greeter has no method "gret"; did you mean "greet"? It has: greet, language, note, fail',
  )
  await refused(
    'greetr.greet',
    'greetr.greet: there is no object "greetr" here; did you mean "greeter"? There are: daemon, greeter',
  )
  await refused(
    'greeter.secret',
    /^greeter\.secret: Greeter has secret, and does not expose it: mark it with @expose/,
  )
})

t.test('a one-way method answers before it has ended, whatever becomes of it', async (t) => {
  const errors: unknown[] = []
  const daemon = await daemonOf(t, {
    onCallError: (error, call) => errors.push([String(error), call?.method]),
  })
  daemon.register(new Greeter(), { id: 'greeter' })
  const heard = new Promise<string>((resolve) => (tell = resolve))
  t.equal(await connectionTo(t, daemon).call('greeter.note', ['a line']), null)
  t.equal(await heard, 'a line')
  t.same(errors, [['Error: nobody hears of this', 'note']])
})

t.test('errors of methods are told to the hook, too', async (t) => {
  const errors: unknown[] = []
  const daemon = await daemonOf(t, {
    onCallError: (error, call) => errors.push([String(error), call?.object]),
  })
  daemon.register(new Greeter(), { id: 'greeter' })
  await t.rejects(connectionTo(t, daemon).call('greeter.fail', []), {
    label: 'REMOTE_ERROR',
    message: 'too far',
  })
  t.same(errors, [['RangeError: too far', 'greeter']])
})

class Counting {
  static made = 0
  static ended: number[] = []
  readonly #number = ++Counting.made
  #calls = 0
  @expose next(): readonly [number, number] {
    return [this.#number, ++this.#calls]
  }
  [Symbol.dispose](): void {
    Counting.ended.push(this.#number)
    tell('ended')
  }
}

@behavior({ mode: 'session' })
class PerSession extends Counting {}

@behavior({ mode: 'call' })
class PerCall extends Counting {}

class Single extends Counting {
  static behavior = { create: () => new Single() }
}

t.test('a class has an instance for all, one for each connection, or one for each call', async (t) => {
  const daemon = await daemonOf(t)
  daemon.register(Single, { id: 'single' })
  daemon.register(PerSession, { id: 'session' })
  daemon.register(PerCall, { id: 'call' })
  const [one, other] = [connectionTo(t, daemon), connectionTo(t, daemon)]
  const numbers = async (object: string): Promise<unknown> => [
    await one.call(`${object}.next`, []),
    await one.call(`${object}.next`, []),
    await other.call(`${object}.next`, []),
  ]
  const first = Counting.made + 1
  t.same(await numbers('single'), [
    [1, 1],
    [1, 2],
    [1, 3],
  ])
  t.same(await numbers('session'), [
    [first, 1],
    [first, 2],
    [first + 1, 1],
  ])
  t.same(await numbers('call'), [
    [first + 2, 1],
    [first + 3, 1],
    [first + 4, 1],
  ])
  t.same(Counting.ended.splice(0), [first + 2, first + 3, first + 4], 'one of a call ends with it')
  const ended = new Promise((resolve) => (tell = resolve))
  one.close()
  await ended
  t.same(Counting.ended, [first], 'one of a connection ends with it')
})

t.test('what belongs to a connection ends with it', async (t) => {
  const seen: string[] = []
  let over: () => void = () => undefined
  const isOver = new Promise<void>((resolve) => (over = resolve))
  const daemon = await daemonOf(t, {
    onConnect: ({ kind }) => seen.push(`${kind} came`),
    onDisconnect: () => {
      seen.push('went')
      over()
    },
  })
  const files = exposed(
    {
      open(): string {
        const { connection, object, method } = callContext()
        connection.track({ [Symbol.dispose]: () => seen.push('closed') })
        connection.track({ [Symbol.asyncDispose]: async () => seen.push('closed later') })
        return `${object}.${method}`
      },
    },
    ['open'],
  )
  daemon.register(files, { id: 'files' })
  const connection = connectionTo(t, daemon)
  t.equal(await connection.call('files.open', []), 'files.open')
  connection.close()
  await isOver
  t.same(seen, ['lines came', 'went', 'closed', 'closed later'])
  t.throws(() => callContext(), { message: /inside of a served method/ })
})

t.test('what can not be served is refused, with what to do', async (t) => {
  const daemon = await daemonOf(t)
  const greeter = new Greeter()
  daemon.register(greeter, { id: 'greeter' })
  class Needy {
    constructor(readonly path: string) {}
    @expose read(): string {
      return this.path
    }
  }
  const refusals: readonly (readonly [object, string, RegExp])[] = [
    [greeter, 'again', /^again: that object is served already, as greeter: unregister it first$/],
    [new Greeter(), '$scope', /^\$scope begins with \$, as what a connection hands over: choose another id$/],
    [new Greeter(), 'greeter', /registered already/],
    [new Greeter(), 'a b', /not an object/],
    [
      Needy,
      'needy',
      /the constructor of Needy takes 1 parameter: give an instance, or say @behavior\(\{ create/,
    ],
    [() => 1, 'arrow', /^arrow: a function can't be served: give an object or a class$/],
    [JSON.parse('null') as object, 'nothing', /^nothing: null can't be served: give an object or a class$/],
    [JSON.parse('5') as object, 'number', /^number: a number can't be served: give an object or a class$/],
    [class {}, 'empty', /^empty: .* exposes nothing/],
  ]
  for (const [target, id, message] of refusals)
    t.throws(() => daemon.register(target, { id }), { label: 'INVALID_PARAMS', message }, id)
  t.throws(() => daemon.uriOf(new Greeter()), { message: 'Greeter is not served here: register it first' })
  t.throws(() => behavior({ mode: 'sesion' as 'session' }), {
    message: /mode must be "single", "session" or "call", not "sesion"/,
  })
})
