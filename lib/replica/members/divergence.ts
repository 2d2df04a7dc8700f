/**
 * Notices when a replica's objects have come to another state than those of the others, though all ran the same
 * commands: a method that is not deterministic, or not the same everywhere. While commands flow, the leader asks every
 * member about once a second for the digest of all results up to an entry that it has applied itself, and for that of
 * the newest events as of there. Who differs from the majority stops, the leader too; where there is no majority, nobody
 * can tell who is right, and the leader stops.
 */
import type { Json } from '../../json.js'
import type { Clock, Logger, Timer } from '../../ports.js'
import { ms } from '../../ports.js'
import { membersOf } from '../../raft/quorum.js'
import type { Entry, Hearers, LogIndex, RaftView, ServerId } from '../../raft/types.js'
import { logIndex } from '../../raft/types.js'
import { InvalidParamsError } from '../../rpc/errors.js'
import type { Applied } from '../machine/applied.js'
import { decodeCommand } from '../machine/command-text.js'
import { DIGESTS_KEPT, type Compared } from '../machine/digest.js'
import { firstDifference } from './first-difference.js'
import type { FirstDifference } from './first-difference.js'
import { whole } from '../guards/json-readers.js'
import { verdictOf } from './verdict.js'
import type { Verdict } from './verdict.js'

export interface DivergenceOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly view: () => RaftView
  /** The last entry applied. */
  readonly applied: Pick<Applied, 'index' | 'hearers'>
  /** As in StateMachine. */
  readonly digestAt: (index: number, of: Compared) => number | undefined
  /** Of the log, as far as it is kept. */
  readonly entries: (from: LogIndex, to: LogIndex) => readonly Entry[]
  readonly ask: (to: ServerId, method: string, params: readonly Json[]) => Promise<Json>
  /** This member's state can't be trusted, or nobody's can: it must not go on. */
  readonly stop: (error: DivergedError) => void
}

const PERIOD_MS = ms(1000)
/** The method that is asked for each of them. A member of an older build may have one of them alone. */
const METHODS = { results: 'digest', events: 'digestOfEvents' } as const
/** Compared one after the other: a command that has another result may well emit other events, too. */
const COMPARED = ['results', 'events'] as const

/** While no digest has a majority, those who are silent get so many rounds to say theirs. */
const UNDECIDED_ROUNDS_MAX = 10

/** Where two have parted, and of what. */
interface Parting extends FirstDifference {
  readonly of: Compared
}

/** The members' results, or their events, differ. The message says since which entry, of which method, and what to do. */
export class DivergedError extends Error {
  override readonly name = 'DivergedError'
  readonly label = 'DIVERGED'
}

export class Divergence {
  readonly #options: DivergenceOptions
  #timer: Timer | undefined
  /** The last entry that the others were asked about. */
  #asked = 0
  #undecided = 0
  #isEnded = false

  constructor(options: DivergenceOptions) {
    this.#options = options
  }

  /** Only a leader asks the others, and only while commands come. */
  get hearers(): Hearers {
    return { elected: () => this.#hear() }
  }

  /** Everything up to `index` has been applied: the period begins at whose end the others are asked about it. */
  readonly applied = (index: LogIndex): void => {
    this.#options.applied.hearers.delete(this.applied)
    this.#arm(index)
  }

  #hear(): void {
    this.#options.applied.hearers.add(this.applied)
  }

  end(): void {
    this.#isEnded = true
    this.#timer?.cancel()
  }

  /** Another member asks: null when the entry is not applied yet or its digest is not kept any more. */
  digest(index: Json | undefined, of: Compared): Json {
    return this.#options.digestAt(whole(index, 'index'), of) ?? null
  }

  /**
   * The leader says that the majority has another digest at an entry, of results where it says no other. This member
   * believes only in a difference that it sees.
   */
  parted([index, digest, isExact, compared]: readonly Json[]): Json {
    const at = whole(index, 'index')
    const of = compared === 'events' ? compared : 'results'
    const own = this.#options.digestAt(at, of)
    if (own === undefined || own === whole(digest, 'digest'))
      throw new InvalidParamsError(`parted: the ${of} up to entry ${at} are the same here`)
    const first: Parting = { of, index: at, isExact: isExact === true }
    this.#options.clock.soon(() => this.#options.stop(this.#odd(first)))
    return null
  }

