/** A member in a process of its own that can say which functions it has entered since it was last asked. */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Entered } from './measured.js'

export class MeasuredMember {
  readonly #process: ChildProcess

  /** `args`: as behind `rollcall`. `cwd`: where its data folder comes. */
  constructor(args: readonly string[], cwd: string) {
    this.#process = fork(join(import.meta.dirname, 'measured.js'), args, { cwd })
  }

  async entered(): Promise<readonly Entered[]> {
    const answered = once(this.#process, 'message') as Promise<[readonly Entered[]]>
    this.#process.send('entered?')
    const [functions] = await answered
    return functions
  }

  async kill(): Promise<void> {
    const ended = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await ended
  }
}
