/** Jobs that wait for workers: in which order, how often, and what becomes of those that fail. */
import t from 'tap'
import { InvalidParamsError } from '../../../lib/rpc/errors.js'
import { Queue, QUEUE_LIMITS, type TakeOptions } from '../../../lib/shipped/queue.js'
import { copyOf, Played } from './played.js'

const played = () => new Played(new Queue())
const take = (queue: Played<Queue>, options?: TakeOptions) => queue.run((it) => it.take('q', 'w', options))
const datasOf = (queue: Played<Queue>, max: number) => take(queue, { max }).map(({ data }) => data)

function one(queue: Played<Queue>) {
  const [job] = take(queue)
  if (job === undefined) throw new Error('nothing can be taken')
  return job
}

t.test('jobs are taken in the order in which they came, each by one worker, and done once', (t) => {
  const queue = played()
  for (const data of ['a', 'b', 'c']) queue.run((it) => it.put('q', data))
  const first = one(queue)
  t.match(first, { id: '#1', data: 'a', attempt: 1 })
  t.same(datasOf(queue, 5), ['b', 'c'])
  t.same(datasOf(queue, 5), [])
  t.same(queue.object.counts('q'), { ready: 0, delayed: 0, taken: 3, dead: 0 })
  t.equal(
    queue.run((it) => it.done('q', first.id, first.token)),
    true,
  )
  t.equal(
    queue.run((it) => it.done('q', first.id, first.token)),
    false,
  )
  t.equal(queue.object.counts('q').taken, 2)
  t.same(
    queue.run((it) => it.take('another', 'w')),
    [],
  )
  t.end()
})

t.test('bug: a job that was given the number of the next one as its id could not be ended', (t) => {
  const queue = played()
  queue.run((it) => it.put('q', 'a', { id: '2' }))
  queue.run((it) => it.put('q', 'b'))
  for (const { id, token } of take(queue, { max: 2 }))
    t.equal(
      queue.run((it) => it.done('q', id, token)),
      true,
      id,
    )
  t.throws(() => queue.run((it) => it.put('q', 'c', { id: '#7' })), {
    name: 'InvalidParamsError',
    message: /an id that begins with # is one that the queue has given$/,
  })
  t.end()
})

t.test('a higher priority goes first, and a delay is waited for', (t) => {
  const queue = played()
  queue.run((it) => it.put('q', 'later', { delayMs: 1_000, priority: 9 }))
  queue.run((it) => it.put('q', 'low'))
  queue.run((it) => it.put('q', 'high', { priority: 5 }))
  queue.run((it) => it.put('q', 'high too', { priority: 5 }))
  t.same(datasOf(queue, 3), ['high', 'high too', 'low'])
  queue.pass(999)
  t.same(datasOf(queue, 1), [])
  queue.told()
  queue.pass(1)
  t.same(queue.told(), [['q', { id: '#1', state: 'ready' }]], 'workers are told')
  t.same(datasOf(queue, 1), ['later'])
  t.end()
})

t.test('what its worker does not keep up is given to another one, and the first is turned away', (t) => {
  const queue = played()
  queue.run((it) => it.put('q', 'a'))
  const first = one(queue)
  queue.pass(29_999)
  t.equal(
    queue.run((it) => it.renew('q', first.id, first.token, 1_000)),
    true,
  )
  queue.pass(999)
  t.same(datasOf(queue, 1), [])
  queue.pass(1)
  const second = one(queue)
  t.equal(second.attempt, 2)
  t.throws(() => queue.run((it) => it.demand('q', first.id, first.token)), { name: 'StaleTokenError' })
  queue.run((it) => it.demand('q', second.id, second.token))
  t.equal(
    queue.run((it) => it.renew('q', first.id, first.token)),
    false,
  )
  t.equal(
    queue.run((it) => it.done('q', first.id, first.token)),
    false,
  )
  t.equal(
    queue.run((it) => it.fail('q', first.id, first.token, 'late')),
    false,
  )
  t.equal(
    queue.run((it) => it.done('q', second.id, second.token)),
    true,
  )
  t.end()
})

t.test('what fails is tried again, later each time, and then it is dead until it is revived', (t) => {
  const queue = played()
  queue.run((it) => it.put('q', 'a', { tries: 3 }))
  for (const rest of [1_000, 2_000]) {
    const job = one(queue)
    queue.run((it) => it.fail('q', job.id, job.token, 'no route'))
    queue.pass(rest - 1)
    t.same(take(queue), [])
    queue.pass(1)
  }
  const last = one(queue)
  queue.run((it) => it.fail('q', last.id, last.token, 'no route at all'))
  queue.pass(86_400_000)
  t.same(take(queue), [])
  t.same(queue.object.dead('q'), [{ id: '#1', data: 'a', attempts: 3, message: 'no route at all' }])
  t.equal(
    queue.run((it) => it.revive('q', '#1')),
    true,
  )
  t.equal(
    queue.run((it) => it.revive('q', '#1')),
    false,
  )
  t.equal(one(queue).attempt, 1)
  t.equal(
    queue.run((it) => it.discard('q', '#1')),
    true,
  )
  t.same(queue.object.counts('q'), { ready: 0, delayed: 0, taken: 0, dead: 0 })
  t.end()
})

