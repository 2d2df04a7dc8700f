import { isList, isWhole, membersOf, type Json } from '../json.js'
import { commandContext } from '../replica/objects/context.js'
import { command, PARAMETERS, query } from '../replica/objects/marks.js'
import { sliced } from '../replica/objects/sliced.js'
import { InvalidParamsError, OverloadedError } from '../rpc/errors.js'
import { demandKnown, readWhole } from './read-params.js'
import { TimedMap } from './timed-map.js'
import { readId, readName, readTtl } from './turns.js'

/** How a party waits. */
export interface ArriveOptions {
  /** For how long it counts as there, unless it is kept up. Milliseconds of the log, 100 to 86,400,000. Default 10,000. */
  readonly ttlMs?: number
}

/** All are there, and pass, as the generation of that number; or so many are missing; or it is no party: null. */
export type Passage = { readonly generation: number } | { readonly missing: number } | null

/** Who waits at a barrier. */
export interface BarrierState {
  readonly parties: number
  readonly waiting: number
}

export const BARRIER_LIMITS = {
  /** At which somebody waits, or has passed and may ask for it still. */
  names: 100_000,
  parties: 500,
  /** Who have passed one barrier, and not left it yet. */
  passed: 1_000,
}
const HELD_FOR_MS = 10_000
/** Whoever has passed may ask for it for so many times as long as it would have been waited for. */
const TOLD_FOR = 10
/** Of one entry: each may be an event, and a command emits only so many. */
const ENDS_AT_ONCE = 500

interface Waiting {
  readonly id: string
  readonly ttlMs: number
  readonly endsAt: number
}

interface Passed {
  readonly id: string
  readonly generation: number
  readonly endsAt: number
}

interface Gathering {
  readonly parties: number
  readonly waiting: readonly Waiting[]
  /** Who may ask for it still. */
  readonly passed: readonly Passed[]
}

const NOBODY: Gathering = { parties: 0, waiting: [], passed: [] }

/**
 * Barriers by name, at which parties wait until as many are there as it takes: then all of them pass at once. When one
 * leaves before, or is silent, none of those who wait passes: they have to come anew. Each is an event `{state,
 * generation}` with the name as its topic: `passed`, or `broken`, with null in place of the generation.
 */
export class Barrier {
  static readonly frees = ['renew', 'leave']
  static readonly [PARAMETERS] = {
    arrive: ['name', 'parties', 'party', 'options'],
    renew: ['name', 'party'],
    leave: ['name', 'party'],
    state: ['name'],
  }

  readonly #gatherings = new TimedMap(endOf)
  #lastGeneration = 0

  /** Again by the same party: it is there still, or has passed. */
  @command arrive(name: string, parties: number, party: string, options?: ArriveOptions): Passage {
    const signature = 'arrive(name, parties, party, options)'
    const [key, id] = [readName(name, signature), readId(party, signature, 'party')]
    const wanted = readWhole(parties, 1, BARRIER_LIMITS.parties, `${signature}: parties`)
    const ttlMs = ttlIn(options, signature)
    const before = this.#gatherings.get(key) ?? this.#another()
    if (isOf(before, id)) return this.#hear(key, before, id)
    if (before.waiting.length > 0 && before.parties !== wanted)
      throw new InvalidParamsError(
        `${signature}: those who wait at ${JSON.stringify(key)} wait for ${before.parties} parties, not ${wanted}`,
      )
    if (before.passed.length >= BARRIER_LIMITS.passed)
      throw new OverloadedError(
        `${BARRIER_LIMITS.passed} have passed ${JSON.stringify(key)} and not left it yet: come again later`,
      )
    const { now } = commandContext()
    const waiting = [...before.waiting, { id, ttlMs, endsAt: now + ttlMs }]
    if (waiting.length === wanted) return this.#pass(key, { ...before, waiting })
    this.#put(key, { ...before, parties: wanted, waiting })
    return { missing: wanted - waiting.length }
  }

  /** Counts as there for another while. Null: it is not waited for, and has not passed, or so long ago that it is forgotten. */
  @command renew(name: string, party: string): Passage {
    const signature = 'renew(name, party)'
    const [key, id] = [readName(name, signature), readId(party, signature, 'party')]
    return this.#hear(key, this.#gatherings.get(key) ?? NOBODY, id)
  }

  /** Whether it waited: then nobody who waits passes. That it has passed is forgotten. */
  @command leave(name: string, party: string): boolean {
    const signature = 'leave(name, party)'
    const [key, id] = [readName(name, signature), readId(party, signature, 'party')]
    const before = this.#gatherings.get(key) ?? NOBODY
    const waited = before.waiting.some((each) => each.id === id)
    const passed = before.passed.filter((each) => each.id !== id)
    if (waited) this.#break(key, before)
    else if (passed.length < before.passed.length) this.#put(key, { ...before, passed })
    return waited
  }

  /** Null: nobody waits. */
  @query state(name: string): BarrierState | null {
    const { parties, waiting } = this.#gatherings.get(readName(name, 'state(name)')) ?? NOBODY
    return waiting.length === 0 ? null : { parties, waiting: waiting.length }
  }