  /** What is applied within a period is asked about at its end, so that the others are there too. */
  #arm(index: LogIndex): void {
    if (this.#timer !== undefined || this.#isEnded || this.#options.view().role !== 'leader') return
    this.#timer = this.#options.clock.after(PERIOD_MS, () => {
      this.#round(index).then(
        (isSettled) => this.#rest(isSettled),
        () => this.#rest(true),
      )
    })
  }

  #rest(isSettled: boolean): void {
    this.#timer = undefined
    const applied = this.#options.applied.index
    if (!isSettled || applied > this.#asked) this.#arm(applied)
    else this.#hear()
  }

  /** Whether nothing needs to be asked again while no further command comes. */
  async #round(index: number): Promise<boolean> {
    this.#asked = index
    for (const of of COMPARED) if (!(await this.#isSettled(index, of))) return false
    this.#undecided = 0
    return true
  }

  async #isSettled(index: number, of: Compared): Promise<boolean> {
    const digests = await this.#gather(index, of)
    const { role, configuration } = this.#options.view()
    if (this.#isEnded || role !== 'leader') return true
    const verdict = verdictOf(configuration, digests)
    switch (verdict.kind) {
      case 'agreed':
        return true
      case 'parted':
        await this.#part(index, of, verdict)
        return false
      case 'split':
        this.#undecided++
        if (!verdict.isFinal && this.#undecided < UNDECIDED_ROUNDS_MAX) return false
        // Of events those who are silent may know nothing, being of an older build: nobody stops for their sake.
        if (!verdict.isFinal && of === 'events') return true
        await this.#giveUp(index, of, verdict)
        return false
    }
  }

  async #gather(index: number, of: Compared): Promise<ReadonlyMap<ServerId, number>> {
    const { view } = this.#options
    const digests = new Map<ServerId, number>()
    const members = membersOf(view().configuration)
    await Promise.all(
      members.map(async (id) => {
        const digest = await this.#digestOf(id, index, of)
        if (digest !== undefined) digests.set(id, digest)
      }),
    )
    return digests
  }

  /** Undefined also for a member that does not answer, or does not know the question yet. */
  async #digestOf(id: ServerId, index: number, of: Compared): Promise<number | undefined> {
    const { view, digestAt, ask } = this.#options
    if (id === view().id) return digestAt(index, of)
    const answer = await ask(id, METHODS[of], [index]).catch(() => null)
    return typeof answer === 'number' ? answer : undefined
  }

  async #part(
    index: number,
    of: Compared,
    { sound, odd }: Extract<Verdict, { kind: 'parted' }>,
  ): Promise<void> {
    const { view, stop } = this.#options
    const own = view().id
    if (odd.includes(own)) stop(this.#odd(await this.#first(own, sound, index, of)))
    else await Promise.all(odd.map((id) => this.#tell(id, index, of)))
  }

  async #tell(id: ServerId, index: number, of: Compared): Promise<void> {
    const { view, digestAt, ask, logger } = this.#options
    const first = await this.#first(view().id, id, index, of)
    logger.error(`${id} ${another(of)} than the majority ${this.#since(first)}: it is told to stop`)
    const digest = digestAt(first.index, of)
    if (digest !== undefined)
      await ask(id, 'parted', [first.index, digest, first.isExact, of]).catch(() => undefined)
  }

  async #giveUp(index: number, of: Compared, { groups }: Extract<Verdict, { kind: 'split' }>): Promise<void> {
    const [one, other] = groups.flatMap(([id]) => (id === undefined ? [] : [id]))
    if (one === undefined || other === undefined) return
    const since = this.#since(await this.#first(one, other, index, of))
    const parties = groups.map((group) => group.join(' and ')).join(' against ')
    this.#options.stop(
      new DivergedError(
        `the members have come to different ${of} ${since}, and none has a majority: ${parties}. Stop all, ` +
          `find out which one is right, and begin anew from its backup (docs/compatibility.md)`,
      ),
    )
  }

  async #first(one: ServerId, other: ServerId, last: number, of: Compared): Promise<Parting> {
    const digestOf = (id: ServerId) => (index: number) => this.#digestOf(id, index, of)
    const from = Math.max(last - DIGESTS_KEPT + 1, 1)
    return { of, ...(await firstDifference(digestOf(one), digestOf(other), from, last)) }
  }

  #odd(first: Parting): DivergedError {
    return new DivergedError(
      `this member ${another(first.of)} than the majority ${this.#since(first)}: what its objects hold can't be ` +
        `trusted. Mend the class (docs/compatibility.md), then remove this member and add it anew under another id`,
    )
  }

  /** `at entry 57, visits.visit`. */
  #since({ index, isExact }: FirstDifference): string {
    const [entry] = this.#options.entries(logIndex(index), logIndex(index))
    const name = entry?.kind === 'command' ? nameOf(entry.data) : 'which is not in the log any more'
    return `${isExact ? 'at' : 'at the latest at'} entry ${index}, ${name}`
  }
}

function another(of: Compared): string {
  return of === 'results' ? 'has come to another result' : 'has other events'
}

function nameOf(data: string): string {
  const { object, method } = decodeCommand(data)
  return `${object}.${method}`
}
