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
  const pending = new Map<typeof first, string>()
  const outbox = new Outbox(pending, (effect) => {
    if (effect.type === 'reply') left.push(effect.exchange)
  })
  const persisting = (token: typeof first) => void pending.set(token, 'under way')
  const persisted = (token: typeof first) => {
    pending.delete(token)
    outbox.persisted(token)
  }
  return { outbox, persisting, persisted, left }
}

t.test('what waits for a write leaves when that write is durable, in order', async (t) => {
  const { outbox, persisting, persisted, left } = scene()
  persisting(first)
  outbox.release(vote(1, first))
  persisting(second)
  outbox.release(vote(2, second))
  outbox.release(vote(3))
  t.same(left, [3], 'what promises nothing leaves at once')
  persisted(first)
  t.same(left, [3, 1])
  persisted(second)
  t.same(left, [3, 1, 2])
})

t.test('what waits for a write that is durable already leaves at once', async (t) => {
  const { outbox, persisting, persisted, left } = scene()
  persisting(first)
  persisted(first)
  outbox.release(vote(1, first))
  t.same(left, [1])
})

t.test('what waits when the member ends never leaves', async (t) => {
  const { outbox, persisting, persisted, left } = scene()
  persisting(first)
  outbox.release(vote(1, first))
  outbox.clear()
  persisted(first)
  t.same(left, [])
})
