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

t.test('what members send each other goes before all others, who have a part of each turn', async (t) => {
  await turn()
  const written: string[] = []
  for (const each of upTo(20)) writingTurns.next(() => written.push(`answer ${each}`))
  for (const each of upTo(16)) writingTurns.next(() => written.push(`entries ${each}`), true)
  t.equal(written.at(-1), 'answer 15')
  await turn()
  t.same(written.slice(16), [...upTo(16).map((each) => `entries ${each}`), 'answer 16'])
  await turn()
  t.equal(written.at(-1), 'answer 19')
})
