/** The guarded door of `watch.next(object, from, options)`. */
import { isList, type Fields, type Json } from '../../json.js'
import { InvalidParamsError } from '../../rpc/errors.js'
import type { TopicFilter } from '../machine/events.js'
import { fields, whole } from '../guards/json-readers.js'

export interface WatchRequest {
  readonly object: string
  /** Null: from now on. */
  readonly from: number | null
  /** To which `from` belongs. Undefined: the caller does not say, and is believed. */
  readonly history: string | undefined
  readonly filter: TopicFilter
  readonly waitMs: number
  readonly max: number
}

/** The longest that one call waits, in milliseconds. */
const WAIT_MS_MAX = 30_000

/** How long it waits when nobody says, in milliseconds: well below what callers give a call by default. */
const WAIT_MS_DEFAULT = 5000

/** The most events that one call brings, and what it brings when nobody says. */
const BATCH_MAX = 1000

/** The longest topic or prefix that can be watched, in characters; a longer topic is watched by its beginning. */
const FILTER_LENGTH_MAX = 1024

/** The most topics of one call. */
const TOPICS_MAX = 10_000

const OPTIONS: readonly string[] = ['history', 'topic', 'prefix', 'waitMs', 'max']
const SIGNATURE = 'next(object, from, {history?, topic?, prefix?, waitMs?, max?})'

/** @throws InvalidParamsError */
export function readWatchRequest([object, from, options]: readonly Json[]): WatchRequest {
  if (typeof object !== 'string') throw new InvalidParamsError(`${SIGNATURE}: object must be a string`)
  const given = fields(options ?? {}, `${SIGNATURE}: the third parameter`)
  refuseUnknown(given)
  return {
    object,
    from: from === null ? null : whole(from, `${SIGNATURE}: from`),
    history: given['history'] === undefined ? undefined : nameOf(given['history'], 'history'),
    filter: filterOf(given['topic'], given['prefix']),
    waitMs: wholeIn(0, WAIT_MS_MAX, given['waitMs'] ?? WAIT_MS_DEFAULT, 'waitMs'),
    max: wholeIn(1, BATCH_MAX, given['max'] ?? BATCH_MAX, 'max'),
  }
}

/** What is not understood may be a filter: events would come that nobody asked for. */
function refuseUnknown(given: Fields): void {
  const unknown = Object.keys(given).find((name) => !OPTIONS.includes(name))
  if (unknown === undefined) return
  const name = JSON.stringify(unknown.slice(0, 50))
  throw new InvalidParamsError(`${SIGNATURE}: there is no option ${name}; it was not executed`)
}

function filterOf(topic: unknown, prefix: unknown): TopicFilter {
  if (topic === undefined) return { kind: 'prefix', prefix: nameOf(prefix ?? '', 'prefix') }
  if (prefix === undefined) return { kind: 'topics', topics: new Set(topicsIn(topic)) }
  throw new InvalidParamsError(`${SIGNATURE}: give a topic or a prefix, not both`)
}

/** One, or a list of them. */
function topicsIn(topic: unknown): readonly string[] {
  if (!isList(topic)) return [nameOf(topic, 'topic')]
  if (topic.length > 0 && topic.length <= TOPICS_MAX) return topic.map((each) => nameOf(each, 'each topic'))
  throw new InvalidParamsError(
    `${SIGNATURE}: topic must be a string or a list of 1 to ${TOPICS_MAX} of them, and has ${topic.length}`,
  )
}

function nameOf(value: unknown, what: string): string {
  if (typeof value === 'string' && value.length <= FILTER_LENGTH_MAX) return value
  throw new InvalidParamsError(
    `${SIGNATURE}: ${what} must be a string of at most ${FILTER_LENGTH_MAX} characters`,
  )
}

function wholeIn(least: number, most: number, value: unknown, what: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most)
    return value
  throw new InvalidParamsError(`${SIGNATURE}: ${what} must be a whole number from ${least} to ${most}`)
}
