/**
 * A stream of the other end of a connection, for one reader: it is asked for items ahead of the reader, from the first
 * that he wants, and never for more than a few. What the reader leaves is ended at its source.
 */
import { isList, membersOf } from '../../json.js'
import { InternalError, InvalidRequestError } from '../errors.js'
import { roughBytes } from './rough-bytes.js'

/** Items that are there, or asked for, and not read yet. */
const CREDIT = 32
/** While items hold more than this, no more are asked for. */
const HELD_BYTES_ENOUGH = 256 * 1024

export interface ImportedStreamOptions {
  /** For messages. */
  readonly name: string
  /** Asks for up to so many items. */
  readonly next: (max: number) => Promise<unknown>
  /** It is over here; `isTold`: at its other end too. */
  readonly over: (isTold: boolean) => void
  /** So many bytes more of items wait to be read. */
  readonly holds: (bytes: number) => void
}

interface Reader {
  readonly resolve: (result: IteratorResult<unknown, undefined>) => void
  readonly reject: (error: unknown) => void
}

interface Held {
  readonly item: unknown
  readonly bytes: number
}

export class ImportedStream {
  readonly #options: ImportedStreamOptions
  #held: Held[] = []
  #heldBytes = 0
  readonly #readers: Reader[] = []
  #isAsked = false
  #hasReader = false
  /** What is told once all that is held is read. */
  #end: { readonly error?: unknown } | undefined

  constructor(options: ImportedStreamOptions) {
    this.#options = options
  }

  /** @throws InvalidRequestError: somebody reads it already */
  begin(): void {
    if (this.#hasReader)
      throw new InvalidRequestError(`${this.#options.name} is read already: a stream has one reader`)
    this.#hasReader = true
  }

  next(): Promise<IteratorResult<unknown, undefined>> {
    return new Promise((resolve, reject) => {
      this.#readers.push({ resolve, reject })
      this.#serve()
    })
  }

  /** The reader leaves. */
  leave(): void {
    this.#letGo(this.#held)
    this.#held = []
    if (this.#end === undefined) this.#options.over(false)
    this.#end = {}
    this.#serve()
  }

  #serve(): void {
    while (this.#readers.length > 0 && (this.#held.length > 0 || this.#end !== undefined)) {
      const reader = this.#readers.shift()
      if (reader !== undefined) this.#tell(reader)
    }
    if (this.#end === undefined) this.#ask()
  }

  #tell({ resolve, reject }: Reader): void {
    const held = this.#held.shift()
    const end = this.#end
    if (held !== undefined) {
      this.#letGo([held])
      resolve({ done: false, value: held.item })
    } else if (end !== undefined && 'error' in end) {
      this.#end = {}
      reject(end.error)
    } else resolve({ done: true, value: undefined })
  }

  #letGo(held: readonly Held[]): void {
    const bytes = held.reduce((sum, each) => sum + each.bytes, 0)
    this.#heldBytes -= bytes
    this.#options.holds(-bytes)
  }

  #ask(): void {
    const wanted = CREDIT - this.#held.length
    if (this.#isAsked || wanted < CREDIT / 2 || this.#heldBytes > HELD_BYTES_ENOUGH) return
    this.#isAsked = true
    this.#options.next(wanted).then(
      (answer) => this.#came(answer, wanted),
      (error: unknown) => this.#over({ error }),
    )
  }

  #came(answer: unknown, wanted: number): void {
    this.#isAsked = false
    if (this.#end !== undefined) return
    const { items, done } = membersOf(answer)
    if (!isList(items) || items.length > wanted || (items.length === 0 && done !== true)) {
      this.#over({
        error: new InternalError(`${this.#options.name} has brought what is no part of a stream`),
      })
      return
    }
    for (const item of items) this.#keep(item)
    if (done === true) this.#over(undefined)
    else this.#serve()
  }

  #keep(item: unknown): void {
    const bytes = roughBytes(item)
    this.#held.push({ item, bytes })
    this.#heldBytes += bytes
    this.#options.holds(bytes)
  }

  #over(failure: { readonly error: unknown } | undefined): void {
    if (this.#end !== undefined) return
    this.#end = failure ?? {}
    this.#options.over(failure === undefined)
    this.#serve()
  }
}

/** What the reader holds. */
export class RemoteStream implements AsyncIterableIterator<unknown, undefined> {
  readonly #stream: ImportedStream
  #readers = 0

  constructor(stream: ImportedStream) {
    this.#stream = stream
  }

  /** @throws InvalidRequestError: somebody reads it already */
  [Symbol.asyncIterator](): this {
    this.#stream.begin()
    return this
  }

  next(): Promise<IteratorResult<unknown, undefined>> {
    this.#readers += 1
    // Whoever waits for an item holds the stream by this, so that it is not collected, and ended, meanwhile.
    return this.#stream.next().finally(() => (this.#readers -= 1))
  }

  return(): Promise<IteratorResult<unknown, undefined>> {
    this.#stream.leave()
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.dispose](): void {
    this.#stream.leave()
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#stream.leave()
    return Promise.resolve()
  }
}
