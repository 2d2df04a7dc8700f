/**
 * Who leads: every member is asked `isLeader` over and over, and one that says yes is asked for its term, for one that
 * was cut off may still believe that it leads. Within one cluster id a lower term than one that was seen is not
 * believed.
 */
import type { Address, Clock, Logger, Ms } from '../lib/ports.js'
import { ms } from '../lib/ports.js'
import { afterInput } from '../lib/rpc/deadlines.js'
import { parseUri, uri, type Uri } from '../lib/rpc/uri.js'
import type { Directory } from '../lib/client/directory.js'
import type { Probes } from '../lib/client/probes.js'
import { Repeater } from './repeater.js'

/** One reign as it was seen; another object for each time that it is found anew. */
export interface SeenLeader {
  readonly uri: Uri
  readonly address: Address
  readonly term: number
}

export interface LeaderWatchOptions {
  readonly cluster: string
  readonly directory: Pick<Directory, 'views'>
  readonly probes: Pick<Probes, 'call' | 'status'>
  readonly clock: Clock
  readonly logger: Logger
  /** Told of each other leader that is found. */
  readonly onChange: (leader: SeenLeader) => void
}

/** Between a member's answer and the next question to it. */
const ASK_EVERY_MS = 200
/** A member that takes longer to answer does not lead as far as callers are concerned. */
const ANSWER_MS = 500
const MEMBERS_EVERY_MS = 2_000

export class LeaderWatch {
  readonly #options: LeaderWatchOptions
  readonly #questions = new Map<Uri, Repeater>()
  readonly #waiting = new Set<(leader: SeenLeader) => void>()
  readonly #membership: Repeater
  #leader: SeenLeader | undefined
  /** The highest reign that was seen. */
  #highest: { readonly clusterId: string | null; readonly term: number; readonly uri: Uri } | undefined

  constructor(options: LeaderWatchOptions) {
    this.#options = options
    this.#membership = new Repeater(options.clock, MEMBERS_EVERY_MS, () => this.#refreshMembers())
  }

  get leader(): SeenLeader | undefined {
    return this.#leader
  }

  /** The members that are asked, as the cluster's configuration has them. */
  get members(): readonly Uri[] {
    return [...this.#questions.keys()]
  }

  /** How many calls wait for a leader. */
  get waiting(): number {
    return this.#waiting.size
  }

  /** Resolves once there is a leader; to undefined when there is none until `deadline`, on the clock. */
  async known(deadline: Ms): Promise<SeenLeader | undefined> {
    if (this.#leader !== undefined) return this.#leader
    const { clock } = this.#options
    return new Promise((resolve) => {
      const end = (leader?: SeenLeader): void => {
        timer.cancel()
        this.#waiting.delete(end)
        resolve(leader)
      }
      const timer = afterInput(clock, ms(Math.max(0, deadline - clock.now())), () => end())
      this.#waiting.add(end)
    })
  }

  /** A call to `leader` showed that it leads no more, or is not there: all are asked at once. */
  refute(leader: SeenLeader): void {
    if (this.#leader !== leader) return
    this.#leader = undefined
    this.#membership.hurry()
    for (const question of this.#questions.values()) question.hurry()
  }

  stop(): void {
    this.#membership.stop()
    for (const question of this.#questions.values()) question.stop()
  }

  /** The members as they say themselves; while nobody answers, those that were known before. */
  async #refreshMembers(): Promise<void> {
    const views = await this.#options.directory.views(ANSWER_MS).catch(() => [])
    const members = new Set(views.map((view) => uri(view.uri)))
    for (const [member, question] of this.#questions) {
      if (members.size === 0 || members.has(member)) continue
      question.stop()
      this.#questions.delete(member)
      if (this.#leader?.uri === member) this.#leader = undefined
    }
    for (const member of members) {
      if (!this.#questions.has(member)) this.#questions.set(member, this.#question(member))
    }
  }

  #question(member: Uri): Repeater {
    return new Repeater(this.#options.clock, ASK_EVERY_MS, () => this.#ask(member))
  }

  async #ask(member: Uri): Promise<void> {
    const { objectId, address } = parseUri(member)
    const asked = this.#leader
    const leads = await this.#options.probes
      .call(address, `${objectId}.isLeader`, [], ANSWER_MS)
      .catch(() => false)
    if (leads === true && this.#leader?.uri !== member) await this.#examine(member)
    if (leads !== true && this.#leader?.uri === member && this.#leader === asked) this.#leader = undefined
  }

  async #examine(member: Uri): Promise<void> {
    const { cluster, probes } = this.#options
    const view = await probes.status(member, cluster, ANSWER_MS)
    if (!view.reachable || view.role !== 'leader' || !this.#questions.has(member)) return
    const { clusterId, term } = view
    if (this.#highest?.clusterId === clusterId && term < this.#highest.term) return
    const isNews = this.#highest?.uri !== member || this.#highest.term !== term
    this.#highest = { clusterId, term, uri: member }
    this.#found({ uri: member, address: parseUri(member).address, term }, isNews)
  }

  #found(leader: SeenLeader, isNews: boolean): void {
    this.#leader = leader
    if (isNews) {
      this.#options.logger.info(`${leader.uri} leads term ${leader.term}`)
      this.#options.onChange(leader)
    }
    for (const wake of [...this.#waiting]) wake(leader)
  }
}
