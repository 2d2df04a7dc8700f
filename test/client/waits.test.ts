import t from 'tap'
import { Waits } from '../../client/waits.js'

t.test('a short wait is not worth a word, each reason for a long one is, once for each command', (t) => {
  const said: string[] = []
  let now = 0
  const waits = new Waits(
    (sentence) => said.push(sentence),
    () => now,
  )
  waits.hear('no leader')
  now = 499
  waits.hear('no leader')
  t.same(said, [])
  now = 500
  for (const why of ['no leader', 'nobody answers', 'no leader']) waits.hear(why)
  t.same(said, ['waiting: no leader', 'waiting: nobody answers'])
  waits.begin()
  waits.hear('no leader')
  now = 1_000
  waits.hear('no leader')
  t.same(said.slice(2), ['waiting: no leader'])
  t.end()
})
