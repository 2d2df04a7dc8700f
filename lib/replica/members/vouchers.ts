/**
 * A member that lags behind a change of members does not know the newcomers, and knows one that was removed and added
 * again with the folder that it had before. It must not believe the newcomer's own word, nor rely on what it knows
 * itself. It asks the members that it knows: if one of them finds the newcomer, with this folder, in its configuration,
 * it is let in; if enough of them know it with another folder, it has lost its own; if a majority knows of no such
 * member, it was removed, and may have been away for longer than the leader that removed it spoke to it.
 */
import type { Json } from '../../json.js'
import { membersOf, voteResult } from '../../raft/quorum.js'
import type { Configuration, Incarnation, Lineage, RaftView, ServerId, Start } from '../../raft/types.js'
import { isNewer, type Known } from './configuration-age.js'
import { toldOf } from './told-of.js'

export interface VouchersOptions {
  readonly view: () => RaftView
  readonly ask: (to: ServerId, method: string, params: readonly Json[]) => Promise<Json>
}

/**
 * `wiped`: so many know it with another folder that without one of them no change of members can have been committed.
 * `removed`: after its process has started so many had no newer configuration than a committed one that does not name
 * it, that without one of them none can have been committed.
 */
export type Finding = 'vouched' | 'wiped' | 'removed'

/**
 * What a member answers who is asked: yes; nothing that counts; no, I know it with another folder; no, and the newest
 * configuration that I have is the one of the member that asks.
 */
export type Word = true | false | 'otherwise' | 'unknown'

/** Who is asked about. */
export interface Newcomer {
  readonly id: ServerId
  readonly incarnation: Incarnation
  readonly starts?: Lineage | undefined
}

/** Most newcomers that are asked about at one time, and most of which is known that they were removed. */
const INQUIRIES_MAX = 16

export class Vouchers {
  readonly #found = new Map<ServerId, readonly [Incarnation, Finding]>()
  /** By the start of the process of which it is said. One that starts later may have been added again. */
  readonly #removed = new Map<Start, ServerId>()
  readonly #asking = new Set<ServerId>()

  constructor(private readonly options: VouchersOptions) {}

  finding({ id, incarnation, starts = [] }: Newcomer): Finding | undefined {
    const [about, finding] = this.#found.get(id) ?? []
    if (about === incarnation) return finding
    const start = starts.at(-1)
    return start !== undefined && this.#removed.get(start) === id ? 'removed' : undefined
  }

  /** Asks all others, once at a time for each newcomer. What they say counts for its next hello. */
  inquire(newcomer: Newcomer): void {
    const { id } = newcomer
    if (this.#asking.has(id) || this.#asking.size >= INQUIRIES_MAX) return
    this.#asking.add(id)
    void this.#ask(newcomer).finally(() => this.#asking.delete(id))
  }

  async #ask({ id, incarnation, starts = [] }: Newcomer): Promise<void> {
    const view = this.options.view()
    const { configuration, configurationIndex, configurationTerm } = view
    const known = new Set([...membersOf(configuration), ...membersOf(toldOf(view))])
    const others = [...known].filter((member) => member !== view.id && member !== id)
    const own = wordOn(id, incarnation, view)
    const words = new Map<ServerId, Json>([[view.id, own === false ? 'unknown' : own]])
    const answers = others.map(async (member) => {
      const about = [id, incarnation, configurationIndex, configurationTerm, rollOf(configuration)]
      const answer = await this.options.ask(member, 'vouch', about).catch(() => false)
      if (answer === true) this.#found.set(id, [incarnation, 'vouched'])
      words.set(member, answer)
    })
    await Promise.all(answers)
    const isVouchedFor = this.#found.get(id)?.[0] === incarnation
    if (isVouchedFor || this.options.view().configuration !== configuration) return
    const saying = (word: Word): readonly ServerId[] =>
      [...words.keys()].filter((member) => words.get(member) === word)
    const withoutThem = new Map(saying('otherwise').map((member) => [member, false]))
    const together = new Map(saying('unknown').map((member) => [member, true]))
    const start = starts.at(-1)
    if (voteResult(configuration, withoutThem) === 'lost') this.#found.set(id, [incarnation, 'wiped'])
    else if (start !== undefined && isSettled(view) && voteResult(configuration, together) === 'won')
      this.#noteRemoved(start, id)
  }

  #noteRemoved(start: Start, id: ServerId): void {
    const [oldest] = this.#removed.keys()
    if (oldest !== undefined && this.#removed.size >= INQUIRIES_MAX) this.#removed.delete(oldest)
    this.#removed.set(start, id)
  }

  /** The configuration has changed: whoever belongs to it is named there, or is asked about again. */
  clear(): void {
    this.#found.clear()
    this.#removed.clear()
  }
}

export interface Asker extends Known {
  /** The {@link rollOf} its configuration. Undefined: it has not said, as it is of an older build. */
  readonly roll?: Json | undefined
}

/**
 * Who votes and who learns by a configuration, to compare. Where one came with a snapshot, its place in the log is not
 * known. Null amid a change.
 */
export function rollOf({ voters, outgoing, learners }: Configuration): Json {
  return outgoing === undefined ? JSON.stringify([[...voters].sort(), [...learners].sort()]) : null
}

/** The configuration in force is committed, and no change is under way. */
function isSettled({ configuration, configurations }: RaftView): boolean {
  return configurations.length === 1 && configuration.outgoing === undefined
}

/**
 * What this member says to one that asks and knows as much as `asker`: it vouches for nobody by a configuration that
 * the other one has already, or has seen replaced, as whoever was named there may have been removed since.
 */
export function wordTo(asker: Asker, id: ServerId, incarnation: Incarnation, view: RaftView): Word {
  const word = wordOn(id, incarnation, view)
  if (word === true) return isNewer(view, asker)
  const isAlike = typeof asker.roll === 'string' && asker.roll === rollOf(view.configuration)
  return word === false && isAlike ? 'unknown' : word
}

/** What this member itself can say of another one. */
export function wordOn(id: ServerId, incarnation: Incarnation, { configuration, pins }: RaftView): Word {
  if (!membersOf(configuration).includes(id)) return false
  const pinned = pins.get(id)
  return pinned === undefined || pinned === incarnation ? true : 'otherwise'
}
