/** Errors of registered classes: thrown at one end, caught at the other as what they are. */
import { once } from 'node:events'
import t, { type Test } from 'tap'
import { WebSocket } from 'ws'
import {
  callErrorOf,
  connect,
  expose,
  registerType,
  RemoteError,
  startDaemon,
  type DaemonOptions,
  type Json,
  type WireError,
} from '../../../api.js'
import { parseJson } from '../../../lib/json.js'
import { asThrown } from '../../../lib/rpc/registered-errors.js'
import { fromWire, withoutStacks } from '../../../lib/rpc/wire-error.js'

class Overdrawn extends Error {
  override readonly name = 'Overdrawn'
  constructor(
    message: string,
    readonly account: string,
    readonly missing: bigint,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}
registerType(Overdrawn, {
  encode: ({ message, account, missing, cause }) => ({ message, account, missing, cause }),
  decode: ({ message, account, missing, cause }) => {
    if (typeof account !== 'string') throw new TypeError('an account is a text')
    return new Overdrawn(message, account, missing, { cause })
  },
})

/** Of which the other end knows nothing. */
class Private extends Error {}

/** Registered, and holds more than an error may, or what can't travel. */
class Heavy extends Error {
  constructor(readonly load: unknown) {
    super('heavy')
  }
}
registerType(Heavy, { encode: ({ load }) => load, decode: (load) => new Heavy(load) })

const overdrawn = (): Overdrawn =>
  new Overdrawn('ann lacks 3', 'ann', 3n, { cause: new RangeError('below 0') })

/** Says what it is by what it was made of, which may be anything. */
class Talkative extends Error {
  override get message(): string {
    throw new TypeError('there is nothing to tell')
  }
}
registerType(Talkative, { encode: () => null, decode: () => new Talkative() })

class Bank {
  @expose async draw(): Promise<void> {
    await Promise.resolve()
    throw overdrawn()
  }
  @expose drawAtOnce(): void {
    throw overdrawn()
  }
  @expose fail(): void {
    throw new Private('hidden')
  }
  @expose chain(): void {
    throw new AggregateError([new Error('one')], 'both', { cause: new Error('why') })
  }
  @expose heavy(much: boolean): void {
    throw new Heavy(much ? 'x'.repeat(70_000) : () => 1)
  }
  @expose *statement(): Generator<number> {
    yield 1
    throw overdrawn()
  }
  @expose async ask(question: () => unknown): Promise<string> {
    try {
      await question()
      return 'answered'
    } catch (error) {
      return error instanceof Overdrawn ? `${error.account}: ${callErrorOf(error)?.outcome}` : String(error)
    }
  }
  @expose async show(question: () => unknown, tell?: (error: unknown) => unknown): Promise<unknown> {
    try {
      return await question()
    } catch (error) {
      await tell?.(error)
      return error
    }
  }
  @expose async pass(question: () => unknown): Promise<void> {
    await question()
  }
  @expose async wrap(question: () => unknown): Promise<void> {
    try {
      await question()
    } catch (cause) {
      throw new AggregateError([cause], 'both', { cause })
    }
  }
}

async function scene(t: Test, options: DaemonOptions = {}) {
  const daemon = await startDaemon(options)
  const uri = daemon.register(new Bank(), { id: 'bank' })
  const client = await connect()
  t.teardown(async () => {
    client.close()
    await daemon.close()
  })
  return { client, bank: client.object<Bank>(uri), place: daemon.place, uri }
}

async function caught(call: PromiseLike<unknown>): Promise<unknown> {
  try {
    return await call
  } catch (error) {
    return error
  }
}

function isOverdrawn(t: Test, error: unknown, what: string): void {
  t.ok(error instanceof Overdrawn, what)
  t.match(error, { message: 'ann lacks 3', account: 'ann', missing: 3n, cause: new RangeError('below 0') })
  const call = callErrorOf(error)
  t.match(call, { label: 'REMOTE_ERROR', outcome: 'executed', retry: 'never', remote: { name: 'Overdrawn' } })
}

t.test('an error of a registered class is caught as one, and tells whether the call has run', async (t) => {
  const { bank } = await scene(t)
  isOverdrawn(t, await caught(bank.draw()), 'of a method that goes on')
  isOverdrawn(t, await caught(bank.drawAtOnce()), 'of one that does not')
})

t.test('so it is in batches, of streams, and of what a callback throws', async (t) => {
  const { bank, client } = await scene(t)
  const [settled] = await client.batch((calls) => Promise.allSettled([calls.of(bank).draw()]))
  isOverdrawn(t, settled.status === 'rejected' && settled.reason, 'of a batch')
  const read: unknown[] = []
  const statement = async (): Promise<void> => {
    for await (const each of await bank.statement()) read.push(each)
  }
  isOverdrawn(t, await caught(statement()), 'of a stream')
  t.strictSame(read, [1], 'behind what came before it')
  const fail = (): never => {
    throw overdrawn()
  }
  t.equal(await bank.ask(fail), 'ann: executed')
  isOverdrawn(t, await caught(bank.pass(fail)), 'through the one that has called back')
})

t.test('its stack shows where the call was made, and where it was thrown', async (t) => {
  const { bank } = await scene(t)
  async function here(): Promise<void> {
    await bank.draw()
  }
  const error = await caught(here())
  const stack = error instanceof Error ? String(error.stack) : ''
  t.match(stack, /^Overdrawn: ann lacks 3\n[^]*at .*here[^]*thrown at the other end: [^]*Bank\.draw/)
  t.notOk(Object.keys(error as object).includes('stack'))
})

t.test('who has another class, or too much in it, gets a RemoteError as ever', async (t) => {
  const { bank } = await scene(t)
  for (const call of [bank.fail(), bank.heavy(true), bank.heavy(false)]) {
    const error = await caught(call)
    t.ok(error instanceof RemoteError)
    t.equal(callErrorOf(error), error)
  }
  t.equal(callErrorOf(overdrawn()), undefined, 'of no call')
  t.equal(callErrorOf('a text'), undefined)
})

t.test(
  'over HTTP and WebSocket it stands beside the error for who reads tags, and for nobody else',
  async (t) => {
    const { place } = await scene(t)
    const call = (meta?: Json): string =>
      JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'bank.draw', params: [], meta })
    const post = async (body: string): Promise<string> => {
      const headers = { 'content-type': 'application/json' }
      return (await fetch(`http://${place}/`, { method: 'POST', headers, body })).text()
    }
    const overWebSocket = async (message: string): Promise<string> => {
      const socket = new WebSocket(`ws://${place}/`)
      await once(socket, 'open')
      socket.send(message)
      const [answer] = (await once(socket, 'message')) as [Buffer]
      socket.close()
      return answer.toString()
    }
    for (const ask of [post, overWebSocket]) {
      t.notMatch(await ask(call()), 'thrown')
      isOverdrawn(t, asThrown(fromWire(errorIn(await ask(call({ tags: 0 }))))), ask.name)
    }
  },
)

