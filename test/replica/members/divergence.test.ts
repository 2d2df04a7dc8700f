/** Replicas whose results differ notice it, and those that the majority does not bear out stop. */
import t from 'tap'
import type { Json } from '../../../lib/json.js'
import type { Entry, RaftView, ServerId } from '../../../lib/raft/types.js'
import { logIndex, serverId, term } from '../../../lib/raft/types.js'
import { encodeCommand } from '../../../lib/replica/machine/command-text.js'
import { Digest } from '../../../lib/replica/machine/digest.js'
import { EventHistory } from '../../../lib/replica/machine/events.js'
import { Divergence, type DivergedError } from '../../../lib/replica/members/divergence.js'
import { InvalidParamsError, MethodNotFoundError, UnreachableError } from '../../../lib/rpc/errors.js'
import { ManualClock } from '../../harness/manual-clock.js'
import { RecordingLogger } from '../../harness/ports.js'
import { ToldApplied } from '../told-applied.js'

/** One member: what its commands came to, and what its part of the comparison does. */
class Member {
  readonly digest = new Digest()
  readonly events = new EventHistory()
  /** An older member does not know of events. */
  comparesEvents = true
  readonly divergence: Divergence
  stopped: DivergedError | undefined
  readonly applied = new ToldApplied()
  isReachable = true
  asked = 0

  constructor(
    readonly id: ServerId,
    group: Group,
  ) {
    this.divergence = new Divergence({
      clock: group.clock,
      logger: group.logger,
      view: () => group.viewOf(id),
      applied: this.applied,
      digestAt: (index, of) => (of === 'results' ? this.digest.at(index) : this.events.digestAt(index)),
      entries: (from, to) => group.log.slice(from - 1, to),
      ask: (to, method, params) => group.member(to).answer(method, params),
      stop: (error) => {
        this.stopped ??= error
        this.isReachable = false
        this.divergence.end()
      },
    })
    if (id === group.leader) this.divergence.hearers.elected?.({ type: 'elected', term: term(1), votes: [] })
  }

  apply(index: number, result: Json, event?: Json): void {
    this.digest.take(index, { value: result })
    const text = JSON.stringify(event)
    if (event !== undefined) this.events.record(index, [{ object: 'dice', topic: 'roll', text }])
    this.applied.upTo(index)
  }

  async answer(method: string, params: readonly Json[]): Promise<Json> {
    this.asked++
    if (!this.isReachable) throw new UnreachableError(`${this.id} is down`)
    if (method === 'digest') return this.divergence.digest(params[0], 'results')
    if (method === 'parted') return this.divergence.parted(params)
    if (this.comparesEvents) return this.divergence.digest(params[0], 'events')
    throw new MethodNotFoundError(`${this.id} has no method ${method}`)
  }
}

class Group {
  readonly clock = new ManualClock()
  readonly logger = new RecordingLogger()
  readonly log: Entry[] = []
  readonly members: readonly Member[]
  leader = 'a'

  constructor(names: string) {
    this.members = names.split(' ').map((name) => new Member(serverId(name), this))
  }

  member(id: string): Member {
    const found = this.members.find((member) => member.id === id)
    if (found === undefined) throw new Error(`no member ${id}`)
    return found
  }

  viewOf(id: ServerId): RaftView {
    const configuration = { voters: this.members.map((member) => member.id), learners: [], uris: {} }
    return { id, role: id === this.leader ? 'leader' : 'follower', configuration } as unknown as RaftView
  }

  /** One more command, which comes to its index with all but those members. */
  command(others: Readonly<Record<string, Json>> = {}): void {
    const index = this.log.length + 1
    const data = encodeCommand({ object: 'dice', method: `roll${index}`, params: [], time: 0, seed: 0 })
    this.log.push({ kind: 'command', index: logIndex(index), term: term(1), data })
    for (const member of this.members) if (member.isReachable) member.apply(index, others[member.id] ?? index)
  }

  /** One more command, which comes to the same and tells of itself, with those members otherwise. */
  eventful(others: Readonly<Record<string, Json>> = {}): void {
    const index = this.log.length + 1
    const data = encodeCommand({ object: 'dice', method: `roll${index}`, params: [], time: 0, seed: 0 })
    this.log.push({ kind: 'command', index: logIndex(index), term: term(1), data })
    for (const member of this.members) member.apply(index, index, others[member.id] ?? index)
  }

  /** A second goes by, and everything that is asked then is answered. */
  async second(): Promise<void> {
    this.clock.advance(1000)
    for (let turn = 0; turn < 400; turn++) await Promise.resolve()
  }

  /** As long as it takes until the newest command is compared: the first one of a second is asked about at its end. */
  async compare(): Promise<void> {
    await this.second()
    await this.second()
  }

  get stopped(): readonly string[] {
    return this.members.filter(({ stopped }) => stopped !== undefined).map(({ id }) => id)
  }
}

