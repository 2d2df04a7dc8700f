import t from 'tap'
import {
  isList,
  isObject,
  isWhole,
  jsonIn,
  membersOf,
  parseJson,
  textsIn,
  jsonReaders,
} from '../../lib/json.js'

type Reader = keyof ReturnType<typeof jsonReaders>

/** Each value with the readers that take it, and what it is to the questions. */
const VALUES: readonly (readonly [unknown, readonly Reader[]])[] = [
  [null, []],
  [undefined, []],
  [true, ['flag']],
  [false, ['flag']],
  [0, ['whole', 'number']],
  [-0, ['whole', 'number']],
  [Number.MAX_SAFE_INTEGER, ['whole', 'number']],
  [Number.MAX_SAFE_INTEGER + 1, ['number']],
  [-1, ['number']],
  [0.5, ['number']],
  ['', []],
  ['1', ['text']],
  [[], ['list']],
  [[{ length: 1 }], ['list']],
  [{}, ['fields']],
  [{ length: 0 }, ['fields']],
  [Object.create(null), ['fields']],
  [JSON.parse('{"__proto__":[],"constructor":1}'), ['fields']],
  [() => 1, []],
]

const readers = jsonReaders((what, wanted) => new RangeError(`${what} must be ${wanted}`))
const NAMES: readonly Reader[] = ['fields', 'list', 'whole', 'number', 'flag', 'text']

for (const [value, takenBy] of VALUES) {
  const shown =
    typeof value === 'function' ? 'a function' : Object.is(value, -0) ? '-0' : JSON.stringify(value)
  void t.test(`${shown} is taken by ${takenBy.join(' and ') || 'no reader'}, as it is`, async (t) => {
    for (const name of NAMES) {
      const read = (): unknown => readers[name](value, 'it')
      if (takenBy.includes(name)) t.equal(read(), value, name)
      else t.throws(read, { name: 'RangeError', message: /^it must be / }, name)
    }
    t.equal(isObject(value), takenBy.includes('fields'))
    t.equal(isList(value), takenBy.includes('list'))
    t.equal(isWhole(value), takenBy.includes('whole'))
    t.equal(membersOf(value) === value, takenBy.includes('fields'))
  })
}

void t.test('what is no object has no members, and what is no list no texts', async (t) => {
  for (const value of [null, undefined, 'length', ['length'], 7]) t.same(Object.keys(membersOf(value)), [])
  t.same(textsIn(['a', 1, null, '', ['b']]), ['a', ''])
  for (const value of [null, undefined, 'abc', { 0: 'a', length: 1 }]) t.same(textsIn(value), [])
})

void t.test('what is not JSON is no value', async (t) => {
  t.strictSame(parseJson('{"a":[1,null]}'), { a: [1, null] })
  t.throws(() => parseJson('{'), SyntaxError)
  t.strictSame(jsonIn('[null]'), [null])
  t.equal(jsonIn('{'), undefined)
})
