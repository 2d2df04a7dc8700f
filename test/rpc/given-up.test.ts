/** A call that its caller gives up: the method that runs may hear of it. */
import t from 'tap'
import { whenGivenUp } from '../../lib/rpc/answering/cancellation.js'
import type { CallContext } from '../../lib/rpc/exposed.js'
import { connectionTo, objectOf, startDaemon } from './rig.js'

async function scene(run: (context: CallContext) => unknown) {
  const { daemon, address } = await startDaemon({ it: objectOf({ run: (_, context) => run(context) }) })
  t.teardown(() => daemon.close())
  const connection = connectionTo(address)
  t.teardown(() => connection.close())
  return connection
}

const never = (): Promise<never> => new Promise(() => undefined)

t.test('the method hears of it, once, and the call rejects with the reason as its cause', async (t) => {
  let heard = 0
  let begun: () => void = () => undefined
  const hasBegun = new Promise<void>((resolve) => (begun = resolve))
  let told: () => void = () => undefined
  const isTold = new Promise<void>((resolve) => (told = resolve))
  const connection = await scene((context) => {
    whenGivenUp(context, () => {
      heard += 1
      told()
    })
    begun()
    return never()
  })
  const controller = new AbortController()
  const call = connection.call('it.run', [], { signal: controller.signal })
  await hasBegun
  const reason = new Error('enough')
  controller.abort(reason)
  await t.rejects(call, { name: 'AbortError', outcome: 'unknown', cause: reason })
  await isTold
  connection.close()
  t.equal(heard, 1)
})

t.test('who asks late hears of it at once; who has stopped asking does not', async (t) => {
  const contexts: CallContext[] = []
  const connection = await scene((context) => {
    contexts.push(context)
    return contexts.length === 1 ? never() : 'here'
  })
  const controller = new AbortController()
  const call = connection.call('it.run', [], { signal: controller.signal })
  t.equal(await connection.call('it.run', []), 'here')
  controller.abort()
  await t.rejects(call, { name: 'AbortError' })
  await connection.call('it.run', [])
  let late = 0
  for (const context of contexts) whenGivenUp(context, () => (late += 1))()
  t.equal(late, 1)
})

t.test('given up before it is sent, it was not executed', async (t) => {
  const connection = await scene(() => t.fail('it was sent'))
  await t.rejects(connection.call('it.run', [], { signal: AbortSignal.abort() }), {
    name: 'AbortError',
    outcome: 'not-executed',
  })
  const controller = new AbortController()
  const call = connection.call('it.run', [], { signal: controller.signal })
  controller.abort()
  await t.rejects(call, { name: 'AbortError', outcome: 'not-executed' })
})

t.test('the end of the connection gives up all its calls', async (t) => {
  let heard: () => void = () => undefined
  const isHeard = new Promise<void>((resolve) => (heard = resolve))
  const connection = await scene((context) => {
    whenGivenUp(context, heard)
    // Whoever closes does not wait for what never comes: the process at the other end has ended.
    return 'soon'
  })
  await connection.call('it.run', [])
  connection.close()
  await isHeard
  t.end()
})
