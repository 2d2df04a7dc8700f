/** callLeader() against daemons in this process that answer as members do. */
import t from 'tap'
import { connectWith } from '../../../lib/client/connect.js'
import type { Rollcall } from '../../../lib/client/rollcall.js'
import type { Json } from '../../../lib/json.js'
import {
  InvalidParamsError,
  NoQuorumError,
  NotLeaderError,
  OutcomeUnknownError,
} from '../../../lib/rpc/errors.js'
import type { Handler } from '../../../lib/rpc/exposed.js'
import { formatUri, type Uri } from '../../../lib/rpc/uri.js'
import { clientPorts } from '../../../lib/system/client-ports.js'
import { HastyClock, objectOf, startDaemon } from '../../rpc/rig.js'

interface TestCase {
  teardown(task: () => unknown): void
}

const NOBODY = '127.0.0.1:1'

/** Members that answer `addMember` so, and say that the one at `leads` leads; undefined: none. */
async function scene(t: TestCase, ...answers: readonly Handler[]) {
  const clock = new HastyClock()
  const members: Uri[] = []
  const state: { leads: number | undefined; asked: number } = { leads: 0, asked: 0 }
  const summaries = (): Json => members.map((member, at) => ({ id: `node${at}`, uri: member, voter: true }))
  for (const [at, addMember] of answers.entries()) {
    const status: Handler = () => {
      state.asked++
      const { leads } = state
      const leader = leads === undefined ? null : { id: `node${leads}`, uri: members[leads] ?? '' }
      const indexes = { commitIndex: 1, lastApplied: 1, lastIndex: 1, snapshotIndex: 0 }
      const about = { id: `node${at}`, uri: members[at] ?? '', cluster: 'rollcall', clusterId: 'c', term: 3 }
      const role = at === leads ? 'leader' : 'follower'
      return { ...about, ...indexes, role, leader, members: summaries() }
    }
    const { daemon, address } = await startDaemon({ [`node${at}`]: objectOf({ status, addMember }) })
    t.teardown(() => daemon.close())
    members.push(formatUri(`node${at}`, address))
  }
  const rollcall = await connectWith({ ...clientPorts(), clock }, { nameserver: NOBODY, members })
  t.teardown(() => rollcall.close())
  return { rollcall, clock, members, state }
}

const add = (rollcall: Rollcall, onWaiting?: (why: string) => void): Promise<Json> =>
  rollcall.callLeader('addMember', ['node5'], onWaiting && { onWaiting })

/** One after another, the last one ever after. */
function oneByOne(...outcomes: readonly (Json | Error)[]): () => Json {
  const left = [...outcomes]
  return () => {
    const outcome = (left.length > 1 ? left.shift() : left[0]) ?? null
    if (outcome instanceof Error) throw outcome
    return outcome
  }
}

const lost = new OutcomeUnknownError('leadership was lost')
const refused = new NoQuorumError('two of five')

t.test('a call goes on while the leader changes, also from one that may have begun it', async (t) => {
  const stage = await scene(t, resign, oneByOne(lost, 'done'))
  // A leader that has been removed sends its callers to members where its own object is unknown.
  function resign(): Json {
    stage.state.leads = 1
    const members = stage.members.slice(1)
    throw new NotLeaderError({ leader: members[0] ?? null, term: 3, members })
  }
  t.equal(await add(stage.rollcall), 'done')
})

t.test('a leader that is gone is not asked again and again while another one leads', async (t) => {
  const stage = await scene(
    t,
    () => 'at node0',
    () => 'at node1',
  )
  const gone = await startDaemon({})
  await gone.daemon.close()
  stage.members[0] = formatUri('node0', gone.address)
  const waits: string[] = []
  const onWaiting = (why: string): void => {
    waits.push(why)
    stage.state.leads = 1
  }
  t.equal(await add(stage.rollcall, onWaiting), 'at node1')
  t.equal(waits.length, 1)
})

t.test(
  'bug: a leader that took the call and fell silent was waited for until all time was over',
  async (t) => {
    const never = new Promise<Json>(() => undefined)
    const stage = await scene(
      t,
      () => never,
      () => 'at node1',
    )
    const asked: Uri[] = []
    const onLeader = (leader: Uri): void => void asked.push(leader)
    const onWaiting = (): void => void (stage.state.leads = 1)
    const call = stage.rollcall.callLeader('addMember', [], { attemptMs: 50, onLeader, onWaiting })
    t.equal(await call, 'at node1')
    t.same(asked, stage.members)
  },
)

t.test('a leader is told how long it is waited for', async (t) => {
  const budgets: (number | undefined)[] = []
  const stage = await scene(t, (_, { meta }) => budgets.push(meta.timeoutMs))
  await stage.rollcall.callLeader('addMember', [], { attemptMs: 50 })
  t.ok((budgets[0] ?? Infinity) <= 50)
})

t.test('a member that is dead is not waited for while the leader answers', async (t) => {
  const never = new Promise<Json>(() => undefined)
  const dead = await startDaemon({ dead: objectOf({ status: () => never }) })
  t.teardown(() => dead.daemon.close())
  const stage = await scene(t, () => 'done')
  const members = [formatUri('dead', dead.address), ...stage.members]
  const rollcall = await connectWith({ ...clientPorts(), clock: stage.clock }, { members })
  t.teardown(() => rollcall.close())
  t.equal(await rollcall.callLeader('addMember', [], { timeoutMs: 900 }), 'done')
})

t.test('it waits for a leader while there is none', async (t) => {
  const { rollcall, state } = await scene(t, () => 'done')
  state.leads = undefined
  const waits: string[] = []
  const onWaiting = (why: string): void => {
    waits.push(why)
    state.leads = 0
  }
  t.equal(await add(rollcall, onWaiting), 'done')
  t.same(waits, ['addMember must wait: the members have no leader now: 1 of 1 answer'])
})

t.test('bug: that nobody answers was told as a want of leaders, 0 of 0', async (t) => {
  const { rollcall, members } = await scene(t, () => 'done')
  const silent = await connectWith(clientPorts(), { members: ['a@127.0.0.1:1', 'b@127.0.0.1:2'] })
  t.teardown(() => silent.close())
  const waits: string[] = []
  const options = { timeoutMs: 300, onWaiting: (why: string) => void waits.push(why) }
  await t.rejects(silent.callLeader('status', [], options), NoQuorumError)
  t.match(waits, ['no member answers at a@127.0.0.1:1, b@127.0.0.1:2'])
  t.match(await rollcall.callLeader('status', []), { uri: members[0] })
})

t.test('what is refused for good is told at once', async (t) => {
  const taken = oneByOne(new InvalidParamsError('an address in use'), 'asked twice')
  await t.rejects(add((await scene(t, taken)).rollcall), { name: 'InvalidParamsError' })
})

t.test(
  'when time is over, what an attempt may have begun is unknown, whatever the last one said',
  async (t) => {
    const wavering = oneByOne(lost, refused)
    const stage = await scene(t, () => {
      if (stage.state.asked > 1) stage.clock.putForward(60_000)
      return wavering()
    })
    await t.rejects(add(stage.rollcall), { name: 'OutcomeUnknownError', message: /two of five/ })

    const other = await scene(t, () => {
      other.clock.putForward(60_000)
      throw refused
    })
    await t.rejects(add(other.rollcall), { name: 'NoQuorumError' })
  },
)
