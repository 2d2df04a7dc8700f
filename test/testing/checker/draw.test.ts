import t from 'tap'
import { draw } from '../../../testing/checker/draw.js'
import type { Operation } from '../../../testing/checker/history.js'
import { check } from '../../../testing/checker/linearizability.js'
import { kvModel } from '../../../testing/checker/models/kv.js'
import { historyOf } from './history-of.js'

function drawing(history: readonly Operation[]): string {
  const verdict = check(history, kvModel)
  if (verdict.kind !== 'not linearizable') throw new Error(verdict.kind)
  return draw(verdict.evidence, kvModel)
}

t.test('a line for each client, and the sentence', (t) => {
  const history = historyOf(
    'kv',
    `c1 1-2 set "x" 1 → null
     c2 3-4 set "x" 2 → 1
     c1 5-6 get "x" → 1`,
  )
  t.equal(
    drawing(history),
    `
c1  |-- set x 1 → null --|                     |-- get x → 1 --|
c2                         |-- set x 2 → 1 --|

No order of these operations of "x" explains all answers. The longest order is: set x 1 → null; set x 2 → 1. The state
is then {"x":2}, where get x of c1 would be answered 2, not 1.`.trimStart(),
  )
  t.end()
})

t.test(
  'an unknown outcome is a bar with an open end, and calls of one client at once have lines of their own',
  (t) => {
    const history = historyOf(
      'kv',
      `c1 1- set "x" "a-1!"
     c2 2-5 get "x" → "a-1!"
     c2 3-6 get "x" → "a-1!"
     c2 7-8 get "x" → null`,
    )
    t.equal(
      drawing(history),
      `
c1  |-- set x "a-1!" → ? ------------------------->
c2    |-- get x → "a-1!" --|   |-- get x → null --|
c2      |-- get x → "a-1!" --|

No order of these operations of "x" explains all answers. The longest order is: set x "a-1!" → ?; get x → "a-1!"; get x
→ "a-1!". The state is then {"x":"a-1!"}, where get x of c2 would be answered "a-1!", not null.`.trimStart(),
    )
    t.end()
  },
)

t.test('whatever there is to draw, no line is longer than 120 characters', (t) => {
  const long = JSON.stringify('w'.repeat(300))
  const lines = Array.from(
    { length: 40 },
    (_, at) =>
      `client-with-a-long-name-${at % 3} ${at * 2}-${at * 2 + 1} set "x" ${long} → ${at === 0 ? 'null' : long}`,
  )
  const text = drawing(historyOf('kv', [...lines, 'c 100-101 get "x" → 1'].join('\n')))
  t.same(
    text.split('\n').filter((line) => line.length > 120),
    [],
  )
  t.match(text, /\(\d+ earlier operations are not drawn\.\)/)
  t.match(text, /c +.*\|-- get x → 1 --\|/)
  t.end()
})
