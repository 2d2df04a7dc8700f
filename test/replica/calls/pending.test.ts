/** Commands that wait for their entry to be applied. */
import t from 'tap'
import { ms } from '../../../lib/ports.js'
import { logIndex, term } from '../../../lib/raft/types.js'
import { Pending } from '../../../lib/replica/calls/pending.js'
import { OutcomeUnknownError, OverloadedError } from '../../../lib/rpc/errors.js'
import { ManualClock } from '../../harness/manual-clock.js'
import { ToldApplied } from '../told-applied.js'

/** A command that was appended at index 5 in term 1. */
async function appended() {
  const applied = new ToldApplied()
  const pending: Pending = new Pending({
    clock: new ManualClock(),
    applied,
    take: () => pending.appended({ type: 'appended', from: logIndex(5), count: 1, term: term(1) }),
    notLeader: () => new Error('nobody leads'),
    noQuorum: () => 'nobody hears it',
  })
  const answer = pending.submit('[1,"kv","set"]', 'kv.set', ms(1000)).catch((error: unknown) => error)
  await Promise.resolve()
  return { pending, applied, answer }
}

const entry = (inTerm: number) =>
  ({ kind: 'command', index: logIndex(5), term: term(inTerm), data: '' }) as const

void t.test('who waits at an index gets the result of its own entry', async (t) => {
  const { pending, applied, answer } = await appended()
  applied.entry(entry(1), { value: 'mine' })
  t.equal(await answer, 'mine')
  t.same(pending.load, { calls: 0, bytes: 0 })
  t.equal(applied.entryHearers.size, 0, 'nobody waits any more')
})

void t.test('and not the result of the entry that has taken its place', async (t) => {
  const { applied, answer } = await appended()
  applied.entry(entry(2), { value: "another caller's" })
  t.ok((await answer) instanceof OutcomeUnknownError)
})

void t.test('a command whose time is over is refused as not executed, and nothing is appended', async (t) => {
  const clock = new ManualClock()
  const proposed: string[] = []
  const pending: Pending = new Pending({
    clock,
    applied: new ToldApplied(),
    take: (input) => {
      if (input.type !== 'propose') return
      proposed.push(...input.commands)
      pending.appended({ type: 'appended', from: logIndex(1), count: input.commands.length, term: term(1) })
    },
    notLeader: () => new Error('nobody leads'),
    noQuorum: () => 'nobody hears it',
  })
  const submit = (text: string, budget: number): Promise<unknown> =>
    pending.submit(text, 'kv.set', ms(clock.now() + budget)).catch((error: unknown) => error)
  const late = submit('late', 0)
  void submit('in time', 1)
  const error = await late
  if (!(error instanceof OverloadedError)) throw new Error(`it came to ${String(error)}`)
  t.equal(error.outcome, 'not-executed')
  t.match(error.message, /kv.set was not executed: its time was over/)
  t.same(proposed, ['in time'])
  t.same(pending.load, { calls: 1, bytes: 7 })
  await submit('late again', 0)
  t.same(proposed, ['in time'], 'of late ones alone the core hears nothing')
})
