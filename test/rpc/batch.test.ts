/** Batches: run call by call, and answered by no more than a message may hold. */
import t from 'tap'
import type { Test } from 'tap'
import { OutcomeUnknownError, OverloadedError } from '../../lib/rpc/errors.js'
import { Host } from '../../lib/rpc/host.js'
import { type Handler } from '../../lib/rpc/exposed.js'
import { DEFAULT_LIMITS } from '../../lib/rpc/limits.js'
import { servedOf } from '../../lib/rpc/channels/served.js'
import { ManualClock } from '../harness/manual-clock.js'
import { silent } from '../harness/ports.js'
import { objectOf, RawClient, startDaemon } from './rig.js'
import type { TcpAddress } from './rig.js'

const KIB = 1024
const LIMITS = { frameBytesMax: 64 * KIB, callBytesMax: 64 * KIB }

interface Answer {
  readonly id: number
  readonly result?: unknown
  readonly error?: { readonly code: number; readonly message: string; readonly data?: { name: string } }
}

function batch(method: string, count: number): string {
  const calls = Array.from({ length: count }, (_, id) => ({ jsonrpc: '2.0', id, method, params: [] }))
  return JSON.stringify(calls)
}

type Ask = (address: TcpAddress, text: string) => Promise<string>

async function overLines(t: Test, address: TcpAddress, text: string): Promise<string> {
  const client = new RawClient(address)
  t.teardown(() => client.end())
  return JSON.stringify(await client.write(`${text}\n`).next())
}

async function overHttp({ host, port }: TcpAddress, body: string): Promise<string> {
  const headers = { 'content-type': 'application/json' }
  return (await fetch(`http://${host}:${port}/`, { method: 'POST', headers, body })).text()
}

t.test('a batch whose answers exceed the longest message', async (t) => {
  let runs = 0
  const big = 'x'.repeat(10 * KIB)
  const it = objectOf({
    now: () => big + String(++runs),
    later: async () => big + String(++runs),
    fails: () => {
      throw new Error(big)
    },
  })
  const { daemon, address } = await startDaemon({ it }, { limits: LIMITS })
  t.teardown(() => daemon.close())
  const doors: Readonly<Record<string, Ask>> = {
    lines: (where, text) => overLines(t, where, text),
    HTTP: overHttp,
  }
  for (const [door, ask] of Object.entries(doors)) {
    for (const method of ['it.now', 'it.later', 'it.fails']) {
      runs = 0
      const text = await ask(address, batch(method, 100))
      const answers = JSON.parse(text) as Answer[]
      t.ok(text.length <= LIMITS.frameBytesMax, `${method} over ${door}: ${text.length} bytes`)
      t.same(
        answers.map(({ id }) => id),
        Array.from({ length: 100 }, (_, id) => id),
        'each call is answered',
      )
      const said = answers.filter(({ error }) => error?.data?.name === 'ResultTooLarge')
      const refused = answers.filter(({ error }) => error?.code === -32009)
      t.ok(said.length + refused.length > 0, 'what does not fit is an error')
      if (method === 'it.fails') continue
      const whole = answers.filter(({ result }) => result !== undefined)
      t.equal(whole.length + said.length, runs, 'what has run is not said to be refused')
      t.equal(whole.length + said.length + refused.length, 100)
      if (method === 'it.now')
        t.match(refused[0]?.error?.message, /this call was not executed; send it in another batch$/)
    }
  }
  t.match(await overHttp(address, JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'daemon.ping' })), 'pong')
})

t.test('540 results of 1 MB in one batch do not end the process', async (t) => {
  const big = 'x'.repeat(1_000_000)
  const { daemon, address } = await startDaemon({ it: objectOf({ big: async () => big }) })
  t.teardown(() => daemon.close())
  const text = await overHttp(address, batch('it.big', 540))
  t.ok(text.length <= 16 * KIB * KIB, `${text.length} bytes`)
  t.equal((JSON.parse(text) as Answer[]).length, 540)
})

t.test('an error that no string can hold is cut, and hurts nobody else', async (t) => {
  const it = objectOf({
    fails: () => {
      throw new Error('x'.repeat(2 ** 28))
    },
  })
  const { daemon, address } = await startDaemon({ it })
  t.teardown(() => daemon.close())
  const client = new RawClient(address)
  t.teardown(() => client.end())
  client.write('{"jsonrpc":"2.0","id":1,"method":"it.fails"}\n')
  t.match(await client.next(), { id: 1, error: { code: -32000, message: /^x{1000,20000}… \(\d+ more\)$/ } })
})

