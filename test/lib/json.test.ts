/** JSON that is written without JSON.stringify is what that would have written. */
import fc from 'fast-check'
import t from 'tap'
import { copyOf, parseJson, quoted, shortJson } from '../../lib/json.js'

const texts = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', '"', '\\', '\ud800', '\u2028'),
)
const words = fc.oneof(texts, fc.double({ noDefaultInfinity: true, noNaN: true }), fc.integer(), fc.boolean())
const short = fc.oneof(
  words,
  fc.array(words),
  fc.dictionary(texts, words),
  fc.constantFrom(null, [], {}, [[]], { a: {} }),
)

void t.test('a short value is written as JSON.stringify writes it, or not at all', async (t) => {
  fc.assert(
    fc.property(fc.oneof(short, fc.jsonValue()), (value) => {
      t.equal(shortJson(value) ?? JSON.stringify(value), JSON.stringify(value))
    }),
  )
  t.equal(shortJson({ value: 'x', number: 1.5, none: null }), '{"value":"x","number":1.5,"none":null}')
  t.equal(shortJson({ number: 1, value: 'x' }), '{"number":1,"value":"x"}')
})

void t.test('what JSON has no word for, or has in it, is left to others', async (t) => {
  const inherited: unknown = Object.create({ a: 1 })
  for (const value of [
    undefined,
    NaN,
    -0,
    Infinity,
    1n,
    new Date(),
    inherited,
    [undefined],
    { a: undefined },
  ])
    t.equal(shortJson(value), undefined)
})

void t.test('a text is written as JSON.stringify writes it', async (t) => {
  fc.assert(fc.property(texts, (text) => t.equal(quoted(text), JSON.stringify(text))))
})

t.test('a copy is equal and shares nothing, whatever its keys are called', async (t) => {
  const inner = { list: [1, { deep: null }], text: 'x' }
  const named = parseJson('{"__proto__": {"polluted": true}, "constructor": 1, "": [], "0": [[]]}')
  const text = JSON.stringify([inner, named])
  const copy = copyOf([inner, named])
  t.equal(JSON.stringify(copy), text)
  inner.list.push(2)
  inner.text = 'y'
  t.equal(JSON.stringify(copy), text)
})
