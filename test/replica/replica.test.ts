/** One replica in a test's hand: what those who call it are told when its world lets it down. */
import t from 'tap'
import type { Json } from '../../lib/json.js'
import { memberSettings } from '../../lib/member-settings.js'
import { ms } from '../../lib/ports.js'
import { clusterId, incarnation, logIndex, serverId, term } from '../../lib/raft/types.js'
import type { Incarnation, Input, Recovered, Request, Response } from '../../lib/raft/types.js'
import { helloToJson } from '../../lib/replica/members/hello.js'
import { requestToJson } from '../../lib/replica/members/messages.js'
import type { LinkHooks } from '../../lib/replica/members/peer-links.js'
import { Replica } from '../../lib/replica/replica.js'
import { NotLeaderError, OutcomeUnknownError, TooLargeError } from '../../lib/rpc/errors.js'
import { Answer } from '../../lib/rpc/exposed.js'
import type { CallContext } from '../../lib/rpc/exposed.js'
import { RaftStorage } from '../../lib/storage/raft-storage.js'
import { createTransport } from '../../lib/system/transport.js'
import { Counter } from '../../lib/shipped/counter.js'
import { MemoryDisk } from '../../testing/simulator/memory-disk.js'
import { Life } from '../../testing/simulator/life.js'
import { World } from '../../testing/simulator/world.js'
import { collectGarbage } from '../harness/collect-garbage.js'
import { silent } from './members.js'

const [n1, n2, n3] = [serverId('n1'), serverId('n2'), serverId('n3')]
const uris = { n1: 'n1@localhost:9101', n2: 'n2@localhost:9102', n3: 'n3@localhost:9103' }

/** Milliseconds. */
interface Asked {
  readonly time?: number
  readonly budget?: number
  readonly consistency?: 'linearizable' | 'follower' | 'stale'
}

/**
 * n1 of three, with virtual time and its shipped storage on a disk in memory. n2 agrees with everything as long as
 * `hears`; n3 is away.
 */
class Rig {
  readonly world = new World(1)
  readonly life = new Life(this.world)
  hears = true
  onSend: (hooks: LinkHooks) => void = () => undefined

  async start(own: Incarnation = incarnation('n1-first')): Promise<Replica> {
    const disk = new MemoryDisk({ schedule: queueMicrotask })
    const { storage, recovered } = await RaftStorage.open(disk, silent)
    return this.startWith(storage, recovered, own)
  }

  startWith(
    storage: RaftStorage,
    recovered: Recovered,
    own: Incarnation = incarnation('n1-first'),
  ): Promise<Replica> {
    return Replica.start({
      id: n1,
      cluster: 'test',
      bootstrap: { voters: [n1, n2, n3], learners: [], uris },
      incarnation: own,
      storage,
      recovered,
      classes: new Map([['counter', Counter]]),
      settings: memberSettings(),
      links: (hooks) => ({
        close: () => undefined,
        send: ({ to, message }) => {
          this.onSend(hooks)
          if (to === n2) this.world.after(1, () => this.hears && hooks.take(agreement(message)))
        },
      }),
      transport: createTransport(),
      clock: this.life.clock,
      random: this.life.random,
      logger: silent,
    })
  }

  pass(time: number): Promise<void> {
    return this.world.run(this.world.now + time, () => undefined)
  }

  async lead(): Promise<Replica> {
    const replica = await this.start()
    await this.pass(500)
    t.ok(replica.isServing)
    return replica
  }

  /** What a call comes to within `time`. */
  async outcome(
    replica: Replica,
    method: string,
    params: readonly Json[],
    { time = 100, budget = 10_000, consistency = 'linearizable' }: Asked = {},
  ): Promise<unknown> {
    const context: CallContext = {
      connection: { kind: 'lines', remote: 'client' },
      meta: { consistency },
      deadline: ms(this.world.now + budget),
    }
    const handler = replica.objects.get('counter')?.methods.get(method)?.handler
    const settled = new Promise((resolve) => resolve(handler?.(params, context))).catch(
      (error: unknown) => error,
    )
    await this.pass(time)
    return settled
  }
}

function agreement(message: Request): Input {
  return { type: 'response', from: n2, incarnation: incarnation('n2-first'), message: yes(message) }
}

function yes(message: Request): Response {
  switch (message.type) {
    case 'preVote':
      return { type: 'preVoteResponse', term: message.term, voteGranted: true }
    case 'requestVote':
      return { type: 'requestVoteResponse', term: message.term, voteGranted: true }
    case 'appendEntries': {
      const { term, round, prevLogIndex, entries } = message
      const matchIndex = logIndex(prevLogIndex + entries.length)
      return { type: 'appendEntriesResponse', term, success: true, round, matchIndex }
    }
    case 'installSnapshot': {
      const { term, snapshot, offset } = message
      return {
        type: 'installSnapshotResponse',
        term,
        snapshotIndex: snapshot.index,
        offset: offset + 1,
        installed: message.done,
      }
    }
    case 'readIndex':
      return { type: 'readIndexResponse', term: message.term, number: message.number, readIndex: null }
    case 'timeoutNow':
      return { type: 'timeoutNowResponse', term: message.term }
  }
}

void t.test('a command whose time runs out before a majority has it may still be executed', async (t) => {
  const rig = new Rig()
  const replica = await rig.lead()
  rig.hears = false
  const told = await rig.outcome(replica, 'increment', [1], { budget: 50 })
  t.ok(told instanceof OutcomeUnknownError, String(told))
  t.match(told, { message: /time ran out/ })
  t.ok(replica.isServing, 'and its leader still leads')
  rig.hears = true
  await rig.pass(100)
  t.equal(await rig.outcome(replica, 'value', []), 1, 'and it was')
  await replica.stop()
})