t.test('calls of others run between those of a batch', async (t) => {
  const order: string[] = []
  const it = objectOf({ slow: () => void order.push('batch'), ping: () => void order.push('other') })
  const { daemon, address } = await startDaemon({ it })
  t.teardown(() => daemon.close())
  const [one, other] = [new RawClient(address), new RawClient(address)]
  t.teardown(() => one.end())
  t.teardown(() => other.end())
  other.write('{"jsonrpc":"2.0","id":0,"method":"daemon.ping"}\n')
  await other.next()
  one.write(`${batch('it.slow', 1000)}\n`)
  other.write('{"jsonrpc":"2.0","id":1,"method":"it.ping"}\n')
  await Promise.all([one.next(), other.next()])
  t.not(order.at(-1), 'other', 'the batch does not go first as a whole')
})

t.test('calls of a batch that are in order wait for those before them, and others do not', async (t) => {
  const ran: unknown[] = []
  const it = objectOf({
    later: async ([name]) => {
      await new Promise((resolve) => setImmediate(resolve))
      return ran.push(name)
    },
    now: ([name]) => ran.push(name),
  })
  const { daemon, address } = await startDaemon({ it })
  t.teardown(() => daemon.close())
  const request = (id: number, method: string, inOrder?: string): object => ({
    jsonrpc: '2.0',
    id,
    method: `it.${method}`,
    params: [`${id}`],
    ...(inOrder !== undefined && { meta: { inOrder } }),
  })
  const requests = [
    request(0, 'later'),
    request(1, 'now', 'ended'),
    request(2, 'later', 'begun'),
    request(3, 'now', 'ended'),
    request(4, 'now'),
    request(5, 'now', 'sometime'),
  ]
  for (const [door, ask] of [
    ['lines', (text: string) => overLines(t, address, text)],
    ['HTTP', (text: string) => overHttp(address, text)],
  ] as const) {
    ran.length = 0
    const answers = JSON.parse(await ask(JSON.stringify(requests))) as Answer[]
    t.same(
      ran.filter((name) => name !== '4'),
      ['0', '1', '2', '3'],
      door,
    )
    t.ok(ran.includes('4'))
    t.equal(answers[5]?.error?.code, -32600, 'what is no order is refused')
  }
})

t.test('bug: a call that waited for others in its batch had its time anew, and ran for nobody', async (t) => {
  const restMs: (number | undefined)[] = []
  const clock = new ManualClock()
  let end = (): void => undefined
  const slow = new Promise<null>((resolve) => (end = () => resolve(null)))
  const rest: Handler = (_, { deadline }) => {
    restMs.push(deadline === undefined ? undefined : deadline - clock.now())
    return null
  }
  const host = new Host()
  host.register('it', objectOf({ slow: () => slow, rest }))
  const { rpc } = servedOf(host, DEFAULT_LIMITS, { clock, logger: silent })
  const request = (id: number, method: string, timeoutMs: number): object => ({
    jsonrpc: '2.0',
    id,
    method: `it.${method}`,
    meta: { inOrder: 'ended', timeoutMs },
  })
  const requests = [request(0, 'slow', 9000), request(1, 'rest', 500), request(2, 'rest', 200)]
  const answered = new Promise<string | undefined>((resolve) => {
    const work = rpc.answer(JSON.stringify(requests), { kind: 'lines', remote: 'x' }, resolve)
    while (work?.next() === true);
  })
  clock.advance(300)
  end()
  const answers = JSON.parse((await answered) ?? '') as Answer[]
  t.same(restMs, [200])
  t.match(answers[2]?.error, { code: -32012, message: /its time was over before its turn came/ })
})

t.test('behind a call that is to be sent again nothing runs that is in order', async (t) => {
  const ran: unknown[] = []
  const it = objectOf({
    now: ([name]) => ran.push(name),
    refused: () => {
      throw new OverloadedError('ask again later')
    },
    unknown: async () => {
      throw new OutcomeUnknownError('it may be executed')
    },
    fails: () => {
      throw new Error('its own')
    },
  })
  const { daemon, address } = await startDaemon({ it })
  t.teardown(() => daemon.close())
  const behind = async (method: string): Promise<number | undefined> => {
    const calls = [
      { jsonrpc: '2.0', id: 1, method: `it.${method}` },
      { jsonrpc: '2.0', id: 2, method: 'it.now', params: [method], meta: { inOrder: 'ended' } },
    ]
    const answers = JSON.parse(await overLines(t, address, JSON.stringify(calls))) as Answer[]
    return answers[1]?.error?.code
  }
  t.equal(await behind('refused'), -32010)
  t.equal(await behind('unknown'), -32001, 'this one has surely not run')
  t.equal(await behind('fails'), undefined)
  t.same(ran, ['fails'])
})
