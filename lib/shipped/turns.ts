/**
 * Who has something for a while, and who waits for it, by name: what `lock`, `semaphore` and `election` have in common.
 * Whoever has it keeps it up, or it is over and the next one has it; those who wait keep their places up likewise.
 */
import { isList, isWhole, membersOf, type Json } from '../json.js'
import { commandContext } from '../replica/objects/context.js'
import { sliced } from '../replica/objects/sliced.js'
import { InvalidParamsError, OverloadedError } from '../rpc/errors.js'
import { demandKnown, readFlag, readWhole } from './read-params.js'
import { TimedMap } from './timed-map.js'

/** What may be asked for at a turn. */
export interface TurnOptions {
  /** For how long it is had, or waited for, unless it is kept up. Milliseconds of the log. Default 10,000. */
  readonly ttlMs?: number
  /** Whether to wait for it where somebody else has it. Default true. */
  readonly wait?: boolean
}

/** It is had, by this token; or it is waited for, behind so many; or it is neither: null. */
export type Turn = { readonly token: number } | { readonly ahead: number } | null

/** A token that is not that of whoever has it now. */
export class StaleTokenError extends Error {
  override readonly name = 'StaleTokenError'
}

export const TURN_LIMITS = {
  /** Names that somebody has. */
  names: 100_000,
  /** Those who wait for one name. */
  waiting: 1_000,
  permits: 500,
  nameLength: 512,
  idLength: 128,
  valueLength: 512,
  ttlMs: 86_400_000,
}
const TTL_MS_MIN = 100
const HELD_FOR_MS = 10_000
/** Of one entry, and the permits of one name: each grant is an event, and a command emits 1,000. */
const GRANTS_AT_ONCE = 500

interface Place {
  readonly id: string
  readonly ttlMs: number
  readonly endsAt: number
  readonly value: Json
}

interface Holder extends Place {
  readonly token: number
}

interface Queue {
  readonly permits: number
  readonly holders: readonly Holder[]
  readonly waiting: readonly Place[]
}

const NOBODY: Queue = { permits: 1, holders: [], waiting: [] }

export class Turns {
  readonly #queues = new TimedMap(endOf)
  #lastToken = 0

  /** Asks for it, or keeps up what was asked for before. */
  ask(
    name: string,
    id: string,
    {
      ttlMs,
      wait,
      value,
      permits,
    }: Required<TurnOptions> & { readonly value: Json; readonly permits: number },
  ): Turn {
    const before = this.#queues.get(name) ?? this.#another(name)
    const place: Place = { id, ttlMs, value, endsAt: commandContext().now + ttlMs }
    const renewed = renewedIn({ ...before, permits }, id, () => place)
    // With more permits than before others have their turn first.
    const queue = this.#granted(name, renewed ?? { ...before, permits })
    const isNew = renewed === undefined
    const isFull = queue.holders.length >= permits
    if (isNew && isFull && wait && queue.waiting.length >= TURN_LIMITS.waiting)
      throw new OverloadedError(
        `${TURN_LIMITS.waiting} wait for ${JSON.stringify(name)} already: ask again later`,
      )
    const joins = isNew && (wait || !isFull)
    this.#put(name, joins ? this.#granted(name, { ...queue, waiting: [...queue.waiting, place] }) : queue)
    return this.turnOf(name, id)
  }

  /** Keeps it up, or the place at which it is waited for. */
  renew(name: string, id: string): Turn {
    const { now } = commandContext()
    const before = this.#queues.get(name)
    const renewed = before && renewedIn(before, id, (place) => ({ ...place, endsAt: now + place.ttlMs }))
    if (renewed !== undefined) this.#put(name, renewed)
    return this.turnOf(name, id)
  }

  /** Gives it back, or waits no longer; whether there was anything to give back. */
  release(name: string, id: string): boolean {
    const before = this.#queues.get(name)
    if (before === undefined || turnIn(before, id) === null) return false
    this.#leave(name, before, (place) => place.id === id)
    return true
  }

