/** Messages that promise what is not on disk yet. */
import t from 'tap'
import { exchange, persistToken, term } from '../../lib/raft/types.js'
import { Outbox } from '../../lib/replica/outbox.js'
import type { Outgoing } from '../../lib/replica/outbox.js'

const [first, second] = [persistToken(1), persistToken(2)]

function vote(number: number, after?: typeof first): Outgoing {
  const message = { type: 'requestVoteResponse', term: term(1), voteGranted: true } as const
  return { type: 'reply', exchange: exchange(number), message, ...(after !== undefined && { after }) }
}

function scene() {
  const left: number[] = []
  const outbox = new Outbox((effect) => {
    if (effect.type === 'reply') left.push(effect.exchange)
  })
  return { outbox, left }
}

t.test('what waits for a write leaves when that write is durable, in order', async (t) => {
  const { outbox, left } = scene()
  outbox.persisting(first)
  outbox.release(vote(1, first))
  outbox.persisting(second)
  outbox.release(vote(2, second))
  outbox.release(vote(3))
  t.same(left, [3], 'what promises nothing leaves at once')
  outbox.persisted(first)
  t.same(left, [3, 1])
  outbox.persisted(second)
  t.same(left, [3, 1, 2])
})

t.test('what waits for a write that is durable already leaves at once', async (t) => {
  const { outbox, left } = scene()
  outbox.persisting(first)
  outbox.persisted(first)
  outbox.release(vote(1, first))
  t.same(left, [1])
})

t.test('what waits when the member ends never leaves', async (t) => {
  const { outbox, left } = scene()
  outbox.persisting(first)
  outbox.release(vote(1, first))
  outbox.clear()
  outbox.persisted(first)
  t.same(left, [])
})
