/**
 * The events of one entry while it runs: what one command may emit, several share. They count only if it ends without
 * an error.
 */
import { shortJson, type Json } from '../../json.js'
import { isCarried, whyNotCarried } from '../../values/carried.js'
import { valuesIn } from '../../rpc/messages/message-size.js'
import { isDeeper, NESTING_MAX } from './command-text.js'
import type { Emitted } from './packed-events.js'

/** Most events that one command may emit. */
export const COMMAND_EVENTS_MAX = 1000

/** Most characters that the events of one command may have: topics and the JSON text of their data together. */
const COMMAND_EVENTS_TEXT_MAX = 2 * 1024 * 1024

/** Most values in the data of one command's events, so that they fit into one message. */
const COMMAND_EVENTS_VALUES_MAX = 240_000

export class Emissions {
  /** Undefined: there are none. */
  events: Emitted[] | undefined
  #text = 0
  /** The values of so many of the events are counted. */
  #counted = 0
  #values = 0
  /** Of those that were refused for their number or their length, the texts whose values are not counted yet. */
  #refused: string[] | undefined

  /**
   * Takes a copy of `data`. `object`: whose command emits. @throws TypeError for a topic that is no string and for data
   * that JSON can't carry
   * @throws RangeError for more than one command may emit
   */
  emit(object: string, topic: string, data: Json): void {
    if (typeof topic !== 'string') throw new TypeError('emit(topic, data): topic must be a string')
    const text = shortJson(data) ?? longJson(data)
    this.#text += topic.length + text.length
    const event = { object, topic, text }
    if (this.events === undefined) this.events = [event]
    else this.events.push(event)
    // A text holds no more values than characters, so that few are looked at.
    if (this.events.length > COMMAND_EVENTS_MAX || this.#text > COMMAND_EVENTS_VALUES_MAX)
      this.#judgeLast(this.events)
  }

  #judgeLast(events: Emitted[]): void {
    const isTooMany = events.length > COMMAND_EVENTS_MAX
    if (isTooMany || this.#text > COMMAND_EVENTS_TEXT_MAX) {
      ;(this.#refused ??= []).push(events.pop()?.text ?? '')
      throw new RangeError(
        isTooMany
          ? `a command emits at most ${COMMAND_EVENTS_MAX} events`
          : `the events of a command have at most ${COMMAND_EVENTS_TEXT_MAX} characters`,
      )
    }
    if (!this.#hasTooManyValues(events)) return
    this.#counted = events.length - 1
    events.pop()
    throw new RangeError(`the events of a command hold at most ${COMMAND_EVENTS_VALUES_MAX} values`)
  }

  #hasTooManyValues(events: readonly Emitted[]): boolean {
    const uncounted = events.slice(this.#counted).map(({ text }) => text)
    for (const text of [...(this.#refused ?? []), ...uncounted])
      this.#values += valuesIn(text, COMMAND_EVENTS_VALUES_MAX)
    this.#refused = undefined
    this.#counted = events.length
    return this.#values > COMMAND_EVENTS_VALUES_MAX
  }
}

/** How deep a replica's stack lets it go must not decide whether there is an event. */
function longJson(data: Json): string {
  if (isDeeper(data, NESTING_MAX))
    throw new TypeError(`emit(topic, data): data is nested at most ${NESTING_MAX} levels deep`)
  if (isCarried(data)) return JSON.stringify(data)
  throw new TypeError(
    `emit(topic, data): JSON can't carry ${typeof data} as data: ${whyNotCarried(data, 'it')}`,
  )
}
