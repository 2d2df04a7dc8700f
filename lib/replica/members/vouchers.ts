/**
 * A member that lags behind a change of members does not know the newcomers, and knows one that was removed and added
 * again with the folder that it had before. It must not believe the newcomer's own word, nor rely on what it knows itself.
 * It asks the members that it knows: if one of them finds the newcomer, with this folder, in its configuration, it
 * is let in; if enough of them know it with another folder, it has lost its own.
 */
import type { Json } from '../../json.js'
import { membersOf, voteResult } from '../../raft/quorum.js'
import type { Incarnation, RaftView, ServerId } from '../../raft/types.js'
import { toldOf } from './told-of.js'

export interface VouchersOptions {
  readonly view: () => RaftView
  readonly ask: (to: ServerId, method: string, params: readonly Json[]) => Promise<Json>
}

/** `wiped`: so many know it with another folder that without one of them no change of members can have been committed. */
export type Finding = 'vouched' | 'wiped'

/** What a member answers who is asked: yes; no; and no, I know it with another folder. */
export type Word = true | false | 'otherwise'

/** Most newcomers that are asked about at one time. */
const INQUIRIES_MAX = 16

export class Vouchers {
  readonly #found = new Map<ServerId, readonly [Incarnation, Finding]>()
  readonly #asking = new Set<ServerId>()

  constructor(private readonly options: VouchersOptions) {}

  finding(id: ServerId, incarnation: Incarnation): Finding | undefined {
    const [about, finding] = this.#found.get(id) ?? []
    return about === incarnation ? finding : undefined
  }

  /** Asks all others, once at a time for each newcomer. What they say counts for its next hello. */
  inquire(id: ServerId, incarnation: Incarnation): void {
    if (this.#asking.has(id) || this.#asking.size >= INQUIRIES_MAX) return
    this.#asking.add(id)
    void this.#ask(id, incarnation).finally(() => this.#asking.delete(id))
  }

  async #ask(id: ServerId, incarnation: Incarnation): Promise<void> {
    const view = this.options.view()
    const { configuration, configurationIndex, configurationTerm } = view
    const known = new Set([...membersOf(configuration), ...membersOf(toldOf(view))])
    const others = [...known].filter((member) => member !== view.id && member !== id)
    const words = new Map<ServerId, Json>([[view.id, wordOn(id, incarnation, view)]])
    const answers = others.map(async (member) => {
      const about = [id, incarnation, configurationIndex, configurationTerm]
      const answer = await this.options.ask(member, 'vouch', about).catch(() => false)
      if (answer === true) this.#found.set(id, [incarnation, 'vouched'])
      words.set(member, answer)
    })
    await Promise.all(answers)
    if (this.finding(id, incarnation) === 'vouched' || this.options.view().configuration !== configuration)
      return
    const against = [...words.keys()].filter((member) => words.get(member) === 'otherwise')
    const withoutThem = voteResult(configuration, new Map(against.map((member) => [member, false])))
    if (withoutThem === 'lost') this.#found.set(id, [incarnation, 'wiped'])
  }

  /** The configuration has changed: whoever belongs to it is named there, or is asked about again. */
  clear(): void {
    this.#found.clear()
  }
}

/** Where the configuration that somebody knows stands in the log. */
export type Known = Pick<RaftView, 'configurationIndex' | 'configurationTerm'>

/**
 * What this member says to one that asks and knows as much as `asker`: it vouches for nobody by a configuration that the
 * other one has already, or has seen replaced, as whoever was named there may have been removed since.
 */
export function wordTo(asker: Known, id: ServerId, incarnation: Incarnation, view: RaftView): Word {
  const word = wordOn(id, incarnation, view)
  return word === true && !isNewer(view, asker) ? false : word
}

/** As with logs (§5.4.1): what was begun in a later term and lost does not outlive what was committed. */
function isNewer(one: Known, other: Known): boolean {
  if (one.configurationTerm !== other.configurationTerm)
    return one.configurationTerm > other.configurationTerm
  return one.configurationIndex > other.configurationIndex
}

/** What this member itself can say of another one. */
export function wordOn(id: ServerId, incarnation: Incarnation, { configuration, pins }: RaftView): Word {
  if (!membersOf(configuration).includes(id)) return false
  const pinned = pins.get(id)
  return pinned === undefined || pinned === incarnation ? true : 'otherwise'
}
