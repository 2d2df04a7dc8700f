/** What is over ends at its time though nobody calls, by an entry of the log. Time is virtual. */
import t from 'tap'
import type { Json } from '../../../lib/json.js'
import { ms } from '../../../lib/ports.js'
import { decodeCommand } from '../../../lib/replica/machine/command-text.js'
import { commandContext } from '../../../lib/replica/objects/context.js'
import type { ReplicatedClass } from '../../../lib/replica/objects/marks.js'
import type { Replica } from '../../../lib/replica/replica.js'
import { logIndex } from '../../../lib/raft/types.js'
import { LoneMember } from '../lone-member.js'

/** Things that each are there for a time of the log. */
class Leases {
  static readonly commands = ['begin']
  static readonly queries = ['there']
  readonly ends = new Map<string, number>()

  begin(name: string, forMs: number): void {
    this.ends.set(name, commandContext().now + forMs)
  }

  there(): readonly string[] {
    return [...this.ends.keys()]
  }

  nextExpiry(): number | undefined {
    return this.ends.size === 0 ? undefined : Math.min(...this.ends.values())
  }

  expire(): void {
    const context = commandContext()
    for (const [name, end] of this.ends)
      if (end <= context.now) {
        this.ends.delete(name)
        context.emit(name, null)
      }
  }
}

/** One that leads, with the class under the name `leases`. */
async function leading(
  source: ReplicatedClass,
  others: readonly (readonly [string, ReplicatedClass])[] = [],
) {
  const member = new LoneMember()
  member.classes = new Map([['leases', source], ...others])
  const replica = await member.lead()
  const call = (method: string, ...params: Json[]): Promise<unknown> => {
    const connection = { kind: 'lines', remote: 'a test' } as const
    const context = { connection, meta: {}, deadline: ms(member.world.now + 10_000) }
    const answer: unknown = replica.objects.get('leases')?.methods.get(method)?.handler(params, context)
    return Promise.resolve(answer).catch((error: unknown) => error)
  }
  return { member, replica, call }
}

const thereIn = ({ machine }: Replica): Json => machine.query('leases', 'there', [])

function entriesOf({ raft }: Replica): readonly string[] {
  const all = raft.entries(logIndex(1), raft.view.lastLogIndex)
  return all.flatMap((entry) => (entry.kind === 'command' ? [decodeCommand(entry.data).method] : []))
}

t.test('what is over ends at its time, and not before', async (t) => {
  const { member, replica, call } = await leading(Leases)
  void call('begin', 'a', 1_000)
  void call('begin', 'b', 60_000)
  await member.pass(990)
  t.same(thereIn(replica), ['a', 'b'])
  await member.pass(50)
  t.same(thereIn(replica), ['b'])
  await member.pass(59_100)
  t.same(thereIn(replica), [])
  t.same(entriesOf(replica), ['begin', 'begin', 'expire', 'expire'])
  t.same(
    [...replica.machine.events.after(0)].map(({ topic }) => topic),
    ['a', 'b'],
    'and those who watch are told',
  )
  await member.pass(600_000)
  t.equal(entriesOf(replica).length, 4, 'while nothing is due, nothing is written')
  await replica.stop()
})

t.test('what ends sooner than what was waited for is not kept waiting', async (t) => {
  const { member, replica, call } = await leading(Leases)
  void call('begin', 'late', 30_000)
  await member.pass(100)
  void call('begin', 'soon', 100)
  await member.pass(150)
  t.same(thereIn(replica), ['late'])
  await replica.stop()
})

t.test('many that end one shortly after another end together', async (t) => {
  const { member, replica, call } = await leading(Leases)
  for (let n = 0; n < 100; n++) void call('begin', `l${n}`, 1_000 + n)
  await member.pass(1_200)
  t.same(thereIn(replica), [])
  const ends = entriesOf(replica).filter((method) => method === 'expire').length
  t.ok(ends <= 10, `${ends} entries`)
  await replica.stop()
})