t.test('a worker that fails may say when it is to be tried again', (t) => {
  const queue = played()
  queue.run((it) => it.put('q', 'a'))
  const job = one(queue)
  queue.run((it) => it.fail('q', job.id, job.token, 'busy', 0))
  t.equal(one(queue).attempt, 2)
  t.end()
})

t.test('a job of an id is in the queue once', (t) => {
  const queue = played()
  t.equal(
    queue.run((it) => it.put('q', 'a', { id: 'order 7' })),
    'order 7',
  )
  t.equal(
    queue.run((it) => it.put('q', 'b', { id: 'order 7' })),
    'order 7',
  )
  const job = one(queue)
  t.equal(job.data, 'a')
  queue.run((it) => it.put('q', 'b', { id: 'order 7' }))
  t.same(take(queue), [], 'also while it is done')
  queue.run((it) => it.done('q', job.id, job.token))
  queue.run((it) => it.put('q', 'b', { id: 'order 7' }))
  t.equal(one(queue).data, 'b', 'and anew when it is done')
  t.end()
})

t.test('what is no option, and data that is too long, is refused; more jobs than there may be, too', (t) => {
  const queue = played()
  for (const options of [
    '{"delayMs":-1}',
    '{"priority":10}',
    '{"tries":0}',
    '{"id":""}',
    '{"delay":1}',
    '[]',
  ])
    t.throws(() => queue.run((it) => it.put('q', 1, JSON.parse(options))), InvalidParamsError, options)
  for (const options of ['{"ttlMs":99}', '{"max":0}', '{"max":101}', '{"wait":1}'])
    t.throws(() => queue.run((it) => it.take('q', 'w', JSON.parse(options))), InvalidParamsError, options)
  t.throws(() => queue.run((it) => it.put('q', 'x'.repeat(QUEUE_LIMITS.dataLength))), {
    name: 'InvalidParamsError',
    message: /65536 characters as JSON: keep it elsewhere$/,
  })
  queue.run((it) => {
    for (let n = 0; n < QUEUE_LIMITS.jobs; n++) it.put('q', n)
  })
  t.throws(() => queue.run((it) => it.put('q', 'more')), {
    name: 'OverloadedError',
    message: /jobs are in the queues already: put it later$/,
  })
  t.same(datasOf(queue, 2), [0, 1])
  t.end()
})

t.test('a snapshot brings all of it back, and an attempt that fails leaves nothing', async (t) => {
  const queue = played()
  for (let n = 0; n < 6; n++) queue.run((it) => it.put('q', n, { priority: n % 2, tries: 1, id: `job ${n}` }))
  queue.run((it) => it.put('q', 'later', { delayMs: 500 }))
  const job = one(queue)
  queue.run((it) => it.fail('q', job.id, job.token, 'dead'))
  one(queue)
  const before = [...queue.object.snapshot()]
  t.throws(() =>
    queue.run((it) =>
      it.attempt(() => {
        it.put('q', 'undone')
        it.take('q', 'w', { max: 100 })
        it.discard('q', 'job 0')
        throw new Error('undone')
      }),
    ),
  )
  t.same([...queue.object.snapshot()], before)
  const copy = new Played(await copyOf(queue.object, Queue))
  Object.assign(copy, { now: queue.now, index: queue.index })
  for (const each of [queue, copy]) {
    t.same(each.object.counts('q'), { ready: 4, delayed: 1, taken: 1, dead: 1 })
    each.pass(600)
    t.same(datasOf(each, 10), [5, 0, 2, 4, 'later'])
    each.pass(30_000)
    t.equal(each.object.counts('q').dead, 6, 'all but what may be tried again')
  }
  t.same([...copy.object.snapshot()], [...queue.object.snapshot()])
})

t.test('an id that was given to another job in an attempt that failed leads to the first one again', (t) => {
  const queue = played()
  queue.run((it) => it.put('q', 'first', { id: 'mail' }))
  t.throws(() =>
    queue.run((it) =>
      it.attempt(() => {
        it.discard('q', 'mail')
        it.put('q', 'second', { id: 'mail' })
        throw new Error('undone')
      }),
    ),
  )
  t.same(queue.object.counts('q').ready, 1)
  const job = one(queue)
  t.match(job, { id: 'mail', data: 'first' })
  t.equal(
    queue.run((it) => it.done('q', 'mail', job.token)),
    true,
  )
  t.equal(
    queue.run((it) => it.put('q', 'third')),
    '#2',
    'numbers go on where they were',
  )
  t.end()
})
