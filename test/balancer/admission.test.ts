import t from 'tap'
import { Admission, weightOf } from '../../balancer/admission.js'
import type { Json } from '../../lib/json.js'
import { OverloadedError } from '../../lib/rpc/errors.js'

t.test('a value weighs about what it takes, however deep it is', async (t) => {
  t.ok(weightOf('x'.repeat(1000)) >= 1000)
  t.ok(weightOf({ ['k'.repeat(1000)]: 1 }) >= 1000)
  let deep: Json = 1
  for (let i = 0; i < 200_000; i += 1) deep = [deep]
  t.ok(weightOf(deep) >= 200_000)
})

t.test('params beyond the budget are refused until others have left', async (t) => {
  const admission = new Admission()
  const big = ['x'.repeat(100 * 1024 * 1024)]
  const leave = admission.enter(big)
  admission.enter(big)
  t.throws(() => admission.enter(big), OverloadedError)
  t.throws(() => admission.enter(big), /too many calls under way: send it again in a moment$/)
  leave()
  t.doesNotThrow(() => admission.enter(big))
})

t.test('calls beyond the limit are refused until others have left', async (t) => {
  const admission = new Admission()
  const inside: (() => void)[] = []
  t.throws(() => {
    for (;;) inside.push(admission.enter([]))
  }, OverloadedError)
  t.equal(admission.calls, inside.length)
  inside.pop()?.()
  t.doesNotThrow(() => admission.enter([]))
})

t.test('once closed it lets nobody in, and tells when the last has left', async (t) => {
  const admission = new Admission()
  const leave = admission.enter([])
  let isEmpty = false
  const closed = admission.close().then(() => (isEmpty = true))
  t.throws(() => admission.enter([]), OverloadedError)
  await Promise.resolve()
  t.equal(isEmpty, false)
  leave()
  await closed
  await new Admission().close()
})
