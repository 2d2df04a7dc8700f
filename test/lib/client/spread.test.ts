import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { Spread } from '../../../lib/client/spread.js'
import { uri, type Uri } from '../../../lib/rpc/uri.js'
import { ManualClock } from '../../harness/manual-clock.js'

const [A, B, C] = [uri('x@localhost:1'), uri('x@localhost:2'), uri('x@localhost:3')]

/** A spread over A, B and C, and what the name server will say when it is asked; undefined: nothing. */
function scene() {
  const clock = new ManualClock()
  const server: { says: readonly Uri[] | undefined; asked: number } = { says: [A, B, C], asked: 0 }
  const ask = () => {
    server.asked++
    return Promise.resolve(server.says)
  }
  const random = { below: () => 0, identifier: () => '' }
  const spread = new Spread([A, B, C], { clock, random, ask })
  const next = (times: number) => Array.from({ length: times }, () => spread.next())
  return { clock, server, spread, next }
}

t.test('calls go to one place after another', (t) => {
  const { next } = scene()
  t.same(next(7), [A, B, C, A, B, C, A])
  t.end()
})

t.test('one that failed is left out for longer than a lease lasts, and then tried again', (t) => {
  const { clock, spread, next } = scene()
  spread.leaveOut(B)
  t.same(next(4), [A, C, A, C])
  clock.advance(4_999)
  t.same(next(2), [A, C])
  clock.advance(1)
  t.ok(next(3).includes(B))
  t.end()
})

t.test('while all have failed they are tried in turn', (t) => {
  const { spread, next } = scene()
  for (const place of [A, B, C]) spread.leaveOut(place)
  t.same(new Set(next(3)), new Set([A, B, C]))
  t.end()
})

t.test('who comes is called and who goes is not, by one question in two seconds at most', async (t) => {
  const { clock, server, next } = scene()
  const D = uri('y@localhost:4')
  server.says = [A, D]
  next(100)
  t.equal(server.asked, 0)
  clock.advance(2_000)
  next(100)
  t.equal(server.asked, 1)
  await turn()
  t.same(new Set(next(4)), new Set([A, D]))
  clock.advance(1_999)
  next(100)
  t.equal(server.asked, 1)
})

t.test('one that was registered again is called at once', async (t) => {
  const { clock, server, spread, next } = scene()
  spread.leaveOut(B)
  for (const says of [
    [A, C],
    [A, B, C],
  ]) {
    server.says = says
    clock.advance(2_000)
    next(1)
    await turn()
  }
  t.ok(next(3).includes(B))
})

t.test('while no name server answers, the places stay what they were', async (t) => {
  const { clock, server, next } = scene()
  for (const says of [undefined, []]) {
    server.says = says
    clock.advance(2_000)
    next(1)
    await turn()
    t.same(new Set(next(3)), new Set([A, B, C]))
  }
})
