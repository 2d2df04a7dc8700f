/** Commands between their proposal and their result: those of this turn, and those that wait at their index. */
import type { Json } from '../../json.js'
import type { Clock, Ms } from '../../ports.js'
import type { EffectOf, Entry, Input, RefusalReason, Term } from '../../raft/types.js'
import { Deadlines } from '../../rpc/deadlines.js'
import { NoQuorumError, OutcomeUnknownError, OverloadedError } from '../../rpc/errors.js'
import { CALLS_WAITING_MAX, checkShare, Holders } from '../guards/budget.js'
import type { Budget, Load } from '../guards/budget.js'
import { tooLate } from '../guards/too-late.js'
import type { Applied } from '../machine/applied.js'
import type { CommandResult } from '../objects/hosted.js'
import { withoutStack } from '../../without-stack.js'

interface Proposal {
  readonly text: string
  readonly bytes: number
  readonly budget: Budget
  readonly name: string
  readonly deadline: Ms
  resolve(value: Json): void
  reject(error: Error): void
  position?: { readonly index: number; readonly term: Term }
}

export interface PendingOptions {
  readonly clock: Clock
  /** Of a `propose`, `appended` or `refused` is called before it returns. */
  readonly take: (input: Input) => void
  readonly applied: Pick<Applied, 'entryHearers'>
  readonly notLeader: () => Error
  /** Why nothing can be committed now, in words. */
  readonly noQuorum: () => string
}

/**
 * What waits counts from its arrival until its entry is applied or this member leads no more, also when its caller's
 * time is over before: so it bounds what is being replicated and what is committed and not applied yet, too.
 */
export class Pending {
  #turn: Proposal[] = []
  #offered: readonly Proposal[] = []
  /** Of those whose time is over, whose entries are not applied yet. */
  readonly #late = new Map<number, Proposal>()
  readonly #holders = new Holders()
  /** By their indices. */
  readonly #waiting: Deadlines<Proposal>

  constructor(private readonly options: PendingOptions) {
    this.#waiting = new Deadlines(options.clock, (proposal, index) => this.#expired(proposal, index))
  }

  /**
   * The result of the command once it is committed and applied. All commands of one turn of the event loop are
   * proposed together. Rejects with the method's own error, NOT_LEADER, NO_QUORUM or OVERLOADED before it was
   * appended, for want of time too, and OUTCOME_UNKNOWN after. `budget`: as `checkRoom` has given it.
   */
  submit(text: string, name: string, deadline: Ms, budget: Budget = this.#holders.all): Promise<Json> {
    return new Promise((resolve, reject) => {
      const bytes = text.length
      checkShare(name, 'commands', this.#holders, budget, bytes, CALLS_WAITING_MAX)
      if (this.#turn.length === 0) this.options.clock.soon(() => this.#proposeTurn())
      this.#turn.push({ text, bytes, budget, name, deadline, resolve, reject })
      budget.enter(bytes)
    })
  }

  /**
   * Throws OVERLOADED when a command of `bytes` on that connection would be refused: before anything was done for it.
   * The result counts what the connection holds.
   */
  checkRoom(name: string, bytes: number, connection: object): Budget {
    const budget = this.#holders.of(connection)
    checkShare(name, 'commands', this.#holders, budget, bytes, CALLS_WAITING_MAX)
    return budget
  }

  get load(): Load {
    return this.#holders.all.load
  }

  #proposeTurn(): void {
    const turn = this.#turn
    this.#turn = []
    const now = this.options.clock.now()
    this.#offered = turn.every(({ deadline }) => deadline > now) ? turn : this.#inTime(turn, now)
    if (this.#offered.length === 0) return
    this.options.take({ type: 'propose', commands: this.#offered.map((proposal) => proposal.text) })
    if (this.#offered.length > 0) this.#refuse('notLeader')
  }

  /** Refuses the others. */
  #inTime(turn: readonly Proposal[], now: Ms): readonly Proposal[] {
    for (const proposal of turn.filter(({ deadline }) => deadline <= now)) {
      proposal.budget.leave(proposal.bytes)
      proposal.reject(tooLate(proposal.name))
    }
    return turn.filter(({ deadline }) => deadline > now)
  }

  appended({ from, term }: EffectOf<'appended'>): void {
    const offered = this.#offered
    this.#offered = []
    this.options.applied.entryHearers.add(this.#settle)
    offered.forEach((proposal, offset) => {
      const position = { index: from + offset, term }
      proposal.position = position
      this.#waiting.put(position.index, proposal)
    })
  }

  refused({ reason }: EffectOf<'refused'>): void {
    this.#refuse(reason)
  }

  #refuse(reason: RefusalReason): void {
    const offered = this.#offered
    this.#offered = []
    for (const proposal of offered) {
      proposal.budget.leave(proposal.bytes)
      proposal.reject(this.#refusal(reason, proposal.name))
    }
  }

  #refusal(reason: RefusalReason, name: string): Error {
    switch (reason) {
      case 'notLeader':
        return this.options.notLeader()
      case 'noQuorum':
        return withoutStack(() => new NoQuorumError(`${name} was refused: ${this.options.noQuorum()}`))
      case 'overloaded':
        return withoutStack(
          () =>
            new OverloadedError(
              `${name} was refused: too much waits to be committed: wait for answers before you send more, or ask again later`,
            ),
        )
    }
  }

  /** The entry has been applied; whoever waits at its index learns the result, if the entry is theirs. */
  readonly #settle = (entry: Entry, result: CommandResult | undefined): void => {
    const proposal = this.#waiting.take(entry.index) ?? this.#late.get(entry.index)
    if (proposal === undefined) return
    this.#late.delete(entry.index)
    if (this.#waiting.size + this.#late.size === 0) this.options.applied.entryHearers.delete(this.#settle)
    proposal.budget.leave(proposal.bytes)
    if (proposal.position?.term !== entry.term || result === undefined)
      proposal.reject(unknown(proposal.name, 'another entry took its place in the log'))
    else if ('error' in result) proposal.reject(result.error)
    else proposal.resolve(result.value)
  }

  /** Leadership is lost or the replica ends: whoever waits is told that nobody knows. */
  abandon(why: string): void {
    const waiting = this.#waiting.takeAll()
    for (const proposal of waiting) proposal.reject(unknown(proposal.name, why))
    for (const { budget, bytes } of [...waiting, ...this.#late.values()]) budget.leave(bytes)
    this.#late.clear()
    this.options.applied.entryHearers.delete(this.#settle)
  }

  #expired(proposal: Proposal, index: number): void {
    this.#late.set(index, proposal)
    proposal.reject(unknown(proposal.name, 'time ran out before it was committed'))
  }
}

function unknown(name: string, why: string): OutcomeUnknownError {
  return withoutStack(
    () => new OutcomeUnknownError(`${name} was appended, but ${why}: it may still be executed`),
  )
}
