/**
 * `SET`, and `WAIT` for one replica, in Redis's own protocol. The place: host and port. `WAIT` holds up all that comes
 * behind it on its connection, so what waits goes together: one pipeline with one `WAIT` at its end, on each of a few
 * connections. So Redis is faster than with a `WAIT` for each.
 */
import { connect, type Socket } from 'node:net'
import { once } from 'node:events'
import { keyOf, VALUE } from '../contender.js'
import type { Client } from './client.js'

const CONNECTIONS = 4
const WAIT = command('WAIT', '1', '20000')

function command(...words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`
}

interface Call {
  readonly text: string
  readonly resolve: (answer: string) => void
  readonly reject: (error: Error) => void
}

export async function connectRedis(place: string): Promise<Client> {
  const [host = '', port] = place.split(':')
  const waiting: Call[] = []
  const send = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      if (waiting.push({ text, resolve, reject }) === 1) setImmediate(flush)
    })
  const lines = await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      const socket = connect(Number(port), host).setNoDelay(true)
      await once(socket, 'connect')
      return new Pipeline(socket, () => flush())
    }),
  )
  const flush = (): void => {
    const free = lines.find(({ isFree }) => isFree)
    if (waiting.length > 0) free?.send(waiting.splice(0))
  }
  return {
    set: (n) => send(command('SET', keyOf(n), VALUE)),
    get: () => Promise.reject(new Error('a read of Redis waits for no majority')),
  }
}

class Pipeline {
  #calls: readonly Call[] = []
  #rest = ''
  readonly #socket: Socket

  constructor(socket: Socket, onFree: () => void) {
    this.#socket = socket
    socket.setEncoding('latin1').on('data', (text: string) => {
      if (this.#isWhole(text)) onFree()
    })
  }

  get isFree(): boolean {
    return this.#calls.length === 0
  }

  send(calls: readonly Call[]): void {
    this.#calls = calls
    this.#socket.write(calls.map(({ text }) => text).join('') + WAIT)
  }

  /** Once there is a line for each call, and behind them how many replicas have them. */
  #isWhole(text: string): boolean {
    this.#rest += text
    const answers = this.#rest.split('\r\n')
    const calls = this.#calls
    if (answers.length <= calls.length + 1) return false
    this.#rest = ''
    this.#calls = []
    const replicas = Number(answers[calls.length]?.slice(1))
    calls.forEach(({ resolve, reject }, at) => {
      const answer = answers[at] ?? ''
      if (answer === '+OK' && replicas > 0) resolve(answer)
      else reject(new Error(`Redis answers ${answer}, and ${replicas} replicas have it`))
    })
    return true
  }
}
