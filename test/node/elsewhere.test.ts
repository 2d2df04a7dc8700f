/** Where a node looks for members that are not where its cluster knows them. */
import t from 'tap'
import { ms } from '../../lib/ports.js'
import { NameNotFoundError, UnreachableError } from '../../lib/rpc/errors.js'
import { systemClock } from '../../lib/system/clock.js'
import { Elsewhere } from '../../node/elsewhere.js'

function scene(members: readonly string[], record: string) {
  let now = 0
  const asked: string[] = []
  const elsewhere = new Elsewhere({
    cluster: 'east',
    members,
    clock: { ...systemClock, now: () => ms(now) },
  })
  const answer: { now: string | Error } = { now: record }
  elsewhere.lookup = async (name) => {
    asked.push(name)
    if (answer.now instanceof Error) throw answer.now
    return answer.now
  }
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve))
  return { elsewhere, asked, answer, settle, later: (by: number) => void (now += by) }
}

t.test('at the places that the process was told, and at those that the name server has', async (t) => {
  const { elsewhere, asked, settle } = scene(['n1@a:1', 'n2@a:2'], 'n2@b:2')
  t.same(elsewhere.placesOf('n2'), ['n2@a:2'])
  await settle()
  t.same(elsewhere.placesOf('n2'), ['n2@a:2', 'n2@b:2'])
  t.same(elsewhere.placesOf('n3'), [])
  t.same(asked, ['east.n2', 'east.n3'])
})

t.test('the name server is not asked with each attempt', async (t) => {
  const { elsewhere, asked, settle, later } = scene([], 'n2@b:2')
  for (let attempt = 0; attempt < 3; attempt++) {
    elsewhere.placesOf('n2')
    await settle()
  }
  t.equal(asked.length, 1)
  later(5_000)
  elsewhere.placesOf('n2')
  t.equal(asked.length, 2)
})

t.test('a name that stands for something else is no place of the member', async (t) => {
  for (const record of ['printer@b:2', 'nonsense']) {
    const { elsewhere, settle } = scene([], record)
    elsewhere.placesOf('n2')
    await settle()
    t.same(elsewhere.placesOf('n2'), [])
  }
})

t.test('bug: a record that is gone was tried for ever', async (t) => {
  const { elsewhere, answer, settle, later } = scene([], 'n2@b:2')
  const placesLater = async (): Promise<readonly string[]> => {
    later(5_000)
    elsewhere.placesOf('n2')
    await settle()
    return elsewhere.placesOf('n2')
  }
  t.same(await placesLater(), ['n2@b:2'])
  answer.now = new UnreachableError('no name server answers')
  t.same(await placesLater(), ['n2@b:2'], 'nothing is known of it')
  answer.now = new NameNotFoundError('nobody is registered as east.n2')
  t.same(await placesLater(), [])
})