  nextExpiry(): number | undefined {
    return this.#gatherings.nextEnd
  }

  /** Where a party is silent all who wait have to come anew. */
  expire(): boolean {
    const { now } = commandContext()
    for (let left = ENDS_AT_ONCE; left > 0; left--) {
      const over = this.#gatherings.takeOver(now)
      if (over === undefined) return false
      const [name, before] = over
      const after = { ...before, passed: before.passed.filter(({ endsAt }) => endsAt > now) }
      if (before.waiting.some(({ endsAt }) => endsAt <= now)) this.#break(name, after)
      else this.#put(name, after)
    }
    return true
  }

  attempt(run: () => void): void {
    const lastGeneration = this.#lastGeneration
    try {
      this.#gatherings.attempt(run)
    } catch (error) {
      this.#lastGeneration = lastGeneration
      throw error
    }
  }

  /** The last generation, then of each name `[name, parties, [[id, ttlMs, endsAt], …], [[id, generation, endsAt], …]]`. */
  snapshot(): Iterable<Json> {
    return sliced([this.#lastGeneration], written(this.#gatherings.capture()))
  }

  async restore(chunks: AsyncIterable<Json>): Promise<void> {
    for await (const chunk of chunks)
      if (isWhole(chunk)) this.#lastGeneration = chunk
      else this.#put(...read(chunk))
  }

  #another(): Gathering {
    if (this.#gatherings.size < BARRIER_LIMITS.names) return NOBODY
    throw new OverloadedError(`somebody waits at ${BARRIER_LIMITS.names} barriers already: come again later`)
  }

  #hear(name: string, before: Gathering, id: string): Passage {
    const passed = before.passed.find((each) => each.id === id)
    if (passed !== undefined) return { generation: passed.generation }
    if (!isOf(before, id)) return null
    const { now } = commandContext()
    const waiting = before.waiting.map((each) =>
      each.id === id ? { ...each, endsAt: now + each.ttlMs } : each,
    )
    this.#put(name, { ...before, waiting })
    return { missing: before.parties - waiting.length }
  }

  #pass(name: string, { parties, waiting, passed }: Gathering): Passage {
    const context = commandContext()
    // Of an entry in which several pass each has a number of its own.
    const generation = Math.max(context.index, this.#lastGeneration + 1)
    this.#lastGeneration = generation
    context.emit(name, { state: 'passed', generation })
    const now = waiting.map(({ id, ttlMs }) => {
      return { id, generation, endsAt: context.now + TOLD_FOR * ttlMs }
    })
    this.#put(name, { parties, waiting: [], passed: [...passed, ...now] })
    return { generation }
  }

  #break(name: string, before: Gathering): void {
    commandContext().emit(name, { state: 'broken', generation: null })
    this.#put(name, { ...before, waiting: [] })
  }

  #put(name: string, gathering: Gathering): void {
    if (gathering.waiting.length + gathering.passed.length === 0) this.#gatherings.delete(name)
    else this.#gatherings.set(name, gathering)
  }
}

function isOf({ waiting, passed }: Gathering, id: string): boolean {
  return [...waiting, ...passed].some((each) => each.id === id)
}

function endOf({ waiting, passed }: Gathering): number | undefined {
  const ends = [...waiting, ...passed].map(({ endsAt }) => endsAt)
  return ends.length === 0 ? undefined : Math.min(...ends)
}

function ttlIn(options: unknown, signature: string): number {
  const { ttlMs = HELD_FOR_MS, ...others } = membersOf(options ?? {})
  demandKnown(options, others, `${signature}: options are {ttlMs}`)
  return readTtl(ttlMs, signature)
}

function* written(gatherings: Iterable<readonly [string, Gathering]>): Generator<Json> {
  for (const [name, { parties, waiting, passed }] of gatherings)
    yield [
      name,
      parties,
      waiting.map(({ id, ttlMs, endsAt }) => [id, ttlMs, endsAt]),
      passed.map(({ id, generation, endsAt }) => [id, generation, endsAt]),
    ]
}

function read(chunk: Json): readonly [string, Gathering] {
  const [name, parties, waiting, passed] = isList(chunk) ? chunk : []
  if (typeof name !== 'string' || !isWhole(parties) || !isList(waiting) || !isList(passed)) throw strange()
  return [
    name,
    {
      parties,
      waiting: waiting.map(triple).map(([id, ttlMs, endsAt]) => ({ id, ttlMs, endsAt })),
      passed: passed.map(triple).map(([id, generation, endsAt]) => ({ id, generation, endsAt })),
    },
  ]
}

function triple(json: Json): readonly [string, number, number] {
  const [id, first, second] = isList(json) ? json : []
  if (typeof id !== 'string' || !isWhole(first) || !isWhole(second)) throw strange()
  return [id, first, second]
}

const strange = (): Error => new Error('a snapshot of barrier holds what is no gathering')
