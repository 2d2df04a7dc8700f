/**
 * How values that JSON has no word for are written, for good: snapshots of older builds hold them, and other languages
 * write them.
 */
import { Buffer } from 'node:buffer'
import t from 'tap'
import type { Json } from '../../lib/json.js'
import { decoded } from '../../lib/values/decoded.js'
import { encoded } from '../../lib/values/encoded.js'
import type { Tag } from '../../lib/values/tags.js'
import { UnreadableValueError, UnsuitableValueError } from '../../lib/values/unsuitable.js'
import { Money, Unknown } from './any-value.js'
import { same } from './same.js'

const bare = Object.assign(Object.create(null) as object, { a: 1 })

const forms: readonly (readonly [what: string, value: unknown, form: Json])[] = [
  ['undefined', [undefined], [{ $: 'undefined' }]],
  ['NaN', NaN, { $: 'number', of: 'NaN' }],
  ['an infinity', -Infinity, { $: 'number', of: '-Infinity' }],
  ['-0', -0, { $: 'number', of: '-0' }],
  ['a bigint', -12n, { $: 'bigint', of: '-12' }],
  ['a date', new Date(0), { $: 'date', of: '1970-01-01T00:00:00.000Z' }],
  ['a date long ago', new Date(-8.64e15), { $: 'date', of: '-271821-04-20T00:00:00.000Z' }],
  ['a date that is none', new Date(NaN), { $: 'date', of: null }],
  ['a Map', new Map([[{ a: 1 }, new Set([1])]]), { $: 'map', of: [[{ a: 1 }, { $: 'set', of: [1] }]] }],
  ['bytes', new Uint8Array([0, 1, 255]), { $: 'bytes', of: 'AAH/' }],
  ['no bytes', new Uint8Array(), { $: 'bytes', of: '' }],
  ['another view', new Int16Array([1, -1]), { $: 'bytes', of: ['Int16Array', 'AQD//w=='] }],
  ['a buffer', new Uint8Array([7]).buffer, { $: 'bytes', of: ['ArrayBuffer', 'Bw=='] }],
  ['a regular expression', /a\/b/gi, { $: 'regexp', of: ['a\\/b', 'gi'] }],
  ['a URL', new URL('https://example.org/?a#b'), { $: 'url', of: 'https://example.org/?a#b' }],
  [
    'a member $',
    { $: 'date', of: 1, b: NaN },
    {
      $: 'object',
      of: [
        ['$', 'date'],
        ['of', 1],
        ['b', { $: 'number', of: 'NaN' }],
      ],
    },
  ],
  ['no prototype', bare, { $: 'bare', of: [['a', 1]] }],
  [
    'a member __proto__',
    JSON.parse('{"__proto__":{"a":1},"b":[]}'),
    JSON.parse('{"__proto__":{"a":1},"b":[]}'),
  ],
  [
    'a registered class',
    new Money(1n, 'EUR'),
    { $: 'type', of: ['Money', { amount: { $: 'bigint', of: '1' }, currency: 'EUR' }] },
  ],
  [
    'an error',
    new TypeError('no', { cause: 1 }),
    { $: 'error', of: { class: 'TypeError', message: 'no', cause: 1 } },
  ],
  [
    'an error with fields',
    Object.assign(new Error('no'), { code: 'E', name: 'Mine' }),
    {
      $: 'error',
      of: {
        message: 'no',
        fields: [
          ['code', 'E'],
          ['name', 'Mine'],
        ],
      },
    },
  ],
  [
    'several errors',
    new AggregateError([new Error('1')], 'all'),
    {
      $: 'error',
      of: { class: 'AggregateError', message: 'all', errors: [{ $: 'error', of: { message: '1' } }] },
    },
  ],
]

for (const [what, value, form] of forms)
  void t.test(`${what} is written and read as it always was`, async (t) => {
    const { json } = encoded([value, NaN], 'it')
    t.strictSame(json, [form, { $: 'number', of: 'NaN' }])
    t.ok(same(decoded(form), value))
  })

void t.test('plain JSON is handed on as it is, and nothing is made of it', async (t) => {
  const value = { a: [1, 'x', null, { $: 'date', of: 'x' }], ['__proto__']: 1 }
  const { json, isTagged } = encoded(value, 'it')
  t.equal(json, value)
  t.equal(isTagged, false)
})

