/** What an operator asks of a leader: add, remove or move a member, hand over. Each is made of the core's own steps. */
import type { Json } from '../../json.js'
import type { Clock, Ms, Random } from '../../ports.js'
import { ms } from '../../ports.js'
import { isVoter, membersOf, uriIn } from '../../raft/quorum.js'
import type {
  ConfigureRefusal,
  EffectOf,
  Input,
  RaftView,
  ServerId,
  Target,
  TransferOutcome,
} from '../../raft/types.js'
import { serverId } from '../../raft/types.js'
import type { MemberMethod } from '../../roles.js'
import {
  InvalidParamsError,
  NoQuorumError,
  OutcomeUnknownError,
  OverloadedError,
  type NotLeaderError,
  type RollcallError,
} from '../../rpc/errors.js'
import type { CallContext, ExposedMethod } from '../../rpc/exposed.js'
import { isEverywhere } from '../../rpc/loopback.js'
import { RetryLoop, type Attempt } from '../../rpc/calling/retry-loop.js'
import { parseUri } from '../../rpc/uri.js'
import { readMemberUri } from '../guards/cluster-json.js'
import { shortText } from '../guards/json-readers.js'
import { tooLate } from '../guards/too-late.js'
import type { ConfigurationChanges } from './configuration-changes.js'

export interface MembershipCallsOptions {
  readonly clock: Clock
  readonly random: Random
  readonly view: () => RaftView
  readonly take: (input: Input) => void
  readonly changes: ConfigurationChanges
  readonly notLeader: () => NotLeaderError
  /** As in PendingOptions. */
  readonly noQuorum: () => string
}

/** What a change may take when the caller gives no budget: a new member may have much to catch up with. */
const BUDGET_MS = 60_000

/**
 * What the command line takes for a member's id, which names its data folder too, but for the dot that ends an object's
 * id.
 */
const MEMBER_ID = /^[\p{L}\p{N}_-]{1,100}$/u

interface Change {
  readonly name: string
  readonly deadline: Ms
  /** Makes the configuration that is wanted of the one in force. */
  readonly next: (now: Target) => Target
}

export class MembershipCalls {
  readonly #options: MembershipCallsOptions
  readonly #loop: RetryLoop<Change, null>
  #transfers: ((outcome: TransferOutcome) => void)[] = []

