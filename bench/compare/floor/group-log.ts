/** A file that is full of bytes from the beginning, and written again from the front once its end is reached. */
import { fdatasync, fsyncSync, openSync, write, writeSync } from 'node:fs'

const FILE_BYTES = 64 * 1024 * 1024

/** One write at a time, made durable; what comes meanwhile goes with the next one. */
export class GroupLog {
  readonly #file: number
  readonly #durable: (count: number) => void
  #at = 0
  #isBusy = false
  #waiting: Buffer[] = []
  #count = 0

  /** `durable`: told how many commands are. */
  constructor(path: string, durable: (count: number) => void) {
    this.#file = openSync(path, 'w+')
    this.#durable = durable
    writeSync(this.#file, Buffer.alloc(FILE_BYTES, 1))
    fsyncSync(this.#file)
  }

  /** `count`: of all commands, these included. */
  append(lines: Buffer, count: number): void {
    this.#waiting.push(lines)
    this.#count = count
    if (!this.#isBusy) this.#writeAll()
  }

  #writeAll(): void {
    const bytes = Buffer.concat(this.#waiting)
    const count = this.#count
    this.#isBusy = true
    this.#waiting = []
    if (this.#at + bytes.length > FILE_BYTES) this.#at = 0
    const done = (error: Error | null): void => {
      if (error !== null) throw error
      this.#isBusy = false
      if (this.#waiting.length > 0) this.#writeAll()
      this.#durable(count)
    }
    write(this.#file, bytes, 0, bytes.length, this.#at, (error) => {
      if (error !== null) throw error
      fdatasync(this.#file, done)
    })
    this.#at += bytes.length
  }
}
