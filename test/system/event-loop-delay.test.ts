import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { watchEventLoopDelay } from '../../lib/system/event-loop-delay.js'

t.test('a task that holds the process up is told, once', async (t) => {
  const longest = watchEventLoopDelay()
  await sleep(30)
  const began = performance.now()
  while (performance.now() - began < 500);
  await sleep(30)
  const delay = longest()
  t.ok(delay >= 400, `${delay} ms of 500`)
  t.ok(longest() < delay, 'the next answer is about the time since')
})
