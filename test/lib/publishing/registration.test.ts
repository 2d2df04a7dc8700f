import t from 'tap'
import { setImmediate as turn } from 'node:timers/promises'
import type { Fence, RegisterOptions } from '../../../lib/names.js'
import {
  InternalError,
  NameTakenError,
  NoQuorumError,
  OutcomeUnknownError,
  OverloadedError,
  StaleTermError,
  UnauthorizedError,
  UnreachableError,
} from '../../../lib/rpc/errors.js'
import { LEASE_MS, Registration, type Entry } from '../../../lib/publishing/registration.js'
import { ManualClock } from '../../harness/manual-clock.js'
import { RecordingLogger } from '../../harness/ports.js'

/** A registration whose answers the test gives, one after another; the last one stands for all that follow. */
class Scene {
  readonly clock = new ManualClock()
  readonly logger = new RecordingLogger()
  readonly calls: { readonly at: number; readonly options: RegisterOptions }[] = []
  readonly registration: Registration
  readonly #answers: (Error | undefined)[]

  constructor(...answers: (Error | undefined)[]) {
    this.#answers = answers
    this.registration = this.register({ options: { fence: { clusterId: 'c', term: 2 } } })
  }

  register(entry: Pick<Entry, 'options' | 'fence'>): Registration {
    const { clock, logger } = this
    return new Registration(
      { name: 'kv', uri: 'kv@localhost:1', ...entry },
      { register: (...call) => this.#register(...call), clock, random: middle, logger },
    )
  }

  /** The times of the attempts within the next `time` milliseconds, in steps as fine as the first retry. */
  async attempts(time: number): Promise<readonly number[]> {
    const before = this.calls.length
    for (let passed = 0; passed <= time; passed += 25) {
      await turn()
      this.clock.advance(passed === 0 ? 0 : 25)
    }
    return this.calls.slice(before).map((call) => call.at)
  }

  async #register(_name: string, _uri: string, options: RegisterOptions): Promise<void> {
    this.calls.push({ at: this.clock.now(), options })
    const answer = this.#answers.length > 1 ? this.#answers.shift() : this.#answers[0]
    if (answer !== undefined) throw answer
    return Promise.resolve()
  }
}

const middle = { below: (limit: number) => Math.floor(limit / 2), identifier: () => '' }

t.test('the name is registered at once, with a lease, and renewed at a third of it', async (t) => {
  const scene = new Scene(undefined)
  t.same(scene.calls[0]?.options, { fence: { clusterId: 'c', term: 2 }, ttlMs: LEASE_MS })
  t.same(await scene.attempts(LEASE_MS), [LEASE_MS / 3, (LEASE_MS * 2) / 3, LEASE_MS])
})

for (const error of [
  new UnreachableError('away'),
  new OutcomeUnknownError('lost'),
  new NoQuorumError('one of three'),
  new InternalError('?'),
]) {
  t.test(`${error.label}: it is tried again, less and less often, until it is answered`, async (t) => {
    const scene = new Scene(error, error, error, undefined)
    t.same(await scene.attempts(1_000), [75, 225, 525])
    t.same(await scene.attempts(LEASE_MS / 3), [525 + LEASE_MS / 3])
  })
}

t.test('however long the name server is away, it is asked again every few seconds', async (t) => {
  const scene = new Scene(new UnreachableError('away'))
  await scene.attempts(60_000)
  const late = await scene.attempts(60_000)
  t.ok(late.length >= 10, `${late.length} attempts in the second minute`)
})

t.test('STALE_TERM ends it: a later leader has been there', async (t) => {
  const scene = new Scene(new StaleTermError('late'))
  t.same(await scene.attempts(LEASE_MS), [])
  t.equal(scene.clock.armed, 0)
  t.same(scene.logger.lines, ["debug the name kv is a later leader's"])
})

for (const error of [
  new NameTakenError('by another'),
  new OverloadedError('full'),
  new UnauthorizedError('who?'),
]) {
  t.test(`${error.label} is told once and tried again at the pace of the lease`, async (t) => {
    const scene = new Scene(error, error, undefined)
    t.same(await scene.attempts((LEASE_MS * 2) / 3), [LEASE_MS / 3, (LEASE_MS * 2) / 3])
    t.same(scene.logger.lines, ['warn the name server refuses kv for kv@localhost:1'])
  })
}

t.test('a name that was claimed just before its fence was known is claimed again at once', async (t) => {
  const early = new Scene(undefined, new NameTakenError('it is fenced'), undefined)
  early.registration.stop()
  const learnt: Fence[] = []
  const claim = early.register({ options: {}, fence: () => learnt[0] })
  learnt.push({ clusterId: 'c', term: 3 })
  t.equal((await early.attempts(1000)).length, 1, 'not after a third of the lease')
  t.match(early.calls.at(-1)?.options, { fence: learnt[0] })
  t.same(early.logger.lines, [])
  claim.stop()
})

t.test('stopped while an attempt is under way, it makes no other', async (t) => {
  for (const answer of [undefined, new UnreachableError('away'), new NameTakenError('taken')]) {
    const scene = new Scene(answer)
    scene.registration.stop()
    t.same(await scene.attempts(LEASE_MS), [])
    t.equal(scene.clock.armed, 0)
  }
})
