/** Long output of many connections, in the turns of one event loop. */
import t from 'tap'
import { writingTurns } from '../../lib/system/writing-turns.js'

const turn = () => new Promise((resolve) => setImmediate(resolve))
const upTo = (last: number) => Array.from({ length: last }, (_, at) => at)

t.test('a turn has room for so many slices, whoever has some; the rest is written in order', async (t) => {
  await turn()
  const written: number[] = []
  for (const each of upTo(40)) writingTurns.next(() => written.push(each))
  t.same(written, upTo(16))
  await turn()
  t.same(written, upTo(32))
  await turn()
  t.same(written, upTo(40))
})

t.test('what costs more than a turn has is given a turn, and nothing besides', async (t) => {
  await turn()
  const done: string[] = []
  writingTurns.next(() => done.push('a slice'))
  const large = ['one', 'two'].map((name) => writingTurns.turn(1000).then(() => done.push(name)))
  writingTurns.next(() => done.push('a late one'))
  t.same(done, ['a slice'])
  await turn()
  t.same(done, ['a slice', 'one'])
  await turn()
  t.same(done, ['a slice', 'one', 'two'])
  await Promise.all([...large, turn()])
  t.same(done, ['a slice', 'one', 'two', 'a late one'])
})