t.test('bug: more than one entry ends was ended a second, two, four and so on later', async (t) => {
  class Few extends Leases {
    override expire(): boolean {
      const over = [...this.ends].filter(([, end]) => end <= commandContext().now)
      for (const [name] of over.slice(0, 2)) this.ends.delete(name)
      return over.length > 2
    }
  }
  const { member, replica, call } = await leading(Few)
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) void call('begin', name, 1_000)
  await member.pass(1_100)
  t.same(thereIn(replica), [])
  t.equal(entriesOf(replica).filter((method) => method === 'expire').length, 4)
  t.same(
    member.logger.lines.filter((line) => line.includes('of no use')),
    [],
  )
})

t.test(
  'bug: more than one entry ends waited for seconds where the class does not say that there is more',
  async (t) => {
    class Few extends Leases {
      override expire(): void {
        const over = [...this.ends].filter(([, end]) => end <= commandContext().now)
        for (const [name] of over.slice(0, 2)) this.ends.delete(name)
      }
    }
    const { member, replica, call } = await leading(Few)
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) void call('begin', name, 1_000)
    await member.pass(1_200)
    t.same(thereIn(replica), [])
    t.same(
      member.logger.lines.filter((line) => line.includes('of no use')),
      [],
    )
    await replica.stop()
  },
)

t.test('nobody can call it, and a class that marks the name for its callers has no such hook', async (t) => {
  const { member, replica, call } = await leading(Leases)
  t.notOk(replica.objects.get('leases')?.methods.has('expire'))
  void call('begin', 'a', 100)
  await member.pass(10)
  await replica.stop()

  class Marked extends Leases {
    static override readonly commands = ['begin', 'expire']
  }
  const own = await leading(Marked)
  void own.call('begin', 'a', 100)
  await own.member.pass(1_000)
  t.same(thereIn(own.replica), ['a'])
  void own.call('expire')
  await own.member.pass(10)
  t.same(thereIn(own.replica), [])
  await own.replica.stop()
})

t.test('without a majority nothing ends, and once there is one again it does', async (t) => {
  const { member, replica, call } = await leading(Leases)
  void call('begin', 'a', 1_000)
  await member.pass(900)
  member.hears = false
  await member.pass(5_000)
  t.same(thereIn(replica), ['a'])
  member.hears = true
  await member.pass(3_000)
  t.same(thereIn(replica), [])
  await replica.stop()
})

t.test('a class whose expire fails, or ends nothing, fills no log and is named once', async (t) => {
  class Failing extends Leases {
    override expire(): void {
      throw new Error('not today')
    }
  }
  class Idle extends Leases {
    override expire(): void {
      return
    }
  }
  for (const [source, reason] of [
    [Failing, 'not today'],
    [Idle, 'as much is due afterwards as before'],
  ] as const) {
    const { member, replica, call } = await leading(source)
    void call('begin', 'a', 100)
    await member.pass(10 * 60_000)
    const ends = entriesOf(replica).filter((method) => method === 'expire').length
    t.ok(ends >= 5 && ends <= 25, `${ends} entries in ten minutes`)
    const warnings = member.logger.lines.filter((line) => line.includes('leases.expire was of no use'))
    t.equal(warnings.length, 1)
    t.match(warnings[0], reason)
    await replica.stop()
  }
})

t.test('a class that can not say when keeps no other from ending what is over', async (t) => {
  class Broken extends Leases {
    override nextExpiry(): number {
      return NaN
    }
  }
  const { member, replica, call } = await leading(Leases, [['broken', Broken]])
  const { handler } = replica.objects.get('broken')?.methods.get('begin') ?? {}
  const connection = { kind: 'lines', remote: 'a test' } as const
  void handler?.(['a', 100], { connection, meta: {}, deadline: undefined })
  void call('begin', 'a', 100)
  await member.pass(500)
  t.same(thereIn(replica), [])
  const warnings = member.logger.lines.filter((line) => line.includes('broken.nextExpiry failed'))
  t.equal(warnings.length, 1)
  await replica.stop()
})

t.test('a member that leads anew ends what came to its end meanwhile', async (t) => {
  const { member, replica, call } = await leading(Leases)
  void call('begin', 'a', 2_000)
  await member.pass(100)
  member.hears = false
  await member.pass(1_000)
  t.not(replica.status().role, 'leader')
  member.hears = true
  await member.pass(3_000)
  t.equal(replica.status().role, 'leader')
  t.same(thereIn(replica), [])
  await replica.stop()
})
