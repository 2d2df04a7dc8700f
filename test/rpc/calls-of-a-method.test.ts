/**
 * What a method answers whose own calls to others fail: nobody may take their outcome for its own, and send it again.
 */
import t from 'tap'
import { InvalidParamsError, NotLeaderError, OutcomeUnknownError, RemoteError } from '../../lib/rpc/errors.js'
import { formatUri } from '../../lib/rpc/uri.js'
import type { Uri } from '../../lib/rpc/uri.js'
import { callerOf } from './callers.js'
import { connectionTo, objectOf, startDaemon } from './rig.js'

type Test = { teardown(end: () => unknown): void }
type Pay = () => unknown

/** In which what is tried again may be tried, and is given up. */
const SOON_MS = 500

const notLeader = (): NotLeaderError => new NotLeaderError({ leader: null, term: 3, members: [] })

/**
 * A bank and a shop, whose method `buy` does half of its work, calls `bank.pay`, and does as it likes with what that
 * throws.
 */
async function scene(
  t: Test,
  pay: Pay,
  thrown: (error: unknown) => unknown = (error) => error,
  timeoutMs = 10_000,
) {
  const bank = await startDaemon({ bank: objectOf({ pay }) })
  const caller = callerOf(t, async () => formatUri('bank', bank.address))
  let begun = 0
  const buy = async (): Promise<unknown> => {
    begun += 1
    try {
      return await caller.call({ name: 'bank' }, 'pay', [], { timeoutMs })
    } catch (error) {
      throw thrown(error)
    }
  }
  const shop = await startDaemon({ shop: objectOf({ buy }) })
  t.teardown(() => Promise.all([bank.daemon.close(), shop.daemon.close()]))
  return { shop: formatUri('shop', shop.address), address: shop.address, begun: () => begun }
}

async function refusalOf(t: Test, shop: Uri): Promise<unknown> {
  const customer = callerOf(t, async () => shop)
  return await customer.call({ name: 'shop' }, 'buy', []).catch((error: unknown) => error)
}

t.test('half-done work is not done again because a call within it was not executed', async (t) => {
  const refuse = (): never => {
    throw notLeader()
  }
  const { shop, begun } = await scene(t, refuse, undefined, SOON_MS)
  const error = await refusalOf(t, shop)
  t.equal(begun(), 1)
  t.ok(error instanceof RemoteError)
  t.match(error, {
    outcome: 'executed',
    retry: 'never',
    message: /^this call has run so far, and then a call of its own failed: .*term 3/,
    remote: { name: 'NotLeaderError', stack: /NotLeaderError/ },
    cause: { remote: { name: 'NotLeaderError', code: -32001, outcome: 'not-executed' } },
  })
})

t.test('wrong params of a call within are not those of the call itself', async (t) => {
  const { shop } = await scene(t, () => {
    throw new InvalidParamsError('pay(amount): amount is a number')
  })
  t.match(await refusalOf(t, shop), { code: -32000, remote: { name: 'InvalidParamsError' } })
})

t.test('an unknown outcome of a call within makes nobody call again', async (t) => {
  const { address, begun } = await scene(t, () => {
    throw new OutcomeUnknownError('it was appended')
  })
  const connection = connectionTo(address)
  t.teardown(() => connection.close())
  await t.rejects(connection.call('shop.buy', []), {
    code: -32000,
    message: /it was appended/,
    cause: { remote: { name: 'OutcomeUnknownError', outcome: 'unknown' } },
  })
  t.equal(begun(), 1)
})

t.test('the error of an object within is passed on as it is', async (t) => {
  const { shop } = await scene(t, () => {
    throw Object.assign(new Error('no money'), { status: 402 })
  })
  t.match(await refusalOf(t, shop), {
    code: -32000,
    message: 'no money',
    remote: { name: 'Error', status: 402, message: 'no money' },
  })
})

t.test('what a method makes of it is its own answer', async (t) => {
  const { address } = await scene(
    t,
    () => {
      throw notLeader()
    },
    () => notLeader(),
    SOON_MS,
  )
  const connection = connectionTo(address)
  t.teardown(() => connection.close())
  await t.rejects(connection.call('shop.buy', []), { code: -32001, outcome: 'not-executed' })
})
