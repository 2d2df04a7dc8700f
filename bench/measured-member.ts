/** A member in a process of its own that can say which functions it has entered since it was last asked. */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Entered } from './measured.js'

export class MeasuredMember {
  readonly #process: ChildProcess
  readonly #ended: Promise<unknown>

  /** `args`: as behind `rollcall`. `cwd`: where its data folder comes. */
  constructor(args: readonly string[], cwd: string) {
    this.#process = fork(join(import.meta.dirname, 'measured.js'), args, { cwd })
    this.#ended = once(this.#process, 'exit')
  }

  async entered(): Promise<readonly Entered[]> {
    const answered = once(this.#process, 'message') as Promise<[readonly Entered[]]>
    const ended = this.#ended.then(() => {
      throw new Error('a member has ended that is followed')
    })
    this.#process.send('entered?')
    const [functions] = await Promise.race([answered, ended])
    return functions
  }

  /** Harmless when it has ended already. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL')
    await this.#ended
  }
}
