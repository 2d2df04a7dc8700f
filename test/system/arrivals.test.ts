/** Thousands of connections that come at the same moment do not keep the process from hearing the others. */
import t from 'tap'
import { ms } from '../../lib/ports.js'
import type { Clock } from '../../lib/ports.js'
import { Arrivals } from '../../lib/system/arrivals.js'

t.test('2,000 connections that come at once are received in slices, in their order', async (t) => {
  let time = 1000
  const soon: (() => void)[] = []
  const clock: Clock = {
    now: () => ms(time),
    wall: () => ms(time),
    after: () => ({ cancel: () => undefined }),
    soon: (task) => void soon.push(task),
  }
  const arrivals = new Arrivals(clock)
  const received: number[] = []
  for (let n = 0; n < 2000; n++) {
    arrivals.take(() => {
      time += 0.1
      received.push(n)
    })
  }
  let most = received.length
  t.ok(most > 0, 'who comes first does not wait')
  for (let before = received.length; soon.length > 0; before = received.length) {
    for (const task of soon.splice(0)) task()
    most = Math.max(most, received.length - before)
  }
  t.ok(most <= 21, `at most ${most} without a look for input`)
  t.same(received, [...received.keys()])
  t.equal(received.length, 2000)
})
