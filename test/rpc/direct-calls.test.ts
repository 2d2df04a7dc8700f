/** Calls of which everything is known before they are sent: the same in all but that nothing is waited for. */
import t, { type Test } from 'tap'
import type { Caller, Target } from '../../lib/rpc/calling/caller.js'
import {
  NoQuorumError,
  OutcomeUnknownError,
  OverloadedError,
  UnreachableError,
} from '../../lib/rpc/errors.js'
import type { CallMeta, Handler, MethodKind } from '../../lib/rpc/exposed.js'
import { formatUri } from '../../lib/rpc/uri.js'
import { callerOf } from './callers.js'
import { objectOf, startDaemon } from './rig.js'
import { Cluster, Member } from './session-member.js'

interface Scene {
  readonly caller: Caller
  readonly target: Target
  readonly order: string[]
  readonly metas: CallMeta[]
  /** What becomes of the next calls of `it`; those after them are answered with their number. */
  readonly fates: (() => unknown)[]
}

/** The method has been called once: all is known. */
async function warm(t: Test, kind: MethodKind = 'plain'): Promise<Scene> {
  const order: string[] = []
  const metas: CallMeta[] = []
  const fates: (() => unknown)[] = []
  const it: Handler = ([name = null], { meta }) => {
    metas.push(meta)
    order.push(typeof name === 'string' ? name : 'nobody')
    return fates.shift()?.() ?? order.length
  }
  const { daemon, address } = await startDaemon({ one: objectOf({ it }, kind) })
  t.teardown(() => daemon.close())
  const caller = callerOf(t, () => Promise.reject(new Error('nobody is asked')))
  const target = { uri: formatUri('one', address) }
  await caller.call(target, 'it', ['first'])
  return { caller, target, order, metas, fates }
}

t.test('one after the other, they are run in the order in which they were made', async (t) => {
  const { caller, target, order } = await warm(t)
  const names = Array.from({ length: 50 }, (_, n) => String(n))
  await Promise.all(names.map((name) => caller.call(target, 'it', [name])))
  t.same(order, ['first', ...names])
})

t.test('an attempt that has not run is followed by another', async (t) => {
  const { caller, target, fates, order } = await warm(t)
  const waits: string[] = []
  fates.push(() => Promise.reject(new OverloadedError('not now')))
  const options = { onWaiting: (why: string) => void waits.push(why) }
  t.equal(await caller.call(target, 'it', ['again'], options), 3)
  t.same(order, ['first', 'again', 'again'])
  t.match(waits, [/not now/])
})

t.test('what may have run is sent again where the method only reads', async (t) => {
  const lost = (): Promise<never> => Promise.reject(new OutcomeUnknownError('who knows'))
  const plain = await warm(t)
  plain.fates.push(lost)
  await t.rejects(plain.caller.call(plain.target, 'it', ['x']), OutcomeUnknownError)
  t.same(plain.order, ['first', 'x'])
  const query = await warm(t, 'query')
  query.fates.push(lost)
  t.equal(await query.caller.call(query.target, 'it', ['x']), 3)
})

t.test('what is changed after the call is in none of its attempts', async (t) => {
  const { caller, target, fates, metas, order } = await warm(t)
  fates.push(() => Promise.reject(new OverloadedError('not now')))
  const params = ['given']
  const meta: { token: string } = { token: 'given' }
  const answer = caller.call(target, 'it', params, { meta })
  params[0] = 'changed'
  meta.token = 'changed'
  await answer
  t.same(order, ['first', 'given', 'given'])
  t.match(metas.slice(1), [{ token: 'given' }, { token: 'given' }])
})

t.test('a command has one identity in all its attempts, and the next one the next', async (t) => {
  const cluster = new Cluster()
  const member = await Member.start(t, cluster)
  const caller = callerOf(t, () => Promise.reject(new Error('nobody is asked')))
  const kv = { uri: member.kv }
  await caller.call(kv, 'set', ['a'])
  member.fates.push(
    (run) => {
      run()
      throw new OutcomeUnknownError('leadership was lost')
    },
    () => {
      throw new NoQuorumError('two of four')
    },
  )
  await caller.call(kv, 'set', ['b'])
  await caller.call(kv, 'set', ['c'])
  t.same(cluster.runs, ['a', 'b', 'c'])
  t.equal(cluster.opened, 1)
  t.match(
    member.metas.map(({ seq }) => seq),
    [1, 2, 2, 2, 3],
  )
  t.equal(member.metas.at(-1)?.firstOutstanding, 3)
})

t.test('a closed caller sends nothing, over an open connection neither', async (t) => {
  const { caller, target, order } = await warm(t)
  caller.close()
  await t.rejects(caller.call(target, 'it', ['late']), UnreachableError)
  t.same(order, ['first'])
})
