/** A balancer as a real process in front of a cluster, and callers that reach it by each of its transports. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { WebSocket } from 'ws'
import type { Cluster, Teardown } from './cluster.js'
import { freePorts, type Running } from './processes.js'

export interface Answer {
  readonly id: number | null
  readonly result?: unknown
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown }
}

export interface Caller {
  /** Undefined: the connection ended before the answer came. */
  call(method: string, params: readonly unknown[], meta?: object): Promise<Answer | undefined>
  end(): void
}

export class BalancerProcess {
  readonly url: string
  readonly #cluster: Cluster
  readonly #flags: readonly string[]
  running: Running

  private constructor(
    cluster: Cluster,
    readonly port: number,
    flags: readonly string[],
  ) {
    this.#cluster = cluster
    this.#flags = flags
    this.url = `http://localhost:${port}`
    this.running = this.start()
  }

  /** Resolves when it takes connections; ended with the cluster. */
  static async start(cluster: Cluster, flags: readonly string[] = []): Promise<BalancerProcess> {
    const [port = 0] = await freePorts(1)
    const balancer = new BalancerProcess(cluster, port, flags)
    await balancer.running.says(/balancer ready/)
    return balancer
  }

  /** Starts the process, anew if it has run before. */
  start(): Running {
    this.running = this.#cluster.run('balancer', '--port', String(this.port), ...this.#flags)
    this.#cluster.processes.set('balancer', this.running)
    return this.running
  }

  lines(): Promise<Caller> {
    return linesCaller(this.port)
  }

  webSocket(): Promise<Caller> {
    return webSocketCaller(this.port)
  }

  http(): Caller {
    return httpCaller(this.url)
  }

  /** One of each transport. */
  async callers(t: Teardown): Promise<readonly Caller[]> {
    const all = [await this.lines(), await this.webSocket(), this.http()]
    t.teardown(() => {
      for (const caller of all) caller.end()
    })
    return all
  }
}

/** Calls by number until their answers come, whatever carries them. */
class Calls {
  readonly #waiting = new Map<number, (answer: Answer | undefined) => void>()
  #last = 0

  begin(send: (text: string) => void, method: string, params: readonly unknown[], meta?: object) {
    const id = ++this.#last
    return new Promise<Answer | undefined>((resolve) => {
      this.#waiting.set(id, resolve)
      send(JSON.stringify({ jsonrpc: '2.0', id, method, params, meta }))
    })
  }

  answered(text: string): void {
    const answer = JSON.parse(text) as Answer
    this.#waiting.get(answer.id ?? 0)?.(answer)
    this.#waiting.delete(answer.id ?? 0)
  }

  over(): void {
    for (const resolve of this.#waiting.values()) resolve(undefined)
    this.#waiting.clear()
  }
}

async function linesCaller(port: number): Promise<Caller> {
  const calls = new Calls()
  const socket = connect({ host: 'localhost', port })
  let rest = ''
  socket.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) calls.answered(line)
  })
  socket.on('error', () => undefined).on('close', () => calls.over())
  await once(socket, 'connect')
  return {
    call: (method, params, meta) =>
      socket.writable
        ? calls.begin((text) => socket.write(`${text}\n`), method, params, meta)
        : Promise.resolve(undefined),
    end: () => socket.destroy(),
  }
}

async function webSocketCaller(port: number): Promise<Caller> {
  const calls = new Calls()
  const socket = new WebSocket(`ws://localhost:${port}/`)
  socket.on('message', (data: Buffer) => calls.answered(data.toString('utf8')))
  socket.on('error', () => undefined).on('close', () => calls.over())
  await once(socket, 'open')
  return {
    call: (method, params, meta) =>
      socket.readyState === WebSocket.OPEN
        ? calls.begin((text) => socket.send(text), method, params, meta)
        : Promise.resolve(undefined),
    end: () => socket.terminate(),
  }
}

function httpCaller(url: string): Caller {
  return {
    call: async (method, params, meta) => {
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params, meta })
      const headers = { 'content-type': 'application/json' }
      const response = await fetch(url, { method: 'POST', headers, body }).catch(() => undefined)
      return response === undefined ? undefined : ((await response.json()) as Answer)
    },
    end: () => undefined,
  }
}
