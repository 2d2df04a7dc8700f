/**
 * How far a call has come, as its method tells it before the result: a notification of the connection that the call
 * came over, with the call's id and a value, for callers that have asked for it by `"meta":{"progress":1}`.
 *
 *     {"jsonrpc":"2.0","method":"daemon.progress","params":[5,0.25]}
 */
import { isList, membersOf, type Json } from '../../json.js'
import { isCarried, whyNotCarried } from '../../values/carried.js'
import { decoded } from '../../values/decoded.js'
import { encoded, type Encoded } from '../../values/encoded.js'
import { UnreadableValueError, UnsuitableValueError } from '../../values/unsuitable.js'
import { TAGS_VERSION } from '../exposed.js'
import { requestText, type ParamsText } from '../messages/request.js'

const REPORT = 'daemon.progress'

/** While so many bytes wait to be read at the other end, news is left out: whoever reads slowly gets the next. */
export const REPORTS_BYTES_MAX = 64 * 1024

export interface Report {
  readonly id: number
  readonly value: unknown
}

/** As this program writes it. */
export function isSurelyReport(text: string): boolean {
  return text.startsWith(`{"jsonrpc":"2.0","method":"${REPORT}",`)
}

/**
 * The notification from its method on. Nothing is handed over in it: nobody would let go of it.
 * @throws TypeError for what can't be written down, with its path; TooLargeError
 */
export function reportText(id: Json, value: unknown, readsTags: boolean): string {
  if (value !== undefined && !readsTags && !isCarried(value, 'left out'))
    throw new TypeError(`progress: ${whyNotCarried(value, 'the value', 'left out')}`)
  const { json, isTagged } = readsTags ? written(value) : { json: value ?? null, isTagged: false }
  const params = `[${JSON.stringify(id)},${JSON.stringify(json)}]` as ParamsText
  return requestText(REPORT, params, isTagged ? { tags: TAGS_VERSION } : undefined)
}

function written(value: unknown): Encoded {
  try {
    return encoded(value, 'the value')
  } catch (cause) {
    if (!(cause instanceof UnsuitableValueError)) throw cause
    throw new TypeError(`progress: ${cause.message}`, { cause })
  }
}

/** Undefined: it is none, or nothing that can be read. */
export function readReport(json: Json | undefined): Report | undefined {
  const { method, params, meta } = membersOf(json)
  if (method !== REPORT || !isList(params)) return undefined
  const [id, value = null] = params
  if (typeof id !== 'number') return undefined
  if (membersOf(meta)['tags'] !== TAGS_VERSION) return { id, value }
  try {
    return { id, value: decoded(value) }
  } catch (error) {
    if (error instanceof UnreadableValueError) return undefined
    throw error
  }
}
