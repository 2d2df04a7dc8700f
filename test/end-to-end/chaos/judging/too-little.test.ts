/** A history without answers fits every model. */
import t from 'tap'
import type { Operation } from '../../../../testing/checker/history.js'
import type { History, ObjectName } from '../histories.js'
import { tooLittle } from './too-little.js'

const METHODS: Readonly<Record<ObjectName, string>> = { kv: 'set', counter: 'increment', log: 'append' }

function calls(object: ObjectName, count: number, method: string, outcome: Operation['outcome']): History {
  const call = { object, method, params: [] }
  return Array.from({ length: count }, () => ({ client: 'c1', call, invokedAt: 0, outcome }))
}

const answered = { kind: 'answered', at: 1, result: null } as const
const said = (historyOf: (object: ObjectName) => History) => tooLittle({ of: historyOf })

t.test('a round in which clients are told of many commands is enough', async (t) => {
  t.same(
    said((object) => calls(object, 100, METHODS[object], answered)),
    [],
  )
})

t.test('nothing called, nothing known, and nothing but reads are too little', async (t) => {
  const message = (object: ObjectName) =>
    new RegExp(`the round shows nothing: 0 commands of ${object} were acknowledged`)
  const all = [message('kv'), message('counter'), message('log')]
  t.match(
    said(() => []),
    all,
  )
  t.match(
    said((object) => calls(object, 100, METHODS[object], { kind: 'unknown' })),
    all,
  )
  t.match(
    said((object) => calls(object, 100, object === 'kv' ? 'get' : 'length', answered)),
    all,
  )
})

t.test('one object of which nothing was acknowledged is named', async (t) => {
  const found = said((object) => (object === 'log' ? [] : calls(object, 100, METHODS[object], answered)))
  t.equal(found.length, 1)
  t.match(found[0], /of log were acknowledged, of at least \d+$/)
})
