import fc from 'fast-check'
import t from 'tap'
import { jsonOrText, plainText, target, words } from '../../../lib/command-line/arguments.js'
import { UsageError } from '../../../lib/command-line/report.js'

t.test('an argument is JSON, or else the text itself', async (t) => {
  t.equal(jsonOrText('5'), 5)
  t.equal(jsonOrText('"5"'), '5')
  t.equal(jsonOrText('five'), 'five')
  t.same(jsonOrText('{"a":[1]}'), { a: [1] })
  t.equal(jsonOrText(''), '')
  t.equal(jsonOrText('0x10'), '0x10')
})

t.test('a number that would print back as another is text as it was typed, at any depth', async (t) => {
  const texts = ['12345678901234567890', '9007199254740993', '1.10', '1.0', '1e3', '-0', '1E5', '1e400']
  for (const text of [...texts, '[1.10]', '{"id": 12345678901234567890}', '{"a":1,"a":2}'])
    t.equal(jsonOrText(text), text)
  const kept: readonly (readonly [string, unknown])[] = [
    ['9007199254740992', 2 ** 53],
    ['-5', -5],
    ['0.1', 0.1],
    ['1e+21', 1e21],
    ['{ "version": "1.10", "n": [ 1, -2.5 ] }', { version: '1.10', n: [1, -2.5] }],
    ['"\\u00e9 1e3 \\" 1.10"', 'é 1e3 " 1.10'],
    ['true', true],
    ['null', null],
  ]
  for (const [text, value] of kept) t.strictSame(jsonOrText(text), value, text)
})

t.test('bug: blanks that were quoted around a number or a word were lost', async (t) => {
  for (const text of [' 5', '5 ', '\t5\n', ' true', 'null ', ' "q"']) t.equal(jsonOrText(text), text)
  t.same(jsonOrText(' [ 1 ] '), [1])
})

t.test('what is read as a value is JSON that prints back the same, but for blanks and escapes', async () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.json(),
        fc.jsonValue().map((value) => JSON.stringify(value)),
        fc.string(),
      ),
      (text) => {
        const value = jsonOrText(text)
        return value === text || JSON.stringify(value) === JSON.stringify(JSON.parse(text))
      },
    ),
  )
  fc.assert(
    fc.property(fc.double(), (number) => {
      const text = String(number)
      return jsonOrText(text) === (text === '-0' || !Number.isFinite(number) ? text : number)
    }),
  )
})

t.test('blanks split words, but not inside a JSON value', async (t) => {
  t.same(words('  kv.set  x   {"a": [1, 2]} "two words" [1, 2]'), [
    'kv.set',
    'x',
    '{"a": [1, 2]}',
    '"two words"',
    '[1, 2]',
  ])
  t.same(words('{"brace": "}"} y'), ['{"brace": "}"}', 'y'])
  t.same(words('"say \\"hi\\" now" y'), ['"say \\"hi\\" now"', 'y'])
})

t.test('a JSON value that does not end, or goes on, is words like any others', async (t) => {
  t.same(words('{"a": 1'), ['{"a":', '1'])
  t.same(words('"a"b c'), ['"a"b', 'c'])
  t.same(words('"open end'), ['"open', 'end'])
  t.same(words(''), [])
})

t.test('a key may be quoted, and a quote alone is a key', async (t) => {
  t.equal(plainText('"two words"'), 'two words')
  t.equal(plainText('"'), '"')
  t.equal(plainText('5'), '5')
})

t.test('OBJECT.METHOD is split at the last dot', async (t) => {
  t.same(target('rollcall.leader.status'), { object: 'rollcall.leader', method: 'status' })
  t.same(target('node1@127.0.0.1:9101.status'), { object: 'node1@127.0.0.1:9101', method: 'status' })
  for (const wrong of ['nodot', '.status', 'kv.', '.', '']) t.throws(() => target(wrong), UsageError, wrong)
})