t.test('a follower that comes to another result stops, and says at which entry and method', async (t) => {
  const group = new Group('a b c')
  for (let entry = 1; entry <= 20; entry++) group.command(entry === 13 ? { b: 'another' } : {})
  await group.compare()
  t.same(group.stopped, ['b'])
  t.match(group.member('b').stopped, { label: 'DIVERGED', message: / at entry 13, dice\.roll13: / })
  t.match(group.logger.lines, [
    /^error b has come to another result than the majority at entry 13, dice\.roll13/,
  ])
  group.command()
  await group.compare()
  t.same(group.stopped, ['b'], 'the others go on')
})

t.test('a leader that is the odd one stops itself', async (t) => {
  const group = new Group('a b c')
  for (let entry = 1; entry <= 20; entry++) group.command(entry === 7 ? { a: 'another' } : {})
  await group.compare()
  t.same(group.stopped, ['a'])
  t.match(group.member('a').stopped?.message, / at entry 7, dice\.roll7: /)
})

t.test('with no majority for any result the leader stops, and says who stands against whom', async (t) => {
  const group = new Group('a b c d')
  group.command()
  group.command({ c: 'another', d: 'another' })
  await group.compare()
  t.same(group.stopped, ['a'])
  t.match(
    group.member('a').stopped?.message,
    /at entry 2, dice\.roll2, and none has a majority: a and b against c and d/,
  )
})

t.test('a member that is down is waited for before nobody is right, for a while', async (t) => {
  const waiting = () => {
    const group = new Group('a b c')
    group.member('c').isReachable = false
    group.command({ b: 'another' })
    return group
  }
  const back = waiting()
  await back.second()
  t.same(back.stopped, [])
  back.member('c').isReachable = true
  back.member('c').apply(1, 1)
  await back.second()
  t.same(back.stopped, ['b'])

  const gone = waiting()
  for (let round = 0; round < 10; round++) await gone.second()
  t.same(gone.stopped, ['a'])
})

t.test('a member whose events are others stops, though all results are the same', async (t) => {
  const group = new Group('a b c')
  for (let entry = 1; entry <= 20; entry++) group.eventful(entry === 13 ? { b: 'another' } : {})
  await group.compare()
  t.same(group.stopped, ['b'])
  t.match(group.member('b').stopped, {
    label: 'DIVERGED',
    message: /^this member has other events than the majority at entry 13, dice\.roll13: /,
  })
  t.match(group.logger.lines, [/^error b has other events than the majority at entry 13, dice\.roll13/])
})

t.test('events are compared between those alone that know how', async (t) => {
  const older = (names: string) => {
    const group = new Group('a b c')
    for (const name of names.split(' ')) group.member(name).comparesEvents = false
    return group
  }
  const two = older('b c')
  two.eventful({ b: 'another', c: 'another' })
  await two.compare()
  t.same(two.stopped, [], 'nobody can be compared with')
  two.command({ c: 'another' })
  await two.compare()
  t.same(two.stopped, ['c'], 'results are compared as ever')

  const one = older('c')
  one.eventful({ b: 'another' })
  for (let round = 0; round < 12; round++) await one.second()
  t.same(one.stopped, [], 'which of the two is right the third may still say')
})

t.test('nobody is asked while no command comes, nor by a follower', async (t) => {
  const group = new Group('a b c')
  const asked = () => group.members.map((member) => member.asked)
  await group.second()
  t.same(asked(), [0, 0, 0])
  group.command()
  group.command()
  await group.second()
  await group.second()
  t.same(asked(), [0, 4, 4], 'about the first and the last, for results and for events')
  await group.second()
  t.same(asked(), [0, 4, 4])
  t.equal(group.clock.armed, 0)
})

t.test('a member that lags, or does not know the question, is left alone', async (t) => {
  const group = new Group('a b c')
  group.member('b').isReachable = false
  for (let entry = 1; entry <= 5; entry++) group.command()
  group.member('b').isReachable = true
  await group.second()
  t.same(group.stopped, [])
})

t.test('a member does not stop on a mere word: it must see the difference', (t) => {
  const group = new Group('a b c')
  group.command()
  const { divergence, digest, events } = group.member('b')
  t.throws(() => divergence.parted([1, digest.at(1) ?? 0, true]), InvalidParamsError)
  const same = events.digestAt(1) ?? 0
  t.throws(() => divergence.parted([1, same, true, 'events']), /the events up to entry 1 are the same here/)
  t.throws(() => divergence.parted([2, 1, true]), InvalidParamsError, 'not applied yet')
  t.throws(() => divergence.parted([1, 'x', true]), InvalidParamsError)
  t.throws(() => divergence.digest(-1, 'results'), InvalidParamsError)
  t.same(group.stopped, [])
  t.end()
})
