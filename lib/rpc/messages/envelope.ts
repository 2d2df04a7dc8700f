/**
 * What a request says of itself at its beginning, or of its id at its very end, read without a look at its params:
 * enough to refuse a long one for its length, under its own id, before it costs anything.
 */
import { jsonIn } from '../../json.js'
import { BRACE, BRACE_END, BRACKET, BRACKET_END, COMMA, endOfString, QUOTE } from './message-size.js'

export interface Envelope {
  /** As JSON text. Undefined: it was not found, or is too long. */
  readonly id?: string
  /** Undefined: it does not stand before the params. */
  readonly method?: string
}

/** Longer than this no method's name, id or other text around the params needs to be. UTF-16 units. */
export const FIELD_LENGTH_MAX = 1024

const HEAD_LENGTH = 4 * FIELD_LENGTH_MAX
const TEXT = '"(?:[^"\\\\]|\\\\.)*"'
const NUMBER = '-?[0-9][0-9.eE+-]*'
const MEMBER = new RegExp(`\\s*(${TEXT})\\s*:\\s*(${TEXT}|${NUMBER}|true|false|null)\\s*,`, 'y')
const NUMBER_BEHIND = new RegExp(`^\\s*:\\s*(${NUMBER})`)
// With an escape for each of its characters.
const ID_NAME_LENGTH = 14
const BEGINNING = /^\uFEFF?\s*\{/
const LAST_ID = new RegExp(
  `,\\s*"id"\\s*:\\s*(${TEXT}|${NUMBER}|null)\\s*(?:,\\s*"(?:jsonrpc|method)"\\s*:\\s*${TEXT}\\s*)*}\\s*$`,
)

export function envelopeOf(text: string): Envelope {
  const found = new Map<unknown, string>()
  const head = text.slice(0, HEAD_LENGTH)
  MEMBER.lastIndex = BEGINNING.exec(head)?.[0].length ?? head.length
  for (let at = MEMBER.exec(head); at !== null; at = MEMBER.exec(head))
    found.set(jsonIn(at[1] ?? ''), at[2] ?? '')
  const method = jsonIn(found.get('method') ?? '')
  const id = found.get('id') ?? LAST_ID.exec(text.slice(-HEAD_LENGTH))?.[1]
  return {
    ...(typeof method === 'string' && { method }),
    ...(id !== undefined && id.length <= FIELD_LENGTH_MAX && isId(jsonIn(id)) && { id }),
  }
}

function isId(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || value === null
}

/**
 * The ids of a JSON text's requests, one or a batch, as they are written there, by position. The text is valid JSON.
 */
export function idTextsOf(text: string): readonly string[] {
  const ids: string[] = []
  const outside = text.trimStart().startsWith('[') ? 1 : 0
  let depth = 0
  let request = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      const end = endOfString(text, at)
      const id = depth === outside + 1 ? idAt(text, at, end + 1) : undefined
      if (id !== undefined) ids[request] = id
      at = end
    } else if (code === BRACE || code === BRACKET) depth += 1
    else if (code === BRACE_END || code === BRACKET_END) depth -= 1
    else if (code === COMMA && depth === outside) request += 1
  }
  return ids
}

/** The number behind a member's name, which stands from `start` to `end`, if the name is `id`. */
function idAt(text: string, start: number, end: number): string | undefined {
  if (end - start > ID_NAME_LENGTH || jsonIn(text.slice(start, end)) !== 'id') return undefined
  return NUMBER_BEHIND.exec(text.slice(end, end + HEAD_LENGTH))?.[1]
}
