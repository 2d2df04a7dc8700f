/**
 * A state machine's snapshot as text, in pieces of at most 64 Ki UTF-16 units each, every piece a JSON text:
 *
 *     ["head", {"format":1, …}]           first
 *     ["object", name, [chunk, …]]        chunks of a replicated object, in order; all objects in the order of the head
 *     ["sessions", [chunk, …]]            chunks of the table of sessions
 *     ["events", [chunk, …]]              chunks of the watch history
 *     ["end"]                             last
 *
 * A piece that would be longer is cut: its text follows as `["cut", text]`, … and `["joined", text]` for the last part.
 */
import { isList, parseJson, type Json } from '../../json.js'
import { isCarried, whyNotCarried } from '../../values/carried.js'
import { UnsuitableBuildError } from '../guards/unsuitable-build.js'

/** In UTF-16 units; in UTF-8 a piece has at most three times as many bytes. */
const PIECE_LENGTH_MAX = 64 * 1024
/** Of a text that is cut. Quoting it once more at most doubles it, but for half a surrogate pair at either end. */
const PART_LENGTH = PIECE_LENGTH_MAX / 2 - 64
/** Chunks are gathered until their texts are this long. */
const GATHERED_LENGTH = 32 * 1024

export type Section = readonly ['object', string] | readonly ['sessions'] | readonly ['events']

export type Piece =
  | { readonly kind: 'head'; readonly head: Json }
  | { readonly kind: 'chunks'; readonly section: Section; readonly chunks: readonly Json[] }
  | { readonly kind: 'end' }

export function* headText(head: Json): Generator<string> {
  yield* cut(JSON.stringify(['head', head]))
}

export const END_TEXT = '["end"]'

/** Pulls chunks only as far as the piece that is asked for needs them. */
export function* sectionTexts(section: Section, chunks: Iterable<Json>): Generator<string> {
  const start = `${JSON.stringify(section).slice(0, -1)},[`
  let texts: string[] = []
  let length = 0
  for (const chunk of chunks) {
    const text = JSON.stringify(chunk)
    texts.push(text)
    length += text.length
    if (length < GATHERED_LENGTH) continue
    yield* cut(`${start}${texts.join()}]]`)
    texts = []
    length = 0
  }
  if (texts.length > 0) yield* cut(`${start}${texts.join()}]]`)
}

function* cut(text: string): Generator<string> {
  if (text.length <= PIECE_LENGTH_MAX) {
    yield text
    return
  }
  for (let from = 0; from < text.length; from += PART_LENGTH) {
    const isLast = from + PART_LENGTH >= text.length
    yield JSON.stringify([isLast ? 'joined' : 'cut', text.slice(from, from + PART_LENGTH)])
  }
}

/**
 * The head that the first text of a snapshot holds; undefined for a head that is cut. Throws for a text that no
 * snapshot can begin with.
 */
export function headIn(text: string): Json | undefined {
  const parsed = parse(text)
  if (parsed[0] === 'cut') return undefined
  const piece = pieceOf(parsed)
  if (piece.kind === 'head') return piece.head
  throw new Error(`a snapshot begins with a piece of kind ${piece.kind} instead of its head`)
}

/** Reads pieces back. Throws for a text that no piece can be, and when they end before `["end"]`. */
export async function* readPieces(texts: AsyncIterable<string>): AsyncGenerator<Piece> {
  let parts: string[] = []
  for await (const text of texts) {
    const parsed = parse(text)
    if (parsed[0] === 'cut' || parsed[0] === 'joined') {
      parts.push(textOf(parsed[1]))
      if (parsed[0] === 'cut') continue
      yield pieceOf(parse(parts.join('')))
      parts = []
    } else {
      if (parts.length > 0) throw new Error('a snapshot lacks the rest of a piece')
      const piece = pieceOf(parsed)
      yield piece
      if (piece.kind === 'end') return
    }
  }
  throw new Error('a snapshot ends before its end')
}

function pieceOf([kind, ...rest]: readonly Json[]): Piece {
  const [first, second] = rest
  switch (kind) {
    case 'head':
      return { kind, head: first ?? null }
    case 'object':
      return { kind: 'chunks', section: [kind, textOf(first)], chunks: chunksOf(second) }
    case 'sessions':
    case 'events':
      return { kind: 'chunks', section: [kind], chunks: chunksOf(first) }
    case 'end':
      return { kind }
    default:
      throw new UnsuitableBuildError(
        `a snapshot has a piece of an unknown kind, ${JSON.stringify(kind ?? null)}: upgrade this program`,
      )
  }
}

/** None holds a number that JSON would write as another: of its state there could be no snapshot. */
function chunksOf(json: Json | undefined): readonly Json[] {
  const chunks = listOf(json)
  for (const chunk of chunks)
    if (!isCarried(chunk))
      throw new Error(`a piece of a snapshot is of none: ${whyNotCarried(chunk, 'a chunk')}`)
  return chunks
}

function parse(text: string): readonly Json[] {
  return listOf(parseJson(text))
}

function listOf(json: Json | undefined): readonly Json[] {
  if (isList(json)) return json
  throw new Error('a piece of a snapshot is no list')
}

function textOf(json: Json | undefined): string {
  if (typeof json === 'string') return json
  throw new Error('a piece of a snapshot has no text where one must be')
}
