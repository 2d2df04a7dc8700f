/** One child process: its lines, its end, and the pipe that ends it with this process. */
import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { PARENT_PIPE } from '../../lib/system/parent.js'

export interface ChildPlan {
  readonly id: string
  /** What follows `node` on its command line. */
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  /** At the end, lower ranks are stopped first. */
  readonly rank: number
}

export interface Ending {
  /** This process had asked for it. */
  readonly asked: boolean
  /** The child had said that its work has begun. */
  readonly wasReady: boolean
  /** `exit code 1`, `SIGKILL`. */
  readonly how: string
  /** Somebody ended it, and not the process itself. */
  readonly isBySignal: boolean
  /** The last line it printed, which may tell why. */
  readonly lastLine: string | undefined
}

/** How long a process may take to end tidily, in milliseconds. */
const STOP_MS = 5000
/** The descriptor of the pipe in the child: the first one after the standard three. */
const PIPE = 3

export class Child {
  readonly plan: ChildPlan
  readonly ended: Promise<Ending>
  readonly #process: ChildProcess
  #asked = false
  #ready = false
  #lastLine: string | undefined

  constructor(plan: ChildPlan, onLine: (line: string) => void) {
    this.plan = plan
    // A process group of its own: Ctrl-C in the terminal is for this process, which then stops the others in order.
    this.#process = spawn(process.execPath, [...plan.args], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      env: { ...plan.env, [PARENT_PIPE]: String(PIPE) },
    })
    this.#read(onLine)
    this.ended = this.#end(onLine)
  }

  /** SIGKILL. Resolves when it has ended, as all ways to end it do. */
  async kill(): Promise<void> {
    this.#asked = true
    this.#process.kill('SIGKILL')
    await this.ended
  }

  /** SIGTERM: it alone ends, and others go on, to whom it may hand something over. */
  stop(): Promise<void> {
    return this.#endTidily(() => this.#process.kill('SIGTERM'))
  }

  /**
   * It is one of all that end now, as when this process itself has ended. One that still starts need not come to its
   * end first.
   */
  stopWithAll(): Promise<void> {
    if (!this.#ready) return this.stop()
    return this.#endTidily(() => readable(this.#process.stdio[PIPE]).destroy())
  }

  async #endTidily(tell: () => void): Promise<void> {
    this.#asked = true
    const late = setTimeout(() => this.#process.kill('SIGKILL'), STOP_MS)
    tell()
    await this.ended
    clearTimeout(late)
  }

  #read(onLine: (line: string) => void): void {
    const { stdio } = this.#process
    for (const stream of [stdio[1], stdio[2]])
      createInterface({ input: readable(stream) }).on('line', (line) => {
        this.#lastLine = line
        onLine(line)
      })
    readable(stdio[PIPE])
      .on('error', () => undefined)
      .once('data', () => (this.#ready = true))
  }

  #end(onLine: (line: string) => void): Promise<Ending> {
    return new Promise((resolve) => {
      const finish = (how: string, isBySignal = false): void =>
        resolve({ asked: this.#asked, wasReady: this.#ready, how, isBySignal, lastLine: this.#lastLine })
      this.#process.once('error', (error) => {
        onLine(`error: ${error.message}`)
        finish(error.message)
      })
      this.#process.once('close', (code, signal) => finish(signal ?? `exit code ${code}`, signal !== null))
    })
  }
}

function readable(stream: unknown): Readable {
  if (typeof stream === 'object' && stream !== null && 'on' in stream) return stream as Readable
  throw new TypeError('a child process without the pipe that it was started with')
}
