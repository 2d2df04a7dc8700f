/**
 * Values of all kinds, most of which travel; and JSON that may hold tags of all kinds, most of which stand for nothing.
 */
import fc from 'fast-check'
import type { Json } from '../../lib/json.js'
import { registerType } from '../../lib/values/registered.js'

/** A class that is registered. */
export class Money {
  constructor(
    readonly amount: unknown,
    readonly currency: string,
  ) {}
}
registerType(Money, {
  encode: ({ amount, currency }) => ({ amount, currency }),
  decode: ({ amount, currency }) => new Money(amount, currency),
})

/** One that is not. */
export class Unknown {
  readonly a = 1
}

const name = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 5 }),
  fc.constantFrom('__proto__', '$', 'of', '', 'constructor', 'toJSON', 'then', 'length', '\ud800', '0'),
)

const number = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(-0, NaN, Infinity, -Infinity, 2 ** 53 + 2))

const bytes = fc.uint8Array({ maxLength: 24 }).chain((array) => {
  const even = array.slice(0, array.length - (array.length % 8))
  return fc.constantFrom<object>(
    array,
    array.buffer,
    array.subarray(1),
    new DataView(array.buffer),
    new Uint8ClampedArray(array),
    new Int16Array(even.buffer),
    new Float32Array(even.buffer),
    new Float64Array(even.buffer),
    new BigInt64Array(even.buffer),
  )
})

const errorClass = fc.constantFrom(Error, TypeError, RangeError, SyntaxError)

const short = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.boolean(),
  fc.constantFrom(null, undefined),
  number,
  fc.bigInt(),
)

const lone: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: short },
  fc.date({ noInvalidDate: false }),
  bytes,
  fc.constantFrom(/a/gi, /^[^/\n]*$/u, new RegExp('')).map((pattern) => {
    const copy = new RegExp(pattern)
    copy.lastIndex = 3
    return copy
  }),
  fc.webUrl().map((text) => new URL(text)),
)

const { value } = fc.letrec<{ value: unknown }>((tie) => {
  const list = fc.array(tie('value'), { maxLength: 4 })
  const pairs = fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 4 })
  const named = fc.array(fc.tuple(name, tie('value')), { maxLength: 4 })
  return {
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      lone,
      list,
      list.map((parts) => new Set(parts)),
      pairs.map((each) => new Map(each)),
      named.map((each) => Object.fromEntries(each)),
      named.map((each) => Object.setPrototypeOf(Object.fromEntries(each), null) as object),
      named.map((each) => ({ $: 'date', ...Object.fromEntries(each) })),
      fc.tuple(tie('value'), fc.string()).map(([amount, currency]) => new Money(amount, currency)),
      fc
        .tuple(errorClass, fc.string(), named, tie('value'))
        .map(([Class, message, fields, cause]) =>
          Object.assign(new Class(message, { cause }), Object.fromEntries(fields.filter(isField))),
        ),
      list.map((errors) => new AggregateError(errors, 'several')),
      // The same object twice.
      tie('value').map((part) => [part, { again: part }]),
    ),
  }
})

function isField([name]: readonly [string, unknown]): boolean {
  return name !== '__proto__'
}

export const travelling = value

/** What the language itself has, some of which travels; no functions. */
export const anything: fc.Arbitrary<unknown> = fc.anything({
  key: fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('__proto__', '', '\ud800', 'constructor', 'toJSON'),
  ),
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
  withBoxedValues: true,
})

/** What can't, somewhere in it. */
const lost: fc.Arbitrary<unknown> = fc.constantFrom<unknown>(
  () => 1,
  Symbol('s'),
  new Unknown(),
  Promise.resolve(),
  new WeakMap(),
  Object(1),
  { [Symbol.iterator]: () => [][Symbol.iterator]() },
  { part: 1, [Symbol.asyncIterator]: () => ({ next: () => undefined }) },
  class extends Map {},
  new (class extends Money {})(1, 'EUR'),
  new Proxy(new Date(), {}),
  Object.assign(new Map(), { own: 1 }),
)

export const holding: fc.Arbitrary<unknown> = fc
  .tuple(travelling, lost, fc.nat(5))
  .map(([whole, part, how]): unknown => {
    switch (how) {
      case 0:
        return new Map([[whole, part]])
      case 1:
        return new Map([[part, whole]])
      case 2:
        return new Set([whole, part])
      case 3:
        return [whole, { part }]
      case 4:
        return new Error('', { cause: new Money([part], '') })
      default:
        return Object.assign(new TypeError('t'), { whole, part })
    }
  })

const mark = fc.oneof(
  fc.constantFrom(
    ...['undefined', 'number', 'bigint', 'date', 'map', 'set', 'bytes', 'error', 'regexp', 'url'],
    ...['object', 'bare', 'type', 'ref', 'export', 'back', 'hole', '__proto__', ''],
  ),
  fc.jsonValue(),
)

const content = fc.constantFrom<Json>(
  ...['NaN', '-0', '0', '-0n', '1', '0x10', '+1', '9'.repeat(10_001), '1'.repeat(100_000)],
  ...[
    'AA==',
    'AB==',
    'A===',
    '====',
    'AAA',
    '2026-01-01',
    '2026-01-01T00:00:00.000Z',
    'http:// /',
    'https://a/',
  ],
  ...[
    ['(', ''],
    ['a', 'gg'],
    ['a'.repeat(20_000), ''],
    ['(a+)+$', ''],
    [1, 2],
    [[1, 2], 3],
  ],
  ...[['Float64Array', 'AAAA'], ['SharedArrayBuffer', 'AA=='], ['constructor', 'AA=='], [['__proto__', 1]]],
  ...[
    ['Money', {}],
    ['Money', null],
    ['Nobody', 1],
    [
      ['a', 1],
      ['a', 2],
    ],
    { message: 1 },
    { class: 'Function' },
  ],
  { fields: [['__proto__', 1]] },
  { name: { $: 'bare', of: [] }, message: { $: 'undefined' } },
)

/** JSON as strangers write it. */
export const { json: forged } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small' },
    fc.jsonValue().map((each): Json => JSON.parse(JSON.stringify(each)) as Json),
    content,
    fc.array(tie('json'), { maxLength: 4 }),
    fc.array(fc.tuple(name, tie('json')), { maxLength: 3 }).map((each) => Object.fromEntries(each)),
    fc.record({ $: mark, of: fc.oneof(content, tie('json')) }, { requiredKeys: ['$'] }) as fc.Arbitrary<Json>,
  ),
}))
