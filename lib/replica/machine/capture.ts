/**
 * A state machine's snapshot while it is taken: everything as it was at one entry of the log, pulled piece by piece.
 */
import type { Json } from '../../json.js'
import type { Clock, Logger, Ms } from '../../ports.js'
import { END_TEXT, headText, sectionTexts } from './snapshot-text.js'
import type { Section } from './snapshot-text.js'
import { Sliced } from '../objects/sliced.js'

/** Where the chunks of one section come from. Called once, when the capture begins. */
export interface CaptureSource {
  readonly section: Section
  readonly capture: () => Iterable<Json>
}

/** One section's texts, still to be pulled; `close` tells the chunks' owner that the rest is not wanted. */
interface Open {
  readonly section: Section
  readonly texts: Iterator<string>
  readonly close: () => void
}

export interface CaptureOptions {
  readonly head: Json
  readonly sources: readonly CaptureSource[]
  readonly clock: Clock
  readonly logger: Logger
  /** A source that holds everything up for longer than this is warned about. */
  readonly patience: Ms
  /** Called once, at the end. */
  readonly released: () => void
}

export class Capture {
  readonly #options: CaptureOptions
  readonly #texts: Iterator<string>
  readonly #open: Open[] = []
  #released = false
  /** Of the objects' sections, as far as they were pulled. UTF-16 units. */
  objectsLength = 0

  /**
   * Chunks that are not sliced are written out here and now.
   * @throws what a source throws, after it has closed those before it.
   */
  constructor(options: CaptureOptions) {
    this.#options = options
    try {
      for (const source of options.sources) this.#open.push(this.#begin(source))
    } catch (error) {
      this.release()
      throw error
    }
    this.#texts = this.#all(options.head)
  }

  #begin(source: CaptureSource): Open {
    const { clock, logger, patience } = this.#options
    const began = clock.now()
    const open = begin(source)
    const took = clock.now() - began
    if (took > patience) {
      logger.warn(
        `the snapshot of ${source.section.join(' ')} held everything up: give its class a sliced snapshot (docs/objects.md)`,
        { ms: Math.round(took) },
      )
    }
    return open
  }

  /**
   * The next piece of text, undefined after the last: a few milliseconds of work at most. Throws what an object's
   * snapshot throws; nothing can be pulled after that.
   */
  next(): string | undefined {
    if (this.#released) return undefined
    try {
      const next = this.#texts.next()
      if (next.done !== true) return next.value
    } catch (error) {
      this.release()
      throw error
    }
    this.release()
    return undefined
  }

  *#all(head: Json): Generator<string> {
    yield* headText(head)
    for (const { section, texts } of this.#open) {
      for (const text of { [Symbol.iterator]: () => texts }) {
        if (section[0] === 'object') this.objectsLength += text.length
        yield text
      }
    }
    yield END_TEXT
  }

  /** The rest is not wanted, or there is none. Harmless when called again. */
  release(): void {
    if (this.#released) return
    this.#released = true
    for (const { close } of this.#open) close()
    this.#options.released()
  }
}

function begin({ section, capture }: CaptureSource): Open {
  const chunks = capture()
  if (!(chunks instanceof Sliced)) {
    return { section, texts: [...sectionTexts(section, chunks)].values(), close: () => undefined }
  }
  const begun: Iterator<Json>[] = []
  const close = (): void => begun.forEach((part) => part.return?.())
  try {
    for (const part of chunks.parts) begun.push(new Begun(part[Symbol.iterator]()))
  } catch (error) {
    close()
    throw error
  }
  return { section, texts: sectionTexts(section, oneAfterAnother(begun)), close }
}

/** The first chunk is pulled ahead: a generator that has not begun would see a later state, and not hear of its end. */
class Begun implements Iterator<Json> {
  #ahead: IteratorResult<Json> | undefined

  constructor(private readonly chunks: Iterator<Json>) {
    this.#ahead = chunks.next()
  }

  next(): IteratorResult<Json> {
    const next = this.#ahead ?? this.chunks.next()
    this.#ahead = undefined
    return next
  }

  return(): IteratorResult<Json> {
    return this.chunks.return?.() ?? { done: true, value: undefined }
  }
}

function* oneAfterAnother(parts: readonly Iterator<Json>[]): Generator<Json> {
  for (const part of parts) yield* { [Symbol.iterator]: () => part }
}