void t.test('a command whose leader loses the majority has an unknown outcome', async (t) => {
  const rig = new Rig()
  const replica = await rig.lead()
  rig.hears = false
  const told = await rig.outcome(replica, 'increment', [1], { time: 500 })
  t.ok(told instanceof OutcomeUnknownError, String(told))
  t.match(told, { message: /leadership was lost/ })
  await replica.stop()
})

void t.test('a command of more than a mebibyte is refused before it is in the log', async (t) => {
  const rig = new Rig()
  const replica = await rig.lead()
  const before = replica.status().lastIndex
  const told = await rig.outcome(replica, 'increment', ['x'.repeat(2 ** 20)])
  t.ok(told instanceof TooLargeError, String(told))
  t.equal(replica.status().lastIndex, before)
  await replica.stop()
})

void t.test('who is not the leader serves a stale query, and refuses a linearizable one', async (t) => {
  const rig = new Rig()
  rig.hears = false
  const replica = await rig.start()
  t.match(await rig.outcome(replica, 'value', [], { consistency: 'stale' }), { result: 0 })
  t.ok((await rig.outcome(replica, 'value', [])) instanceof NotLeaderError)
  t.ok((await rig.outcome(replica, 'value', [], { consistency: 'follower' })) instanceof NotLeaderError)
  await replica.stop()
})

void t.test(
  'a stale answer tells how long ago its member last knew that there was nothing newer',
  async (t) => {
    const rig = new Rig()
    const replica = await rig.lead()
    await rig.outcome(replica, 'increment', [3])
    const stale = () => rig.outcome(replica, 'value', [], { consistency: 'stale', time: 0 })
    const { lastApplied: appliedIndex } = replica.status()
    const ageOf = (answer: unknown) => (answer instanceof Answer ? answer.meta.ageMs : undefined) ?? NaN
    const fresh = await stale()
    t.match(fresh, { result: 3, meta: { appliedIndex } })
    t.ok(ageOf(fresh) <= 100, 'two heartbeats at most')
    rig.hears = false
    await rig.pass(200)
    const old = await stale()
    t.match(old, { result: 3, meta: { appliedIndex } })
    t.equal(ageOf(old), ageOf(fresh) + 200)
    const stranger = new Rig()
    stranger.hears = false
    const alone = await stranger.start()
    const never = await stranger.outcome(alone, 'value', [], { consistency: 'stale' })
    t.match(never, { result: 0, meta: { appliedIndex: 0, ageMs: null } })
    await Promise.all([replica.stop(), alone.stop()])
  },
)

void t.test(
  'a leader that fails in the middle of a step leaves office and answers all who wait',
  async (t) => {
    const rig = new Rig()
    const replica = await rig.lead()
    rig.onSend = (hooks) => hooks.ownFolderLost()
    const told = await rig.outcome(replica, 'increment', [1])
    t.ok(told instanceof OutcomeUnknownError, String(told))
    t.match(await replica.failed, { message: /n1 has lost its data folder/ })
    t.equal(replica.raft.view.role, 'follower')
    await replica.stop()
  },
)

void t.test(
  'a member whose folder was wiped stops when it hears of its former self, and acknowledges nothing',
  async (t) => {
    const rig = new Rig()
    rig.hears = false
    const replica = await rig.start(incarnation('n1-second'))
    const connection = { kind: 'lines', remote: 'n2' } as const
    const call = (method: string, json: Json) =>
      replica.member.methods.get(method)?.handler([json], { connection, meta: {}, deadline: undefined })
    const hello = {
      version: 1,
      cluster: 'test',
      clusterId: null,
      clusterIdInLog: null,
      id: n2,
      incarnation: incarnation('n2-first'),
      priority: 0,
      classes: undefined,
    }
    call('hello', helloToJson(hello))
    const identity = {
      kind: 'identity',
      index: logIndex(1),
      term: term(1),
      clusterId: clusterId('c'),
      incarnations: [
        [n1, incarnation('n1-first')],
        [n2, incarnation('n2-first')],
      ],
    } as const
    const append = call(
      'appendEntries',
      requestToJson({
        type: 'appendEntries',
        term: term(1),
        leaderId: n2,
        prevLogIndex: logIndex(0),
        prevLogTerm: term(0),
        entries: [identity],
        leaderCommit: logIndex(1),
        round: 1,
      }),
    )
    await t.rejects(Promise.resolve(append), /this member is stopping/)
    t.match(await replica.failed, { message: /n1 has lost its data folder/ })
    await rig.pass(1000)
    t.equal(replica.raft.view.role, 'follower')
    await replica.stop()
  },
)

void t.test('what was read of the log at the start goes when the log drops it', async (t) => {
  const rig = new Rig()
  const disk = new MemoryDisk({ schedule: queueMicrotask })
  const { storage } = await RaftStorage.open(disk, silent)
  let list: WeakRef<object> | undefined
  const start = (): Promise<Replica> => {
    const entries = [{ kind: 'empty', index: logIndex(1), term: term(1) }] as const
    list = new WeakRef(entries)
    return rig.startWith(storage, { hardState: { currentTerm: term(1), votedFor: undefined }, entries })
  }
  const replica = await start()
  // What was looked at in this turn is kept until the next.
  await new Promise((resolve) => setImmediate(resolve))
  collectGarbage()
  t.equal(list?.deref(), undefined)
  await replica.stop()
})
