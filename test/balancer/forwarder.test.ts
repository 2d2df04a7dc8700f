import t from 'tap'
import { Admission } from '../../balancer/admission.js'
import { Counts } from '../../balancer/counts.js'
import { Forwarder } from '../../balancer/forwarder.js'
import type { SeenLeader } from '../../balancer/leader-watch.js'
import { ms } from '../../lib/ports.js'
import type { CallOptions } from '../../lib/rpc/channels/connection-options.js'
import * as errors from '../../lib/rpc/errors.js'
import type { CallContext, CallMeta } from '../../lib/rpc/exposed.js'
import { uri } from '../../lib/rpc/uri.js'
import { systemRandom } from '../../lib/system/random.js'
import { ManualClock } from '../harness/manual-clock.js'

const leaderAt = (port: number): SeenLeader => ({
  uri: uri(`node@localhost:${port}`),
  address: { kind: 'tcp', host: 'localhost', port },
  term: port,
})

interface Sent {
  readonly port: number
  readonly options: CallOptions
}

/** Each attempt meets the next of `outcomes`; each refusal reveals the next leader. */
function scene(outcomes: readonly unknown[], leaders: readonly (SeenLeader | undefined)[]) {
  const clock = new ManualClock()
  const sent: Sent[] = []
  const counts = new Counts()
  let found = 0
  const forwarder = new Forwarder({
    cluster: 'test',
    clock,
    random: systemRandom,
    admission: new Admission(),
    counts,
    watch: {
      members: [uri('node1@localhost:1')],
      known: async () => leaders[Math.min(found, leaders.length - 1)],
      refute: () => void (found += 1),
    },
    leaderConnections: {
      call: async (_, address, __, ___, options) => {
        const outcome = outcomes[sent.length]
        sent.push({ port: address.kind === 'tcp' ? address.port : 0, options })
        if (outcome instanceof Error) throw outcome
        return 'done'
      },
    },
  })
  const call = (meta: CallMeta = {}): Promise<unknown> => {
    const deadline = meta.timeoutMs === undefined ? undefined : ms(clock.now() + meta.timeoutMs)
    const context: CallContext = { connection: { kind: 'http', remote: '' }, meta, deadline }
    return forwarder.forward('kv.set', ['a', 1], context)
  }
  return { clock, sent, counts, call }
}

const notLeader = new errors.NotLeaderError({ leader: null, term: 1, members: [] })

t.test('what was surely not executed is sent to the next leader', async (t) => {
  for (const refusal of [notLeader, new errors.UnreachableError('gone'), new errors.NoQuorumError('alone')]) {
    const { call, sent, counts } = scene([refusal], [leaderAt(1), leaderAt(2)])
    t.equal(await call(), 'done')
    t.same(
      sent.map(({ port }) => port),
      [1, 2],
      refusal.label,
    )
    t.equal(counts.resent, 1)
  }
})

t.test('everything else goes back to the caller as it came, sent once', async (t) => {
  const others = [
    new errors.OutcomeUnknownError('lost'),
    new errors.InternalError('broke'),
    new errors.RemoteError({ name: 'Error', message: 'own' }),
    new errors.OverloadedError('later'),
    new errors.SessionExpiredError('over'),
    new errors.InvalidParamsError('wrong'),
  ]
  for (const error of others) {
    const { call, sent, counts } = scene([error], [leaderAt(1), leaderAt(2)])
    t.equal(await call().catch((thrown: unknown) => thrown), error, error.label)
    t.equal(sent.length, 1, error.label)
    t.equal(counts.errors.get(error.label), 1)
  }
})

t.test('what the client wrote beside its params goes along, with what is left of its time', async (t) => {
  const meta: CallMeta = {
    session: 's',
    seq: 7,
    firstOutstanding: 3,
    consistency: 'stale',
    traceparent: 'x',
    token: 'y',
  }
  const plain = scene([], [leaderAt(1)])
  await plain.call(meta)
  t.same(plain.sent[0]?.options.meta, meta)
  const empty = scene([], [leaderAt(1)])
  await empty.call()
  t.equal(empty.sent[0]?.options.meta, undefined)
  const hurried = scene([], [leaderAt(1)])
  await hurried.call({ ...meta, timeoutMs: 500 })
  t.same(hurried.sent[0]?.options.meta, { ...meta, timeoutMs: 500 })
})

t.test(
  'a member that refuses and still leads is asked again after a pause, until time is over',
  async (t) => {
    const { call, sent, clock } = scene(Array<unknown>(1000).fill(notLeader), [leaderAt(1)])
    let error: unknown
    const ended = call({ timeoutMs: 1000 }).catch((thrown: unknown) => (error = thrown))
    for (let i = 0; i < 1000 && error === undefined; i += 1) {
      await new Promise((resolve) => setImmediate(resolve))
      clock.advance(10)
    }
    await ended
    t.type(error, errors.NoQuorumError)
    t.match(error, { message: /kv\.set was not executed.*last attempt.*node1@localhost:1/ })
    t.ok(sent.length > 2 && sent.length < 30, `${sent.length} attempts`)
  },
)

t.test('without a leader the call has not run, and says who was asked', async (t) => {
  const { call, sent } = scene([], [undefined])
  await t.rejects(call(), { name: 'NoQuorumError', message: /no member of "test" leads.*node1@localhost:1/ })
  t.same(sent, [])
})
