/** A committed command gives the same state and the same result on every replica. */
import t from 'tap'
import { ms } from '../../../lib/ports.js'
import type { Clock } from '../../../lib/ports.js'
import { logIndex, term } from '../../../lib/raft/types.js'
import { encodeCommand, isTooLarge } from '../../../lib/replica/machine/command-text.js'
import { commandContext } from '../../../lib/replica/objects/context.js'
import { LogTime } from '../../../lib/replica/machine/log-time.js'
import { StateMachine } from '../../../lib/replica/machine/machine.js'
import { CompactedError, RemoteError } from '../../../lib/rpc/errors.js'
import { silent } from '../members.js'

class Probe {
  static commands = ['see', 'fail', 'lend', 'big', 'later', 'compacted', 'tell', 'tellAndFail']
  static queries = ['context']
  readonly lent = [1]

  see(): object {
    const context = commandContext()
    const { index, term, now } = context
    return { index, term, now, random: [context.random(), context.random()] }
  }
  fail(): void {
    throw new RangeError('too far')
  }
  lend(): number[] {
    return this.lent
  }
  big(): bigint {
    return 1n
  }
  later(): unknown {
    return Promise.reject(new Error('nobody hears this'))
  }
  compacted(): void {
    throw new CompactedError('below what is kept')
  }
  tell(): void {
    commandContext().emit('a', 1)
    commandContext().emit('b', 2)
  }
  tellAndFail(): void {
    commandContext().emit('a', 1)
    throw new RangeError('too far')
  }
  context(): object {
    return commandContext()
  }
}

class SetClock implements Clock {
  mono = 0
  real = 10_000_000
  now = () => ms(this.mono)
  wall = () => ms(this.real)
  after = () => ({ cancel: () => undefined })
  soon = () => undefined
  pass(time: number): void {
    this.mono += time
    this.real += time
  }
}

function host(clock = new SetClock()): StateMachine {
  const time = new LogTime(clock)
  return new StateMachine({
    sources: new Map([['probe', Probe]]),
    time,
    clock,
    logger: silent,
    patience: ms(75),
  })
}

function entry(method: string, time = 5000, index = 1) {
  const data = encodeCommand({ object: 'probe', method, params: [], time, seed: 7 })
  return { kind: 'command', index: logIndex(index), term: term(3), data } as const
}

void t.test('time and chance come from the entry, so two replicas see the same', async (t) => {
  const [one, other] = [host().apply(entry('see'), true), host().apply(entry('see'), false)]
  t.same(one, other)
  t.match(one, { value: { index: 1, term: 3, now: 5000 } })
})

void t.test('log time never goes back', async (t) => {
  const replica = host()
  replica.apply(entry('see', 9000), true)
  t.match(replica.apply(entry('see', 8000, 2), true), { value: { now: 9000 } })
})

void t.test(
  'an error is the result: name and message, and no stack, which differs between replicas',
  async (t) => {
    const result = host().apply(entry('fail'), true)
    t.ok(result && 'error' in result && result.error instanceof RemoteError)
    t.match(result, { error: { data: { name: 'RangeError', message: 'too far', stack: undefined } } })
  },
)

void t.test("an error of the contract's own keeps its code", async (t) => {
  t.match(host().apply(entry('compacted'), true), { error: { code: -32011 } })
})

void t.test('what the object does later does not change a result given out before', async (t) => {
  const replica = host()
  const first = replica.apply(entry('lend'), true)
  const second = replica.apply(entry('lend', 5000, 2), true)
  t.match(first, { value: [1] })
  t.not(first && 'value' in first && first.value, second && 'value' in second && second.value)
})

void t.test('a result that JSON can not carry, and a promise, are errors of that call alone', async (t) => {
  t.match(host().apply(entry('big'), true), { error: { code: -32000 } })
  t.match(host().apply(entry('later'), true), { error: { message: /must be synchronous/ } })
})

void t.test(
  'a replica that lacks the class of a committed command stops instead of skipping it',
  async (t) => {
    t.throws(() => host().apply(entry('unheardOf'), true), /probe\.unheardOf.*the same classes as the others/)
  },
)

