/** A wait that is in vain tells what it was for, and what became of the processes. */
import t from 'tap'
import { lastWords } from './last-words.js'
import { Running, temporaryFolder } from './processes.js'
import { until } from './until.js'

t.test('what is there is returned, however often it had to be looked for', async (t) => {
  let looks = 0
  t.equal(await until('three looks', () => ++looks === 3 && 'third'), 'third')
  t.equal(await until('nought', () => 0), 0)
})

t.test('a wait in vain ends with what it was for, and with the last words of each process', async (t) => {
  const folder = temporaryFolder(t)
  await new Running(['nonsense'], folder).ended
  const waiting = until('rain', () => undefined, 50)
  await t.rejects(waiting, {
    message:
      /^waited 0.05 s for rain\n[^]*^rollcall nonsense, which has ended, said last:\n {4}error: USAGE: /m,
  })
  await t.rejects(
    until(
      () => 'sun',
      () => false,
      0,
    ),
    { message: /^waited 0 s for sun\n/ },
  )
})

t.test('of a folder that is gone nothing is told', async (t) => {
  await t.test('', async (t) => {
    await new Running(['nonsense', 'of', 'old'], temporaryFolder(t)).ended
    t.match(lastWords(), /nonsense of/)
  })
  t.notMatch(lastWords(), /nonsense of/)
})
