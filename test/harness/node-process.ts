/** The process of a node that another command has started: all that is known of it is its number. */
import { readFileSync } from 'node:fs'
import { pause } from './until.js'

/** One run of a node, whoever has started it. */
export interface NodeProcess {
  readonly isRunning: boolean
  readonly ended: Promise<unknown>
  /** What it has logged. */
  readonly stderr: string
  signal(name: NodeJS.Signals): void
}

const LOOK_MS = 50

export class BackgroundProcess implements NodeProcess {
  readonly ended: Promise<void>
  readonly #pid: number
  readonly #logFile: string

  constructor(pid: number, logFile: string) {
    this.#pid = pid
    this.#logFile = logFile
    this.ended = this.#watch()
  }

  get isRunning(): boolean {
    try {
      process.kill(this.#pid, 0)
      return !this.#isZombie
    } catch {
      return false
    }
  }

  get stderr(): string {
    return readFileSync(this.#logFile, 'utf8')
  }

  signal(name: NodeJS.Signals): void {
    if (this.isRunning) process.kill(this.#pid, name)
  }

  /** It has ended, but its parent has not asked for its exit code. Only Linux tells. */
  get #isZombie(): boolean {
    try {
      return /\) Z /.test(readFileSync(`/proc/${this.#pid}/stat`, 'utf8'))
    } catch {
      return false
    }
  }

  async #watch(): Promise<void> {
    while (this.isRunning) await pause(LOOK_MS)
  }
}