void t.test('an entry of a later format stops the replica, and says so', async (t) => {
  const future = { ...entry('see'), data: '[2,"probe"]' }
  t.throws(() => host().apply(future, true), /format 2.*upgrade/)
})

void t.test('events of a command are kept with its index; those of one that throws are not', async (t) => {
  const replica = host()
  replica.apply(entry('tellAndFail'), true)
  replica.apply(entry('tell', 5000, 2), true)
  t.same(replica.events.since('probe', 0, { kind: 'prefix', prefix: '' }, 10).events, [
    { index: 2, topic: 'a', data: 1 },
    { index: 2, topic: 'b', data: 2 },
  ])
})

void t.test('a query has no command context', async (t) => {
  t.throws(() => host().query('probe', 'context', []), /only be used while a command method runs/)
})

void t.test(
  'a wall clock that jumps moves log time on by no more than an eighth of the time that passed',
  async (t) => {
    const clock = new SetClock()
    const time = new LogTime(clock)
    time.advance(time.stamp(), true)
    clock.pass(8000)
    clock.real += 3_600_000
    t.equal(time.stamp(), 10_000_000 + 9000)
    clock.real -= 7_200_000
    t.equal(time.stamp(), 10_000_000 + 8000)
  },
)

void t.test(
  'bug: a member that was started with a wall clock of years ahead took log time with it',
  async (t) => {
    const years = 315_360_000_000
    const clock = new SetClock()
    const [running, started] = [new LogTime(clock), new LogTime(clock)]
    t.equal(started.reckoned, undefined)
    running.advance(running.stamp(), true)
    started.advance(running.now, false)
    clock.pass(8000)
    started.told(running.reckoned ?? 0)
    clock.real += years
    t.equal(started.stamp(), 10_000_000 + 8000, 'the others have told it, idle hours counted')
    clock.pass(8000)
    t.equal(started.stamp(), 10_000_000 + 16_000 + 1000)
    started.told(1)
    t.equal(started.reckoned, 10_000_000 + 16_000, 'whoever knows goes by that')
    t.equal(started.now, 10_000_000, 'commands see what stands in their entries')
  },
)

void t.test(
  'bug: a member that caught up with entries of an hour ago took that hour out of log time',
  async (t) => {
    const clock = new SetClock()
    const time = new LogTime(clock)
    time.advance(time.stamp(), true)
    clock.pass(3_600_000)
    time.advance(10_000_500, true)
    t.equal(time.reckoned, 10_000_000 + 3_600_000)
    time.advance(10_000_000 + 3_599_000, true)
    t.equal(time.reckoned, 10_000_000 + 3_599_000, 'a clock that goes slower is gone by')
  },
)

void t.test('bug: under load log time went slower than any clock', async (t) => {
  const clock = new SetClock()
  const time = new LogTime(clock)
  time.advance(time.stamp(), true)
  // Three commands are under way at a time, each for three milliseconds.
  const underWay: number[] = []
  for (let passed = 0; passed < 300_000; passed++) {
    underWay.push(time.stamp())
    clock.pass(1)
    const [oldest = 0] = underWay
    if (underWay.length === 3) time.advance((underWay.shift(), oldest), true)
  }
  t.ok(time.now > clock.real - 100, `${clock.real - time.now} ms behind`)
})

void t.test('the limit on a command counts bytes, not characters', async (t) => {
  t.equal(isTooLarge('x'.repeat(1024 * 1024)), false)
  t.equal(isTooLarge('x'.repeat(1024 * 1024 + 1)), true)
  t.equal(isTooLarge('€'.repeat(400_000)), true)
})

void t.test('an object can not have the name of one that every member has', async (t) => {
  const hosting = (name: string): StateMachine => {
    const clock = new SetClock()
    const sources = new Map([[name, Probe]])
    return new StateMachine({ sources, time: new LogTime(clock), clock, logger: silent, patience: ms(75) })
  }
  t.throws(() => hosting('session'), /every member has an object session of its own: choose another name$/)
  t.doesNotThrow(() => hosting('sitting'))
})
