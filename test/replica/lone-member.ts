/**
 * One member of three in virtual time: the second agrees with everything while it hears, and what it has not
 * heard is given up after a while; the third is away.
 */
import type { Json } from '../../lib/json.js'
import { memberSettings } from '../../lib/member-settings.js'
import { ms } from '../../lib/ports.js'
import { incarnation, logIndex, serverId, term } from '../../lib/raft/types.js'
import type { Input, Request, Response } from '../../lib/raft/types.js'
import type { ReplicatedClass } from '../../lib/replica/objects/marks.js'
import type { LinkHooks } from '../../lib/replica/members/peer-links.js'
import { Replica } from '../../lib/replica/replica.js'
import type { AnswerFrame, CallContext, ConnectionContext } from '../../lib/rpc/exposed.js'
import { createTransport } from '../../lib/system/transport.js'
import { KeyValue } from '../../lib/shipped/kv.js'
import { Life } from '../../testing/simulator/life.js'
import { World } from '../../testing/simulator/world.js'
import { RecordingLogger } from '../harness/ports.js'
import { MemoryStore } from './memory-store.js'
import type { Shortage } from '../../lib/member.js'

const [n1, n2, n3] = [serverId('n1'), serverId('n2'), serverId('n3')]
export const uris = { n1: 'n1@localhost:9101', n2: 'n2@localhost:9102', n3: 'n3@localhost:9103' }

/** Milliseconds. */
export const ELECTION_TIMEOUT_MAX = 300

/** A store whose disk can hang: it takes everything in, and finishes nothing until it goes on. */
class SlowStore extends MemoryStore {
  readonly room: { shortage: Shortage | undefined; end(): void } = {
    shortage: undefined,
    end: () => undefined,
  }
  #goOn: () => void = () => undefined
  #isThere: Promise<void> = Promise.resolve()
  #delay = (before: Promise<void>): Promise<void> => before

  hang(): void {
    this.#isThere = new Promise((resolve) => (this.#goOn = resolve))
  }

  goOn(): void {
    this.#goOn()
  }

  /** From now on the disk refuses. */
  breaks(error: Error): void {
    this.#isThere = Promise.reject(error)
    this.#isThere.catch(() => undefined)
  }

  /** From now on one write after another takes so long, in milliseconds of that world. */
  takes(world: World, milliseconds: number): void {
    this.#delay = (before) => before.then(() => new Promise((done) => world.after(milliseconds, done)))
  }

  override persist(): Promise<void> {
    this.#isThere = this.#delay(this.#isThere)
    return this.#isThere
  }
}

export class LoneMember {
  readonly world = new World(1)
  readonly life = new Life(this.world)
  readonly logger = new RecordingLogger()
  hears = true
  readonly store = new SlowStore()
  /** What answers the frames of n2, once it has said hello, and that it knows them. */
  #answerFrame: AnswerFrame | undefined
  readonly #connection: ConnectionContext = {
    kind: 'lines',
    remote: 'a test',
    takeFrames: (answer) => {
      this.#answerFrame = answer
      return true
    },
  }

  /** What it hosts. */
  classes = new Map<string, ReplicatedClass>([['kv', KeyValue]])
  /** Undefined: no limit. */
  stateBytesMax: number | undefined
  /** Whether it was told to join, rather than to found. */
  joins = false
  /** Undefined: whoever says that he is a member is believed. */
  door: LinkHooks['door']
  /** What the way to the others tells it. */
  hooks: LinkHooks | undefined

  start(): Promise<Replica> {
    return Replica.start({
      id: n1,
      cluster: 'test',
      bootstrap: { voters: [n1, n2, n3], learners: [], uris },
      incarnation: incarnation('n1-first'),
      storage: this.store,
      recovered: { hardState: { currentTerm: term(0), votedFor: undefined }, entries: [] },
      classes: this.classes,
      settings: memberSettings({ electionTimeout: { min: 150, max: ELECTION_TIMEOUT_MAX } }),
      stateBytesMax: this.stateBytesMax,
      joins: this.joins,
      ...(this.door && { door: this.door }),
      links: (hooks) => {
        this.hooks = hooks
        return {
          close: () => undefined,
          send: ({ to, message }) => {
            if (to === n2) this.#deliver(hooks, message)
          },
        }
      },
      transport: createTransport(),
      clock: this.life.clock,
      random: this.life.random,
      logger: this.logger,
    })
  }

  #deliver(hooks: LinkHooks, message: Request): void {
    this.world.after(1, () => {
      if (this.hears) hooks.take(agreement(message))
      else this.world.after(ELECTION_TIMEOUT_MAX, () => hooks.take({ type: 'peerUnreachable', peer: n2 }))
    })
  }

  /** The leader, with its first entry committed and applied. */
  async lead(): Promise<Replica> {
    const replica = await this.start()
    await this.pass(500)
    if (!replica.isServing) throw new Error('it does not lead')
    return replica
  }

  pass(milliseconds: number): Promise<void> {
    return this.world.run(this.world.now + milliseconds, () => undefined)
  }

  /** A call of `kv`; resolves to its result or its error, once time has passed. `budget` in milliseconds. */
  call(
    replica: Replica,
    method: string,
    params: readonly Json[],
    budget = 10_000,
    connection: ConnectionContext = { kind: 'lines', remote: 'a test' },
  ): Promise<unknown> {
    const context = { ...this.#context(budget), connection }
    return this.#settled(() => replica.objects.get('kv')?.methods.get(method)?.handler(params, context))
  }

  /** A call between members, by default over the one connection that n2 has; resolves to its result or its error. */
  say(replica: Replica, method: string, json: Json, connection?: ConnectionContext): Promise<unknown> {
    const context = this.#context(10_000, JSON.stringify(json).length)
    return this.#settled(() =>
      replica.member.methods
        .get(method)
        ?.handler([json], { ...context, connection: connection ?? context.connection }),
    )
  }

  /** What a frame of n2 says; resolves to what the answer does, or to the error. */
  sayFrame(content: Uint8Array): Promise<unknown> {
    return this.#settled(() => {
      if (this.#answerFrame === undefined)
        throw new Error('it takes no frames: nobody who knows them said hello')
      return this.#answerFrame(content)
    })
  }

  #context(budget: number, bytes = 0): CallContext {
    return { connection: this.#connection, meta: {}, deadline: ms(this.world.now + budget), bytes }
  }

  #settled(run: () => unknown): Promise<unknown> {
    return new Promise((resolve) => resolve(run())).catch((error: unknown) => error)
  }
}

function agreement(message: Request): Input {
  return { type: 'response', from: n2, incarnation: incarnation('n2-first'), message: yes(message) }
}

function yes(message: Request): Response {
  const { term: entered } = message
  switch (message.type) {
    case 'preVote':
      return { type: 'preVoteResponse', term: entered, voteGranted: true }
    case 'requestVote':
      return { type: 'requestVoteResponse', term: entered, voteGranted: true }
    case 'appendEntries': {
      const { round, prevLogIndex, entries } = message
      const matchIndex = logIndex(prevLogIndex + entries.length)
      return { type: 'appendEntriesResponse', term: entered, success: true, round, matchIndex }
    }
    case 'installSnapshot': {
      const { snapshot, offset, done } = message
      const answer = {
        type: 'installSnapshotResponse',
        term: entered,
        snapshotIndex: snapshot.index,
      } as const
      return { ...answer, offset: offset + 1, installed: done }
    }
    case 'readIndex':
      return { type: 'readIndexResponse', term: entered, number: message.number, readIndex: null }
    case 'timeoutNow':
      return { type: 'timeoutNowResponse', term: entered }
  }
}