void t.test("Node's Buffer arrives as the Uint8Array that it is, and a hole as undefined", async (t) => {
  t.ok(same(decoded(encoded(Buffer.from('abc'), 'it').json), new Uint8Array([97, 98, 99])))
  t.strictSame(decoded(encoded(Array(2), 'it').json), [undefined, undefined])
})

void t.test(
  'an error of a class that is not registered arrives as one of the class above, with its name',
  async (t) => {
    class HttpError extends RangeError {
      override name = 'HttpError'
      readonly status = 404
    }
    const back = decoded(encoded(new HttpError('gone'), 'it').json)
    t.ok(back instanceof RangeError)
    t.match(back, { name: 'HttpError', message: 'gone', status: 404, stack: 'HttpError: gone' })
  },
)

const circular: Record<string, unknown> = { when: new Date(0) }
circular['list'] = [circular]
const knot = new Map<unknown, unknown>()
knot.set('self', knot)

const refused: readonly (readonly [what: string, value: unknown, message: RegExp])[] = [
  [
    'a function',
    [{ items: [1, 2, 3, () => 1] }],
    /^args\[0\]\.items\[3\] is a function, which can't travel here$/,
  ],
  ['a symbol', [Symbol('s')], /^args\[0\] is a symbol, which can't travel here$/],
  [
    'a class',
    [{ 'a b': new Unknown() }],
    /^args\[0\]\["a b"\] is an instance of Unknown: register its class with registerType/,
  ],
  [
    'a class that extends',
    [new (class Euro extends Money {})(1, '')],
    /^args\[0\] is an instance of Euro: register/,
  ],
  ['a promise', [Promise.resolve()], /^args\[0\] is a Promise: wait for it first$/],
  ['a boxed number', [Object(1)], /^args\[0\] is an instance of Number/],
  ['a value of a Map', [new Map([['k', () => 1]])], /^args\[0\]\.get\(k\) is a function/],
  ['a member of a Set', [new Set([() => 1])], /^a member of args\[0\] is a function/],
  [
    'what a type has encoded',
    [new Money(() => 1, '')],
    /^args\[0\] \(as Money\.encode wrote it\)\.amount is a function/,
  ],
  [
    'a Map with members',
    [Object.assign(new Map(), { own: 1 })],
    /^args\[0\] is a map with a member own of its own, which would be lost$/,
  ],
  ['a cycle', [circular], /^args\[0\]\.list\[0\] is args\[0\] again, which would have no end$/],
  ['a cycle of Maps', [knot], /^args\[0\]\.get\(self\) is args\[0\] again/],
  ['a bigint without end', [10n ** 10_000n], /^args\[0\] is a bigint of more than 10000 digits/],
  [
    'a long pattern',
    [new RegExp('a'.repeat(10_001))],
    /^args\[0\] is a regular expression of more than 10000 characters/,
  ],
  ['what is too deep', [nested(1_000, NaN)], /is nested deeper than 1000 levels$/],
]

for (const [what, value, message] of refused)
  void t.test(`what can not travel is refused by its path: ${what}`, async (t) => {
    t.throws(() => encoded(value, 'args'), { constructor: UnsuitableValueError, message })
  })

function nested(levels: number, value: unknown): unknown {
  return levels === 0 ? value : [nested(levels - 1, value)]
}

void t.test('a value as deep as any honest one travels', async (t) => {
  const value = nested(900, new Map([[1, -0]]))
  t.ok(same(decoded(encoded(value, 'it').json), value))
})

const forgeries: readonly (readonly [what: string, text: string])[] = [
  ['a kind that nobody knows', '{"$":"hole"}'],
  ['a mark that is no text', '{"$":{"$":"date"}}'],
  ['a name of every object', '{"$":"__proto__","of":1}'],
  ['a pointer where there is no connection', '{"$":"export","of":1}'],
  ['more beside it', '{"$":"date","of":null,"more":1}'],
  ['a number that JSON has', '{"$":"number","of":"1"}'],
  ['a bigint in other digits', '{"$":"bigint","of":"0x10"}'],
  ['a bigint of -0', '{"$":"bigint","of":"-0"}'],
  ['a long bigint', `{"$":"bigint","of":"${'1'.repeat(10_001)}"}`],
  ['a date in other words', '{"$":"date","of":"1 Jan 1970"}'],
  ['a Map with a key twice', '{"$":"map","of":[[1,1],[1,2]]}'],
  ['a Map of triples', '{"$":"map","of":[[1,1,1]]}'],
  ['a Set with a value twice', '{"$":"set","of":[1,1]}'],
  ['base64 with a rest', '{"$":"bytes","of":"AB=="}'],
  ['base64 without padding', '{"$":"bytes","of":"AAA"}'],
  ['a view that does not fit', '{"$":"bytes","of":["Float64Array","AAAA"]}'],
  ['a view that is none', '{"$":"bytes","of":["constructor","AAAA"]}'],
  ['a pattern with a fault', '{"$":"regexp","of":["(",""]}'],
  ['a long pattern', `{"$":"regexp","of":["${'a'.repeat(10_001)}",""]}`],
  ['an address that is none', '{"$":"url","of":"nowhere"}'],
  ['an address in other words', '{"$":"url","of":"HTTPS://example.org"}'],
  ['an error of a class that is none', '{"$":"error","of":{"class":"Function"}}'],
  ['an error with other parts', '{"$":"error","of":{"stack":"x"}}'],
  ['a member twice', '{"$":"object","of":[["a",1],["a",2]]}'],
  ['a class that is not registered', '{"$":"type","of":["Nobody",1]}'],
  ['a class of the language', '{"$":"type","of":["Function","return 1"]}'],
]

for (const [what, text] of forgeries)
  void t.test(`a forged tag is refused by its path: ${what}`, async (t) => {
    const json = JSON.parse(`{"a":[${text}]}`) as Json
    const message = /^args\.a\[0\] is .{1,300}$/
    t.throws(() => decoded(json, undefined, 'args'), { constructor: UnreadableValueError, message })
  })

void t.test('errors behind errors without end are refused', async (t) => {
  let error = new Error('first')
  for (let depth = 0; depth < 20_000; depth += 1) error = new Error('next', { cause: error })
  t.throws(() => encoded(error, 'it'), { message: /nested/ })
})

void t.test('tags as deep as a message is long are refused', async (t) => {
  for (const [open, close] of [
    ['[', ']'],
    ['{"a":', '}'],
    ['{"$":"set","of":[', ']}'],
    ['{"$":"error","of":{"cause":', '}}'],
    ['{"$":"map","of":[[1,', ']]}'],
  ] as const) {
    const json = JSON.parse(`${open.repeat(20_000)}1${close.repeat(20_000)}`) as Json
    t.throws(() => decoded(json), {
      constructor: UnreadableValueError,
      message: /nested (?:deeper than 1000 levels|too deep)$/,
    })
  }
})

void t.test('a member __proto__ in a tag is a member', async (t) => {
  const forged = '{"$":"object","of":[["__proto__",{"polluted":1}]]}'
  const value: unknown = decoded(JSON.parse(forged) as Json)
  t.equal(Object.getPrototypeOf(value), Object.prototype)
  t.strictSame(Object.entries(value as object), [['__proto__', { polluted: 1 }]])
  const error = decoded(JSON.parse('{"$":"error","of":{"fields":[["__proto__",{"polluted":1}]]}}') as Json)
  t.equal(Object.getPrototypeOf(error), Error.prototype)
})

void t.test(
  'what can be pointed at is asked about when nothing else knows it, and its tags are met',
  async (t) => {
    const held = [(): number => 1, new Unknown()]
    const pointers = {
      refer: (value: object): Tag | undefined => {
        const at = held.findIndex((each) => each === value)
        return at < 0 ? undefined : { $: 'export', of: at }
      },
      meet: (_mark: string, of: Json): unknown => held[Number(of)],
    }
    const { json } = encoded([held, new Money(held[0], '')], 'it', pointers)
    const back = decoded(json, pointers)
    t.ok(Array.isArray(back) && Array.isArray(back[0]) && back[0][1] === held[1] && back[1] instanceof Money)
    t.throws(() => encoded([() => 2], 'it', pointers), { message: /is a function/ })
  },
)

t.test('bug: an error whose name is no text, and has none, could not be read', async (t) => {
  const error = decoded({ $: 'error', of: { name: { $: 'bare', of: [] }, message: { $: 'undefined' } } })
  t.ok(error instanceof Error)
  t.equal(error instanceof Error && error.stack, '')
})
