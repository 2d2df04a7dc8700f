/** A process that is measured. */
import { fork, spawn, type ChildProcess, type Serializable } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** What is counted in the process itself. Undefined: nobody counts it there. */
export interface Vitals {
  /** Times that a file was made durable. */
  readonly syncs?: number
  /** Milliseconds in garbage collection, while the program waited. */
  readonly gcMs?: number
}

/** The question that `inside.ts` answers. */
export const VITALS = 'vitals?'

export class Subject {
  readonly #child: ChildProcess

  protected constructor(child: ChildProcess) {
    this.#child = child
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** What leaves by `send` is not among the writes that the system counts. */
  get sends(): boolean {
    return false
  }

  async vitals(): Promise<Vitals> {
    return {}
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await ended
  }

  /** The next message, or whatever else it tells in `event`; rejects if the process ends before that. */
  protected async heard<Heard>(source: NodeJS.EventEmitter, event: string): Promise<Heard> {
    const controller = new AbortController()
    const { signal } = controller
    const name = this.#child.spawnargs.slice(0, 3).join(' ')
    try {
      const [heard] = (await Promise.race([
        once(source, event, { signal }),
        once(this.#child, 'exit', { signal }).then(() => Promise.reject(new Error(`${name} has ended`))),
      ])) as [Heard]
      return heard
    } finally {
      controller.abort()
    }
  }
}

/** A program of Node.js, which has messages of its own and is asked for its vitals. */
export class NodeSubject extends Subject {
  readonly #child: ChildProcess

  /** `program`: below `dist`. */
  constructor(program: string, args: readonly string[], cwd?: string) {
    const child = fork(join(import.meta.dirname, '../..', program), args, {
      cwd,
      env: { ...process.env, NODE_OPTIONS: '' },
      execArgv: ['--import', join(import.meta.dirname, 'inside.js')],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    super(child)
    this.#child = child
  }

  override vitals(): Promise<Vitals> {
    return this.ask<Vitals>(VITALS)
  }

  /** One question at a time. */
  ask<Answer>(question: Serializable): Promise<Answer> {
    const answer = this.says<Answer>()
    this.#child.send(question)
    return answer
  }

  says<Message>(): Promise<Message> {
    return this.heard<Message>(this.#child, 'message')
  }
}

/** Any other program. */
export class ForeignSubject extends Subject {
  constructor(command: string, args: readonly string[], cwd: string) {
    super(spawn(command, args, { cwd, stdio: 'ignore' }))
  }
}
