/** Reads a state machine's snapshot: the head, the sections in their order, the end. */
import type { Json } from '../../json.js'
import type { Clock } from '../../ports.js'
import { readPieces } from './snapshot-text.js'
import type { Piece, Section } from './snapshot-text.js'

export class SnapshotReader {
  readonly #pieces: AsyncGenerator<Piece>
  /** Read, and not taken yet. */
  #ahead: Piece | undefined

  constructor(texts: AsyncIterable<string>, clock: Clock) {
    this.#pieces = readPieces(paced(texts, clock))
  }

  async head(): Promise<Json> {
    const piece = await this.#take()
    if (piece.kind === 'head') return piece.head
    throw new Error(`the snapshot begins with a piece of kind ${piece.kind} instead of its head`)
  }

  /** Lets `read` have the section's chunks, and passes over those that it leaves. */
  async section<T>(section: Section, read: (chunks: AsyncIterable<Json>) => Promise<T>): Promise<T> {
    const result = await read(this.#chunks(section))
    while ((await this.#nextOf(section)) !== undefined);
    return result
  }

  async end(): Promise<void> {
    const piece = await this.#take()
    if (piece.kind === 'end') return
    const what = piece.kind === 'chunks' ? piece.section.join(' ') : piece.kind
    throw new Error(`the snapshot has a piece that nothing here reads: ${what}`)
  }

  async *#chunks(section: Section): AsyncGenerator<Json> {
    for (let chunks = await this.#nextOf(section); chunks; chunks = await this.#nextOf(section)) yield* chunks
  }

  async #nextOf(section: Section): Promise<readonly Json[] | undefined> {
    const piece = await this.#take()
    if (piece.kind === 'chunks' && piece.section.join(' ') === section.join(' ')) return piece.chunks
    this.#ahead = piece
    return undefined
  }

  async #take(): Promise<Piece> {
    const ahead = this.#ahead
    this.#ahead = undefined
    if (ahead !== undefined) return ahead
    const next = await this.#pieces.next()
    if (next.done === true) throw new Error('the snapshot ends before its end')
    return next.value
  }
}

/** So much work, in milliseconds or in pieces, goes on in one turn of the event loop. */
const TURN_MS = 4
const TURN_PIECES = 16

/** The same texts, with breath between them for whatever else the process does. */
async function* paced(texts: AsyncIterable<string>, clock: Clock): AsyncGenerator<string> {
  let [began, count] = [clock.now(), 0]
  for await (const text of texts) {
    yield text
    count += 1
    if (count < TURN_PIECES && clock.now() - began < TURN_MS) continue
    await new Promise<void>((resolve) => clock.soon(resolve))
    ;[began, count] = [clock.now(), 0]
  }
}
