/** Real processes of the command `rollcall`, on free ports, in a folder of their own, ended with the test. */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { forgetSpeakers, listenTo } from './last-words.js'
import { inVain, PATIENCE_MS } from './until.js'

export { freePorts } from './free-ports.js'

export const cli = join(import.meta.dirname, '../../cli.js')

/**
 * The beginning of a command line for `env`: Node.js without the module hooks that tap gives to each process which
 * a test starts, to note the files that it loads. They would double what a start costs.
 */
export const plainNode: readonly string[] = ['NODE_OPTIONS=', process.execPath]

export interface Output {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** One process. What it prints is kept; `says` waits for a line. */
export class Running {
  stdout = ''
  stderr = ''
  readonly name: string
  readonly ended: Promise<Output>
  readonly #child: ChildProcess
  readonly #listeners = new Set<() => void>()

  /**
   * `program`: what runs. Default: the command `rollcall`. `at`: the beginning of a command line that runs it somewhere
   * else, as a host has it.
   */
  constructor(
    args: readonly string[],
    cwd: string,
    env: NodeJS.ProcessEnv = {},
    program = cli,
    at: readonly string[] = [],
  ) {
    this.name = args.slice(0, 2).join(' ')
    listenTo(this, cwd)
    const [command = 'env', ...line] = [...at, 'env', ...plainNode, program, ...args]
    this.#child = spawn(command, line, {
      cwd,
      env: { ...process.env, NO_COLOR: '1', ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => this.#hear('stdout', text))
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => this.#hear('stderr', text))
    this.#child.stdin?.on('error', () => undefined)
    this.ended = new Promise((resolve) => {
      this.#child.on('close', (status) => {
        resolve({ status, stdout: this.stdout, stderr: this.stderr })
        this.#hear('stderr', '')
      })
    })
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  write(text: string): void {
    this.#child.stdin?.write(text)
  }

  endInput(text = ''): void {
    this.#child.stdin?.end(text)
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL')
    await this.ended
  }

  /** Resolves once its output matches; rejects if it ends without, or runs on for long. */
  says(pattern: RegExp): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (pattern.test(this.stdout) || pattern.test(this.stderr)) resolve()
        else if (!this.isRunning)
          reject(new Error(`it ended without saying ${String(pattern)}:\n${this.stdout}${this.stderr}`))
        else return
        over()
      }
      const late = setTimeout(() => {
        reject(inVain(`rollcall ${this.name} to say ${String(pattern)}`))
        over()
      }, PATIENCE_MS).unref()
      const over = (): void => {
        this.#listeners.delete(look)
        clearTimeout(late)
      }
      this.#listeners.add(look)
      look()
    })
  }

  #hear(stream: 'stdout' | 'stderr', text: string): void {
    this[stream] += text
    for (const listener of [...this.#listeners]) listener()
  }
}

/** A folder that goes when the test ends. */
export function temporaryFolder(t: { teardown(task: () => unknown): void }): string {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-'))
  t.teardown(() => {
    forgetSpeakers(folder)
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  })
  return folder
}
