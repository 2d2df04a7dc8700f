/** What the floor makes of lines: nothing at all, or what JSON takes. */
import { keyOf, VALUE } from '../contender.js'
import { countLines, textsOf } from './lines.js'

export type ModeName = 'json' | 'bytes'

export interface Mode {
  /** The client's: a command, as a line. */
  readonly request: (id: number) => string
  /** The leader's: commands that are not committed yet. */
  readonly taken: (lines: Buffer) => Taken
  /** A follower's: how many commands they were. */
  readonly applied: (lines: Buffer) => number
  /** The client's: the ids that were answered. Those of bytes are taken to be in order. */
  readonly answered: (lines: Buffer) => readonly number[]
}

export interface Taken {
  readonly count: number
  /** Applies them, and has a line for each. */
  readonly answers: () => string
}

/** Nobody looks at what our own other end has written. */
interface Request {
  readonly id: number
  readonly params: readonly [key: string, value: string]
}

const requestIn = (text: string): Request => JSON.parse(text) as Request

function json(): Mode {
  const state = new Map<string, string>()
  const set = ({ params: [key, value] }: Request): string | undefined => {
    const before = state.get(key)
    state.set(key, value)
    return before
  }
  const answer = (request: Request): string => {
    const result = JSON.stringify(set(request)?.length ?? null)
    return `{"jsonrpc":"2.0","id":${request.id},"result":${result}}\n`
  }
  return {
    request: (id) =>
      `${JSON.stringify({ jsonrpc: '2.0', id, method: 'kv.set', params: [keyOf(id), VALUE] })}\n`,
    taken: (lines) => {
      const requests = textsOf(lines).map(requestIn)
      return { count: requests.length, answers: () => requests.map(answer).join('') }
    },
    applied: (lines) => {
      const texts = textsOf(lines)
      for (const text of texts) set(requestIn(text))
      return texts.length
    },
    answered: (lines) => textsOf(lines).map((text) => (JSON.parse(text) as { readonly id: number }).id),
  }
}

const ANSWER = '{"jsonrpc":"2.0","id":1234567,"result":null}\n'

function bytes(): Mode {
  let answered = 0
  return {
    request: (id) => `{"jsonrpc":"2.0","id":${id},"method":"kv.set","params":["${keyOf(id)}","${VALUE}"]}\n`,
    taken: (lines) => {
      const count = countLines(lines)
      return { count, answers: () => ANSWER.repeat(count) }
    },
    applied: countLines,
    answered: (lines) => Array.from({ length: countLines(lines) }, () => ++answered),
  }
}

export const MODES: Readonly<Record<ModeName, () => Mode>> = { json, bytes }
