/** HTTP in all its forms, with a judge: what may run a call, and what may not. */
import { connect } from 'node:net'
import fc from 'fast-check'
import { Daemon } from '../../lib/rpc/channels/daemon.js'
import { systemClock } from '../../lib/system/clock.js'
import { createTransport } from '../../lib/system/transport.js'
import { silent } from '../replica/members.js'
import { scene } from './target.js'
import type { Scene, Target } from './target.js'

export const webTargets: readonly Target[] = [
  {
    name: 'a call over HTTP runs once if its one Host, its target and its type are right, and else not at all',
    runs: 300,
    open: doorScene,
  },
]

interface Judged {
  readonly text: string
  readonly isRight: boolean
}

const judged = (right: readonly string[], wrong: readonly string[]): fc.Arbitrary<Judged> =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...right).map((text) => ({ text, isRight: true })) },
    { weight: 1, arbitrary: fc.constantFrom(...wrong).map((text) => ({ text, isRight: false })) },
  )

const hosts = judged(
  ['Host: localhost', 'host:LOCALHOST:1', 'Host: 127.0.0.1:99', 'HOST: node1.example', 'Host: [::1]:1'],
  [
    'Host: evil.example',
    'Host: localhost\r\nHost: localhost',
    'Host: localhost\r\nhost: evil.example',
    'Host: localhost, evil.example',
    'Host: localhost@evil.example',
    'Host: localhost.evil.example',
    'Host:',
    'X-Forwarded-Host: localhost',
  ],
)
const targetsOf = judged(
  ['/', 'http://localhost/', 'http://LOCALHOST:1/', 'http://node1.example/'],
  ['http://evil.example/', 'http://localhost@evil.example/', '/other', '*', '//evil.example/', 'localhost'],
)
const types = judged(
  [
    'Content-Type: application/json',
    'content-type: application/json;charset=utf8',
    'Content-Type: application/json-rpc',
    'Content-Type: Application/JSON; Charset="UTF-8"',
  ],
  [
    'Content-Type: text/plain',
    'Content-Type: application/x-www-form-urlencoded',
    'X-Type: application/json',
    'Content-Type: application/json\r\nContent-Encoding: gzip',
    'Content-Type: text/plain; application/json',
  ],
)
const bodies = judged(
  [
    '{"jsonrpc":"2.0","id":1,"method":"it.count"}',
    '\ufeff{"jsonrpc":"2.0","id":null,"method":"it.count","params":null}',
    '[{"jsonrpc":"2.0","id":"\\ud800","method":"it.count","params":[]}]',
  ],
  ['', '{"jsonrpc":"2.0","id":1,"method":"it.count"', '\ufeff\ufeff{}', '{"id":1,"method":"it.count"}'],
)
const asked = fc.record({
  host: hosts,
  target: targetsOf,
  type: types,
  body: bodies,
  isChunked: fc.boolean(),
})

interface Asked {
  readonly host: Judged
  readonly target: Judged
  readonly type: Judged
  readonly body: Judged
  readonly isChunked: boolean
}

async function doorScene(): Promise<Scene> {
  let count = 0
  const options = { transport: createTransport(), clock: systemClock, logger: silent }
  const daemon = new Daemon({ ...options, web: { hosts: ['node1.example'] } })
  const handler = (): number => ++count
  daemon.host.register('it', { methods: new Map([['count', { kind: 'plain', handler }]]) })
  const address = await daemon.listen({ kind: 'tcp', host: '127.0.0.1', port: 0 })
  const port = address.kind === 'tcp' ? address.port : 0
  const { property } = scene(asked, async (each) => {
    const before = count
    const answer = await heardFor(port, request(each))
    const { host, target, type, body } = each
    const isRight = [host, target, type, body].every((part) => part.isRight)
    if (count - before !== (isRight ? 1 : 0)) throw new Error(`it ran ${count - before} times: ${answer}`)
    if (!answer.startsWith('HTTP/1.1 ')) throw new Error(`it was answered ${JSON.stringify(answer)}`)
  })
  return { property, close: () => daemon.close() }
}

function request({ host, target, type, body, isChunked }: Asked): string {
  const length = Buffer.byteLength(body.text)
  const size = isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`
  const head = [`POST ${target.text} HTTP/1.1`, host.text, type.text, size, 'Connection: close']
  const chunk = length === 0 ? '' : `${length.toString(16)}\r\n${body.text}\r\n`
  return `${head.join('\r\n')}\r\n\r\n${isChunked ? `${chunk}0\r\n\r\n` : body.text}`
}

/** All that comes until the other end closes. */
function heardFor(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    let heard = ''
    socket.setEncoding('utf8').on('data', (chunk: string) => (heard += chunk))
    socket.on('error', () => undefined).on('close', () => resolve(heard))
    socket.write(text)
  })
}
