/** What the tests of remote objects share: a daemon on a free port with objects that misbehave, and raw clients. */
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { ms } from '../../lib/ports.js'
import type { Address, Clock, Logger, Ms, Timer } from '../../lib/ports.js'
import { Connection } from '../../lib/rpc/channels/connection.js'
import type { ConnectionOptions } from '../../lib/rpc/channels/connection-options.js'
import { Daemon } from '../../lib/rpc/channels/daemon.js'
import type { DaemonOptions } from '../../lib/rpc/channels/daemon.js'
import type { ExposedObject, Handler, MethodKind } from '../../lib/rpc/exposed.js'
import type { ExposedOf } from '../../lib/rpc/handing/exports.js'
import { Connections } from '../../lib/serving/connections.js'
import { exposedObject, exposedOf } from '../../lib/serving/exposed-object.js'
import { systemClock } from '../../lib/system/clock.js'
import { systemRandom } from '../../lib/system/random.js'
import { createTransport } from '../../lib/system/transport.js'

/** The system's clock, which a test can put forward: deadlines pass without waiting for them. */
export class HastyClock implements Clock {
  #ahead = 0

  now(): Ms {
    return ms(systemClock.now() + this.#ahead)
  }

  wall(): Ms {
    return systemClock.wall()
  }

  after(delay: Ms, task: () => void): Timer {
    return systemClock.after(delay, task)
  }

  soon(task: () => void): void {
    systemClock.soon(task)
  }

  putForward(by: number): void {
    this.#ahead += by
  }
}

export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  with: () => silentLogger,
}

export type TcpAddress = Address & { kind: 'tcp' }

export function objectOf(
  methods: Readonly<Record<string, Handler>>,
  kind: MethodKind = 'plain',
): ExposedObject {
  return { methods: new Map(Object.entries(methods).map(([name, handler]) => [name, { kind, handler }])) }
}

const servingPorts = { clock: systemClock, connections: new Connections(() => undefined), failed: undefined }

/** What the class of the object has marked. */
export function exposedBy(instance: object): ExposedObject {
  return exposedObject('it', instance, servingPorts)
}

const byMarks: ExposedOf = (value) => exposedOf(value, servingPorts)

export async function startDaemon(
  objects: Readonly<Record<string, ExposedObject>>,
  options: Partial<DaemonOptions> = {},
): Promise<{ daemon: Daemon; address: TcpAddress }> {
  const daemon = new Daemon({
    transport: createTransport(),
    clock: systemClock,
    logger: silentLogger,
    exposedOf: byMarks,
    ...options,
  })
  for (const [id, object] of Object.entries(objects)) daemon.host.register(id, object)
  const address = await daemon.listen({ kind: 'tcp', host: '127.0.0.1', port: 0 })
  if (address.kind !== 'tcp') throw new Error('a TCP address was asked for')
  return { daemon, address }
}

export function connectionTo(address: Address, options: Partial<ConnectionOptions> = {}): Connection {
  return new Connection({
    address,
    transport: createTransport(),
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
    exposedOf: byMarks,
    ...options,
  })
}

/** A bare socket that collects the lines it is sent. */
export class RawClient {
  readonly socket: Socket
  readonly lines: string[] = []
  #rest = ''
  #wake: () => void = () => undefined
  #isOver = false

  constructor({ host, port }: TcpAddress) {
    this.socket = connect({ host, port })
    this.socket.setEncoding('utf8')
    this.socket.on('data', (text: string) => this.#take(text))
    this.socket.on('error', () => undefined)
    this.socket.on('close', () => {
      this.#isOver = true
      this.#wake()
    })
  }

  write(text: string | Uint8Array): this {
    this.socket.write(text)
    return this
  }

  /** The next line as JSON; undefined when the connection has ended instead. */
  async next(): Promise<unknown> {
    while (this.lines.length === 0 && !this.#isOver)
      await new Promise<void>((resolve) => (this.#wake = resolve))
    const line = this.lines.shift()
    return line === undefined ? undefined : (JSON.parse(line) as unknown)
  }

  /** When the other end has closed the connection. */
  async over(): Promise<void> {
    if (!this.#isOver) await once(this.socket, 'close')
  }

  end(): void {
    this.socket.destroy()
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    this.lines.push(...lines)
    this.#wake()
  }
}
