/** A port's doors under load: batches, floods, ids and values of any kind, and callers who do not read. */
import { connect } from 'node:net'
import fc from 'fast-check'
import { systemClock } from '../../lib/system/clock.js'
import { createTransport } from '../../lib/system/transport.js'
import { Daemon } from '../../lib/rpc/channels/daemon.js'
import { silent } from '../replica/members.js'
import { scene } from './target.js'
import type { Scene, Target } from './target.js'

export const doorTargets: readonly Target[] = [
  {
    name: 'whatever results a batch brings, each call is answered once and all answers fit into a message',
    runs: 60,
    open: () => portScene(batches, checkBatch),
  },
  {
    name: 'whatever value and id a call has, both come back as they were, or are refused',
    runs: 300,
    open: () => portScene(values, checkValue),
  },
  {
    name: 'whatever several connections send at a time, each of their calls is answered once',
    runs: 40,
    open: () => portScene(floods, checkFlood),
  },
]

/** Small, so that inputs reach them. */
const LIMITS = { frameBytesMax: 64 * 1024, callBytesMax: 64 * 1024, batchMax: 200, inflightCallsMax: 16 }

async function portScene<T>(
  input: fc.Arbitrary<T>,
  check: (port: number, value: T) => Promise<void>,
): Promise<Scene> {
  const daemon = new Daemon({
    transport: createTransport(LIMITS),
    clock: systemClock,
    logger: silent,
    limits: LIMITS,
  })
  const plain = 'plain' as const
  daemon.host.register('it', {
    methods: new Map([
      ['echo', { kind: plain, handler: ([value]) => value }],
      ['now', { kind: plain, handler: ([length]) => 'x'.repeat(Number(length)) }],
      ['later', { kind: plain, handler: async ([length]) => 'x'.repeat(Number(length)) }],
      [
        'fails',
        { kind: plain, handler: ([length]) => Promise.reject(new Error('x'.repeat(Number(length)))) },
      ],
    ]),
  })
  const address = await daemon.listen({ kind: 'tcp', host: '127.0.0.1', port: 0 })
  const port = address.kind === 'tcp' ? address.port : 0
  const { property } = scene(input, (value) => check(port, value))
  return { property, close: () => daemon.close() }
}

/** All lines that come back for a text, until the other end closes. */
function linesFor(port: number, text: string): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true })
    let heard = ''
    socket.setEncoding('utf8').on('data', (chunk: string) => (heard += chunk))
    socket.on('error', reject).on('end', () => {
      socket.destroy()
      resolve(heard.split('\n').filter((line) => line !== ''))
    })
    socket.end(text)
  })
}

interface Call {
  readonly method: string
  readonly length: number
}

const call: fc.Arbitrary<Call> = fc.record({
  method: fc.constantFrom('now', 'later', 'fails', 'none'),
  length: fc.oneof(fc.nat(100), fc.nat(70_000)),
})
const batches = fc.array(call, { minLength: 1, maxLength: 200 })
const floods = fc.array(fc.array(call, { minLength: 1, maxLength: 100 }), { minLength: 1, maxLength: 12 })

function request({ method, length }: Call, id: number): string {
  return JSON.stringify({ jsonrpc: '2.0', id, method: `it.${method}`, params: [length] })
}

async function checkBatch(port: number, calls: readonly Call[]): Promise<void> {
  const [line = '', ...more] = await linesFor(port, `[${calls.map(request).join()}]\n`)
  if (more.length > 0) throw new Error('a batch has one answer')
  if (Buffer.byteLength(line) > LIMITS.frameBytesMax + 400 * calls.length)
    throw new Error(`its answer has ${line.length} bytes`)
  const answers = JSON.parse(line) as { id: number }[]
  demandEach(
    answers.map(({ id }) => id),
    calls.length,
  )
}

async function checkFlood(port: number, talks: readonly (readonly Call[])[]): Promise<void> {
  await Promise.all(
    talks.map(async (calls) => {
      const lines = await linesFor(port, `${calls.map(request).join('\n')}\n`)
      demandEach(
        lines.map((line) => (JSON.parse(line) as { id: number }).id),
        calls.length,
      )
    }),
  )
}

function demandEach(ids: readonly number[], count: number): void {
  const sorted = [...ids].sort((a, b) => a - b)
  if (sorted.length !== count || sorted.some((id, index) => id !== index))
    throw new Error(`${count} calls had answers ${sorted.join()}`)
}

/** As JSON text, and what it is a text of. */
const numberText = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc.bigInt().map(String),
  fc.tuple(fc.bigInt(), fc.nat(99), fc.integer({ min: -500, max: 500 })).map(([a, b, e]) => `${a}.${b}e${e}`),
)
const id = fc.oneof(
  numberText,
  fc.string({ unit: 'binary', maxLength: 1100 }).map((text) => JSON.stringify(text)),
  fc.constantFrom('null', '"\\ud800"', '-0', '1.10', 'true', '[]', '{"id":1}'),
)
const values = fc.record({
  id,
  value: fc.oneof(
    fc.jsonValue().map((value) => JSON.stringify(value)),
    fc.constantFrom('{"__proto__":[1]}', '"\\udfff"', '{"":{"id":7}}'),
  ),
  isFirst: fc.boolean(),
  isBatch: fc.boolean(),
})

interface Asked {
  readonly id: string
  readonly value: string
  readonly isFirst: boolean
  readonly isBatch: boolean
}

async function checkValue(port: number, { id, value, isFirst, isBatch }: Asked): Promise<void> {
  const members = [`"id":${id}`, `"method":"it.echo","params":[${value}]`]
  const text = `{"jsonrpc":"2.0",${(isFirst ? members : members.reverse()).join()}}`
  const [line = ''] = await linesFor(port, `${isBatch ? `[${text}]` : text}\n`)
  const answer = isBatch ? line.slice(1, -1) : line
  if (/"error":\{"code":-32600/.test(answer)) return
  if (answer !== `{"jsonrpc":"2.0","id":${written(id)},"result":${value}}`)
    throw new Error(`${text} was answered ${answer}`)
}

/** A number that a double holds may come back in another form. */
function written(id: string): string {
  const parsed: unknown = JSON.parse(id)
  return Number.isSafeInteger(parsed) || typeof parsed === 'string' ? JSON.stringify(parsed) : id
}