function errorIn(answer: string): WireError {
  return (JSON.parse(answer) as { readonly error: WireError }).error
}

t.test('what a stranger has made up makes nothing but a RemoteError', async (t) => {
  registerType(URLSearchParams, { encode: String, decode: (text) => new URLSearchParams(text) })
  const deep = parseJson(`${'['.repeat(5_000)}${']'.repeat(5_000)}`)
  const forged: readonly Json[] = [
    null,
    'Overdrawn',
    { $: 'error', of: { message: 'm' } },
    { $: 'export', of: ['$1', 'function'] },
    { $: 'type', of: ['Unknown', {}] },
    { $: 'type', of: ['__proto__', {}] },
    { $: 'type', of: ['Overdrawn'] },
    { $: 'type', of: ['Overdrawn', { account: 1 }] },
    { $: 'type', of: ['Overdrawn', deep] },
    { $: 'type', of: ['Overdrawn', { $: 'export', of: ['$1', 'function'] }] },
    { $: 'type', of: ['Overdrawn', parseJson('{"__proto__":{"account":"ann"}}')] },
    { $: 'type', of: ['URLSearchParams', 'a=1'] },
  ]
  for (const thrown of forged) {
    const told = { code: -32000, message: 'm', data: { name: 'Error', message: 'm' }, thrown }
    const error = asThrown(fromWire(told))
    t.ok(error instanceof RemoteError, `forged ${forged.indexOf(thrown)}`)
  }
  const refused = fromWire({ code: -32004, message: 'm', thrown: { $: 'type', of: ['Heavy', 1] } })
  t.equal(asThrown(refused), refused, 'nor does it stand in for another error')
  t.notOk('account' in {})
})

t.test('one that throws when it is looked at is caught all the same, and ends nothing', async (t) => {
  const { bank } = await scene(t)
  const error = await caught(
    bank.pass(() => {
      throw new Talkative()
    }),
  )
  t.ok(error instanceof Talkative)
  t.equal(callErrorOf(error)?.outcome, 'executed')
  t.equal(await bank.ask(() => 1), 'answered')
})

t.test('stacks: false keeps to itself where in the source it was thrown', async (t) => {
  const seen: unknown[] = []
  const { bank } = await scene(t, { stacks: false, onCallError: (error) => seen.push(error) })
  const asked = bank.wrap(() => {
    throw new Error('asked')
  })
  for (const call of [bank.fail(), bank.draw(), bank.chain(), asked]) {
    const error = await caught(call)
    t.notMatch(JSON.stringify(callErrorOf(error)?.data), 'stack')
    t.notMatch(error instanceof Error ? error.stack : '', 'thrown at the other end')
  }
  t.match(seen[0], { stack: /Bank\.fail/ }, 'it is told where it was thrown')
  const { bank: open } = await scene(t)
  t.match(await caught(open.chain()), { remote: { stack: /chain/, cause: { stack: /chain/ } } })
})

t.test('bug: an error that is a value carried where another process says it was thrown', async (t) => {
  const { bank } = await scene(t, { stacks: false })
  const told: unknown[] = []
  const fail = (): never => {
    throw Object.assign(new Error('asked', { cause: new Error('why') }), { stacked: { stack: 'of plates' } })
  }
  told.push(await bank.show(fail, (error) => told.push(error)))
  t.equal(told.length, 2)
  for (const error of told) {
    t.match(error, { message: 'asked', remote: { message: 'asked', cause: { message: 'why' } } })
    t.notMatch(JSON.stringify(error), 'registered-errors.test')
  }
})

t.test('stacks: false stands whatever another end has told of its error', async (t) => {
  const deep = JSON.parse(`${'{"errors":['.repeat(4_000)}1${']}'.repeat(4_000)}`) as Json
  const told = { code: -32000, message: 'm', data: { name: 'Error', message: 'm', cause: deep } }
  t.strictSame(withoutStacks(told), { code: -32000, message: 'm' })
})