  constructor(options: MembershipCallsOptions) {
    this.#options = options
    this.#loop = new RetryLoop(options, {
      attempt: (change) => this.#attempt(change),
      verdict: (_, { error }) => error,
    })
  }

  get methods(): [MemberMethod, ExposedMethod][] {
    const plain = (parameters: readonly string[], handler: ExposedMethod['handler']): ExposedMethod => ({
      kind: 'plain',
      parameters,
      handler,
    })
    return [
      [
        'addMember',
        plain(['id', 'uri'], ([id, uri], context) =>
          this.#add(idOf(id), uri, this.#deadline('addMember', context)),
        ),
      ],
      [
        'removeMember',
        plain(['id'], ([id], context) => this.#remove(knownId(id), this.#deadline('removeMember', context))),
      ],
      ['transferLeadership', plain(['id'], ([id], context) => this.#transferTo(id ?? null, context))],
    ]
  }

  /**
   * Adds `id` at `uri` as a learner, waits until it has caught up, and makes it a voter. Called again after a failure
   * it goes on where it stopped.
   */
  async #add(id: ServerId, uri: Json | undefined, deadline: Ms): Promise<Json> {
    const name = `addMember(${id})`
    const place = readMemberUri(id, uri)
    refuseEverywhere(place)
    this.#requireLeader()
    this.#refuseTaken(id, place)
    const { configuration } = this.#options.view()
    if (isVoter(configuration, id) && configuration.outgoing === undefined) return this.#members()
    if (!membersOf(configuration).includes(id)) {
      await this.#change(name, deadline, (now) => ({
        ...now,
        learners: [...now.learners, id],
        uris: { ...now.uris, [id]: place },
      }))
    }
    await this.#change(name, deadline, (now) => ({
      ...now,
      voters: [...now.voters.filter((voter) => voter !== id), id],
      learners: now.learners.filter((learner) => learner !== id),
    }))
    return this.#members()
  }

  /** Called again once it is done, it is done: whoever was broken off may not know. */
  async #remove(id: ServerId, deadline: Ms): Promise<Json> {
    this.#requireLeader()
    const { configuration, departed, configurationIndex, commitIndex } = this.#options.view()
    if (!membersOf(configuration).includes(id) && !departed.has(id))
      throw new InvalidParamsError(`there is no member ${id} to remove`)
    if (departed.has(id) && configurationIndex <= commitIndex) return this.#members()
    if (configuration.voters.every((voter) => voter === id)) {
      throw new InvalidParamsError(`${id} is the only voter: a cluster without one could never go on`)
    }
    await this.#change(`removeMember(${id})`, deadline, (now) => without(now, id))
    return this.#members()
  }

  /** A member has come back at another address. Harmless when it is known already. */
  async move(id: ServerId, uri: string): Promise<Json> {
    this.#requireLeader()
    const place = readMemberUri(id, uri)
    const { configuration } = this.#options.view()
    if (uriIn(configuration, id) === place || !membersOf(configuration).includes(id)) return this.#members()
    this.#refuseTaken(id, place, true)
    const deadline = ms(this.#options.clock.now() + BUDGET_MS)
    await this.#change(`the new address of ${id}`, deadline, (now) => ({
      ...now,
      uris: { ...now.uris, [id]: place },
    }))
    return this.#members()
  }

  async #transferTo(id: Json, context: CallContext): Promise<Json> {
    this.#deadline('transferLeadership', context)
    this.#requireLeader()
    const to = id === null ? undefined : knownId(id)
    if (to === this.#options.view().id) return this.#members()
    const outcome = await this.transfer(to)
    if (outcome !== 'handedOver') throw this.#refusedTransfer(outcome, to)
    return this.#members()
  }

  /** Hands leadership to `to`, or to the voter that is furthest ahead. */
  transfer(to: ServerId | undefined): Promise<TransferOutcome> {
    return new Promise((resolve) => {
      this.#transfers.push(resolve)
      this.#options.take({ type: 'transfer', to })
    })
  }

  /** Refusals come within the step of their request; the outcome of the one under way is everybody's. */
  transferEnded({ outcome }: EffectOf<'transferEnded'>): void {
    const waiting =
      outcome === 'handedOver' || outcome === 'timedOut' ? this.#transfers : this.#transfers.slice(-1)
    this.#transfers = this.#transfers.filter((each) => !waiting.includes(each))
    for (const resolve of waiting) resolve(outcome)
  }

  end(): void {
    for (const resolve of this.#transfers) resolve('notLeader')
    this.#transfers = []
  }

  /** Proposes what `next` makes of the configuration in force, again while the reason against it passes by itself. */
  async #change(name: string, deadline: Ms, next: Change['next']): Promise<void> {
    await this.#loop.run({ name, deadline, next })
  }

  async #attempt({ name, deadline, next }: Change): Promise<Attempt<null>> {
    this.#requireLeader()
    const { changes, view } = this.#options
    const outcome = await changes.change(name, next(view().configuration), deadline)
    if (outcome === 'committed') return { result: null }
    const error = this.#refusal(name, outcome)
    // A learner catches up by itself. What another member would have to take is for the caller to take there.
    return { error, next: outcome === 'notCaughtUp' || error.retry === 'later' ? 'later' : 'never' }
  }

  #refusal(name: string, reason: ConfigureRefusal): RollcallError {
    switch (reason) {
      case 'notLeader':
        return this.#options.notLeader()
      case 'noQuorum':
        return new NoQuorumError(`${name} was refused: ${this.#options.noQuorum()}`)
      case 'invalid':
        return new InvalidParamsError(`${name} would leave no voters, or name an id or an address twice`)
      case 'notCaughtUp':
        return new OutcomeUnknownError(
          `${name}: it is a learner now, but has not caught up in time. Is it running, and can the leader reach it? ` +
            `Ask again to go on, or remove it`,
        )
      case 'notReady':
      case 'changeUnderWay':
      case 'overloaded':
        return new OverloadedError(`${name} was refused: another change is under way; ask again later`)
    }
  }

  #refusedTransfer(outcome: Exclude<TransferOutcome, 'handedOver'>, to: ServerId | undefined): RollcallError {
    const who = to ?? 'another voter'
    switch (outcome) {
      case 'notLeader':
        return this.#options.notLeader()
      case 'notVoter':
        return new InvalidParamsError(`leadership can't go to ${who}: it is no voter of this cluster`)
      case 'unreachable':
        return new NoQuorumError(`leadership can't go to ${who}: this leader has lost contact with it`)
      case 'olderCopy':
        return new NoQuorumError(
          `leadership can't go to ${who} yet: its data folder is an older copy, which has no vote until a leader has ` +
            `brought it up to date`,
        )
      case 'timedOut':
        return new NoQuorumError(`${who} did not take over in time: this member leads on`)
      case 'busy':
        return new OverloadedError('another change is under way; ask again later')
    }
  }

  #refuseTaken(id: ServerId, place: string, isMove = false): void {
    const { configuration } = this.#options.view()
    const { uris } = configuration
    const known = uriIn(configuration, id)
    if (!isMove && known !== undefined && known !== place) {
      throw new InvalidParamsError(`${id} is a member already, at ${known}`)
    }
    const at = (uri: string) => uri.slice(uri.indexOf('@'))
    const other = Object.entries(uris).find(([member, uri]) => member !== id && at(uri) === at(place))
    if (other !== undefined)
      throw new InvalidParamsError(`${at(place).slice(1)} is the address of ${other[0]}`)
  }

  #requireLeader(): void {
    if (this.#options.view().role !== 'leader') throw this.#options.notLeader()
  }

  #members(): Json {
    const { configuration } = this.#options.view()
    return membersOf(configuration).map((id) => ({
      id,
      uri: uriIn(configuration, id) ?? '',
      voter: isVoter(configuration, id),
    }))
  }

  /** @throws OverloadedError when it has passed */
  #deadline(name: string, { deadline }: CallContext): Ms {
    const now = this.#options.clock.now()
    if (deadline !== undefined && deadline <= now) throw tooLate(name)
    return deadline ?? ms(now + BUDGET_MS)
  }
}

function without({ voters, learners, uris }: Target, id: ServerId): Target {
  return {
    voters: voters.filter((voter) => voter !== id),
    learners: learners.filter((learner) => learner !== id),
    uris: Object.fromEntries(Object.entries(uris).filter(([member]) => member !== id)),
  }
}

/** Of a member that is there: whatever it is called, it can be removed. */
function knownId(value: Json | undefined): ServerId {
  return serverId(shortText(value, 'a member id'))
}

/** @throws InvalidParamsError */
function refuseEverywhere(place: string): void {
  const { address } = parseUri(place)
  if (address.kind === 'tcp' && isEverywhere(address.host))
    throw new InvalidParamsError(
      `nobody can be reached at ${place}, which stands for all addresses of a machine: give one`,
    )
}

function idOf(value: Json | undefined): ServerId {
  if (typeof value === 'string' && MEMBER_ID.test(value)) return serverId(value)
  throw new InvalidParamsError('a member id is a text of letters, digits, "_" and "-", such as node5')
}