  /** @throws StaleTokenError unless whoever has it now has it by that token */
  demand(name: string, token: number): void {
    const { holders } = this.#queues.get(name) ?? NOBODY
    if (holders.some((holder) => holder.token === token)) return
    const tokens = holders.map((holder) => holder.token)
    const now = tokens.length === 0 ? 'nobody has it' : `it is had by ${tokens.join(', ')}`
    throw new StaleTokenError(`the token ${token} for ${JSON.stringify(name)} is stale: ${now}`)
  }

  turnOf(name: string, id: string): Turn {
    return turnIn(this.#queues.get(name) ?? NOBODY, id)
  }

  queueOf(name: string): Queue {
    return this.#queues.get(name) ?? NOBODY
  }

  get nextExpiry(): number | undefined {
    return this.#queues.nextEnd
  }

  /** Ends what is over, as far as one command can. */
  expire(): boolean {
    const { now } = commandContext()
    for (let left = GRANTS_AT_ONCE; left > 0;) {
      const over = this.#queues.takeOver(now)
      if (over === undefined) return false
      const [name, before] = over
      this.#leave(name, before, ({ endsAt }) => endsAt <= now)
      left -= before.permits
    }
    return true
  }

  attempt(run: () => void): void {
    const lastToken = this.#lastToken
    try {
      this.#queues.attempt(run)
    } catch (error) {
      this.#lastToken = lastToken
      throw error
    }
  }

  /** The last token, then of each name `[name, permits, [holder, …], [waiting, …]]`. */
  snapshot(): Iterable<Json> {
    return sliced([this.#lastToken], written(this.#queues.capture()))
  }

  async restore(chunks: AsyncIterable<Json>): Promise<void> {
    for await (const chunk of chunks) {
      if (isWhole(chunk)) {
        this.#lastToken = chunk
        continue
      }
      const [name, queue] = read(chunk)
      this.#queues.set(name, queue)
    }
  }

  #another(name: string): Queue {
    if (this.#queues.size < TURN_LIMITS.names) return NOBODY
    throw new OverloadedError(
      `${JSON.stringify(name)} was refused: ${TURN_LIMITS.names} names are in use: give some back`,
    )
  }

  #leave(name: string, before: Queue, leaves: (place: Place) => boolean): void {
    const stays = (place: Place): boolean => !leaves(place)
    const holders = before.holders.filter(stays)
    const after = this.#granted(name, { ...before, holders, waiting: before.waiting.filter(stays) })
    const last = before.holders.at(-1)
    // By the token of the last one it is known from which grant on there was nobody.
    if (after.holders.length === 0 && last !== undefined)
      commandContext().emit(name, { id: null, token: last.token, value: null })
    this.#put(name, after)
  }

  /** With as many holders as there are permits, in the order of arrival. */
  #granted(name: string, queue: Queue): Queue {
    const free = Math.max(0, queue.permits - queue.holders.length)
    if (free === 0 || queue.waiting.length === 0) return queue
    const granted = queue.waiting.slice(0, free).map((place) => this.#grant(name, place))
    return { ...queue, holders: [...queue.holders, ...granted], waiting: queue.waiting.slice(free) }
  }

  /** It begins now, however long it was waited for. */
  #grant(name: string, place: Place): Holder {
    const context = commandContext()
    // Of an entry that grants several each has a token of its own.
    const token = Math.max(context.index, this.#lastToken + 1)
    this.#lastToken = token
    context.emit(name, { id: place.id, token, value: place.value })
    return { ...place, token, endsAt: context.now + place.ttlMs }
  }

  #put(name: string, queue: Queue): void {
    if (queue.holders.length + queue.waiting.length === 0) this.#queues.delete(name)
    else this.#queues.set(name, queue)
  }
}

function endOf({ holders, waiting }: Queue): number | undefined {
  let end = Infinity
  for (const { endsAt } of holders) end = Math.min(end, endsAt)
  for (const { endsAt } of waiting) end = Math.min(end, endsAt)
  return end === Infinity ? undefined : end
}

function turnIn({ holders, waiting }: Queue, id: string): Turn {
  const holder = holders.find((each) => each.id === id)
  if (holder !== undefined) return { token: holder.token }
  const ahead = waiting.findIndex((each) => each.id === id)
  return ahead < 0 ? null : { ahead }
}

/** Undefined: nobody of that id has it or waits for it. */
function renewedIn(queue: Queue, id: string, renewed: (place: Place) => Place): Queue | undefined {
  const turn = turnIn(queue, id)
  if (turn === null) return undefined
  const { holders, waiting } = queue
  return {
    ...queue,
    holders: holders.map((each) => (each.id === id ? { ...renewed(each), token: each.token } : each)),
    waiting: waiting.map((each) => (each.id === id ? renewed(each) : each)),
  }
}

/** @throws InvalidParamsError */
export function readName(name: unknown, signature: string): string {
  return readText(name, TURN_LIMITS.nameLength, `${signature}: name`)
}

/** @throws InvalidParamsError */
export function readId(id: unknown, signature: string, which: string): string {
  return readText(id, TURN_LIMITS.idLength, `${signature}: ${which}`)
}

function readText(text: unknown, lengthMax: number, what: string): string {
  if (typeof text === 'string' && text !== '' && text.length <= lengthMax) return text
  throw new InvalidParamsError(`${what} must be a text of 1 to ${lengthMax} characters`)
}

/** @throws InvalidParamsError */
export function readToken(token: unknown, signature: string): number {
  if (isWhole(token)) return token
  throw new InvalidParamsError(`${signature}: token must be a whole number, as it was given out`)
}

/** @throws InvalidParamsError */
export function readPermits(permits: unknown, signature: string): number {
  if (isWhole(permits) && permits >= 1 && permits <= TURN_LIMITS.permits) return permits
  throw new InvalidParamsError(
    `${signature}: permits must be a whole number from 1 to ${TURN_LIMITS.permits}`,
  )
}

/** @throws InvalidParamsError */
export function readValue(value: Json | undefined, signature: string): Json {
  if (JSON.stringify(value ?? null).length <= TURN_LIMITS.valueLength) return value ?? null
  throw new InvalidParamsError(
    `${signature}: value has at most ${TURN_LIMITS.valueLength} characters as JSON`,
  )
}

/** @throws InvalidParamsError for an option that is none, or not what it must be */
export function readTurnOptions(options: unknown, signature: string): Required<TurnOptions> {
  const { ttlMs = HELD_FOR_MS, wait = true, ...others } = membersOf(options ?? {})
  demandKnown(options, others, `${signature}: options are {ttlMs, wait}`)
  return { ttlMs: readTtl(ttlMs, signature), wait: readFlag(wait, `${signature}: wait`) }
}

/** For how long something is had when nothing is heard of its holder. @throws InvalidParamsError */
export function readTtl(ttlMs: unknown, signature: string): number {
  return readWhole(ttlMs, TTL_MS_MIN, TURN_LIMITS.ttlMs, `${signature}: ttlMs`)
}

function* written(queues: Iterable<readonly [string, Queue]>): Generator<Json> {
  for (const [name, { permits, holders, waiting }] of queues)
    yield [
      name,
      permits,
      holders.map(({ id, token, ttlMs, endsAt, value }) => [id, token, ttlMs, endsAt, value]),
      waiting.map(({ id, ttlMs, endsAt, value }) => [id, ttlMs, endsAt, value]),
    ]
}

function read(chunk: Json): readonly [string, Queue] {
  const [name, permits, holders, waiting] = isList(chunk) ? chunk : []
  if (typeof name !== 'string' || !isWhole(permits) || !isList(holders) || !isList(waiting)) throw strange()
  return [
    name,
    {
      permits,
      holders: holders.map((each) => {
        const [id, token, ...place] = isList(each) ? each : []
        if (!isWhole(token)) throw strange()
        return { ...placeIn([id ?? null, ...place]), token }
      }),
      waiting: waiting.map((each) => placeIn(isList(each) ? each : [])),
    },
  ]
}

function placeIn([id, ttlMs, endsAt, value]: readonly Json[]): Place {
  if (typeof id !== 'string' || !isWhole(ttlMs) || !isWhole(endsAt) || value === undefined) throw strange()
  return { id, ttlMs, endsAt, value }
}

const strange = (): Error => new Error('a snapshot of turns holds what is none')
