/** What JSON would alter on the way is refused with its path, and nothing else is. */
import { isDeepStrictEqual } from 'node:util'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import t from 'tap'
import { isCarried, whyNotCarried } from '../../lib/values/carried.js'
import { createProxy } from '../../lib/rpc/proxies/proxy.js'
import { anything } from './any-value.js'

class Point {
  constructor(readonly x: number) {}
}

const circular: { self?: unknown } = {}
circular.self = circular

const refused: readonly (readonly [value: unknown, why: RegExp])[] = [
  [-0, /^it is -0, .*add 0/],
  [NaN, /^it is NaN/],
  [{ a: NaN }, /^it \.a is NaN/],
  [[1, Infinity], /^it \[1\] is Infinity/],
  [[undefined], /^it \[0\] is undefined.*null/],
  [Array(2), /^it \[0\] is undefined/],
  [{ a: undefined }, /^it \.a is undefined/],
  [{ rows: [{}, { when: new Date(0) }] }, /^it \.rows\[1\]\.when is a Date: send its toISOString\(\)$/],
  [{ 'a b': { '': new Map() } }, /^it \["a b"\]\[""\] is a Map: .*Object\.fromEntries/],
  [new Set([1]), /^it is a Set: .*\[\.\.\.set\]/],
  [new Error('e'), /^it is an Error: send its message/],
  [/x/, /^it is a RegExp: send its source/],
  [Buffer.from('x'), /^it is a Buffer: .*base64/],
  [new Uint8Array(2), /^it is a Uint8Array: .*base64/],
  [new ArrayBuffer(2), /^it is an ArrayBuffer: .*base64/],
  [{ [Symbol.iterator]: () => [].values() }, /^it is an iterable: send the list of what it brings$/],
  [{ rows: { [Symbol.asyncIterator]: () => undefined } }, /^it \.rows is an iterable/],
  [Promise.resolve(1), /^it is a Promise: wait/],
  [new Point(1), /^it is an instance of Point: send a plain object/],
  [Object(1), /^it is an instance of Number/],
  [10n, /^it is a bigint.*text/],
  [Symbol('s'), /^it is a symbol/],
  [() => 1, /^it is a function/],
  [{ toJSON: () => 1 }, /^it \.toJSON is a function/],
  [createProxy(async () => null, { name: 'kv' }), /^it is Remote kv, .*its name/],
  [circular, /^it is nested deeper than 1000 levels, or holds itself, at \.self\.self/],
]

t.test('what JSON has no word for is refused by where and what it is', async (t) => {
  for (const [value, why] of refused) {
    t.equal(isCarried(value), false, String(why))
    const sentence = whyNotCarried(value, 'it')
    t.match(sentence, why)
    t.ok(sentence.length < 500)
  }
})

t.test('a member that is undefined may be left out of a result, and nothing else may', async (t) => {
  t.ok(isCarried({ a: undefined, b: [{ c: undefined }] }, 'left out'))
  t.notOk(isCarried({ a: undefined, b: [undefined] }, 'left out'))
  t.equal(whyNotCarried({ a: undefined, b: NaN }, 'it', 'left out').split(',')[0], 'it .b is NaN')
})

t.test('what JSON carries is let through, whichever realm it was made in', async (t) => {
  const values: unknown[] = [
    null,
    '',
    '\ud800',
    0,
    5e-324,
    Number.MAX_VALUE,
    2 ** 53 + 2,
    [],
    {},
    { '': [{ constructor: 1 }] },
    JSON.parse('{"__proto__":{"a":1}}'),
    Object.create(null),
    runInNewContext('({ a: [{ b: 1 }] })'),
  ]
  for (const value of values) t.equal(isCarried(value), true)
  t.equal(isCarried(runInNewContext('({ a: new Date() })')), false)
})

t.test('nesting is followed as far as any honest value goes', async (t) => {
  t.ok(isCarried(nested(900)))
  t.match(whyNotCarried(nested(1_001), 'it'), /nested deeper than 1000 levels/)
  t.notOk(isCarried(nested(100_000)))
})

function nested(levels: number): unknown {
  let value: unknown = 1
  for (let level = 0; level < levels; level += 1) value = [value]
  return value
}

t.test('whatever is let through comes back the same; whatever would not is refused', async (t) => {
  fc.assert(
    fc.property(anything, (value) => {
      const isSame = isDeepStrictEqual(backFrom(value), value)
      if (isCarried(value)) return isSame
      return !isSame && whyNotCarried(value, 'it').startsWith('it ')
    }),
    { numRuns: 500 },
  )
  t.end()
})

function backFrom(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value))
  } catch {
    return new Error('JSON refuses it')
  }
}
