/**
 * Classes that travel by value: how they are registered, and what is said when one end does it and the other does not.
 */
import t from 'tap'
import { decoded } from '../../lib/values/decoded.js'
import { encoded } from '../../lib/values/encoded.js'
import { registerType } from '../../lib/values/registered.js'
import {
  UnreadableValueError,
  UnsuitableTypeError,
  UnsuitableValueError,
} from '../../lib/values/unsuitable.js'

class Point {
  constructor(readonly x: number) {
    if (typeof x !== 'number') throw new TypeError('x is a number')
  }
}
const form = { encode: ({ x }: Point) => [x] as const, decode: ([x]: readonly [number]) => new Point(x) }

void t.test('a class goes under its own name, or the one that it is given', async (t) => {
  class Vector extends Point {}
  registerType(Point, form)
  registerType(Vector, { name: 'geo.Vector', ...form, decode: ([x]) => new Vector(x) })
  const { json } = encoded([new Point(1), new Vector(2)], 'it')
  t.strictSame(json, [
    { $: 'type', of: ['Point', [1]] },
    { $: 'type', of: ['geo.Vector', [2]] },
  ])
  t.strictSame(decoded(json), [new Point(1), new Vector(2)])
})

void t.test('a name stands for one class, which may be registered again', async (t) => {
  registerType(Point, form)
  const other = class Point extends Date {}
  const say = (name?: string) => ({
    ...(name !== undefined && { name }),
    encode: () => 1,
    decode: () => new other(),
  })
  const refused: readonly (readonly [string | undefined, RegExp])[] = [
    [undefined, /^another class is registered as Point already: take another name$/],
    ['', /^a class without a name is registered with one/],
    ['Map', /^Map is what the language calls its own: take another name$/],
    ['TypeError', /^TypeError is what the language/],
    ['Float64Array', /^Float64Array is what the language/],
  ]
  for (const [name, message] of refused)
    t.throws(() => registerType(other, say(name)), { constructor: UnsuitableTypeError, message })
  t.throws(() => registerType(Point, { name: 'Punkt', ...form }), {
    message: /^Point is registered already, as Point$/,
  })
  t.throws(() => registerType(Date, { name: 'Day', encode: Number, decode: () => new Date() }), {
    message: /^Date travels as it is$/,
  })
})

void t.test('what encode or decode throws is said with the name of the type, and the place', async (t) => {
  class Bad {}
  registerType(Bad, {
    encode: () => {
      throw new Error('not today')
    },
    decode: () => new Bad(),
  })
  t.throws(() => encoded([new Bad()], 'args'), {
    constructor: UnsuitableValueError,
    message: "args[0] is a Bad that can't be written: not today",
  })
  t.throws(() => decoded([{ $: 'type', of: ['Point', ['1']] }], undefined, 'args'), {
    constructor: UnreadableValueError,
    message: 'args[0] is no Point: its decode said: x is a number',
  })
  t.throws(() => decoded([{ $: 'type', of: ['Point', null] }], undefined, 'args'), {
    message: /^args\[0\] is no Point: its decode said: .*null/,
  })
})

void t.test('an instance that decode makes of another class is refused', async (t) => {
  class Liar {}
  registerType(Liar, { encode: () => 1, decode: () => ({}) })
  t.throws(() => decoded({ $: 'type', of: ['Liar', 1] }), {
    message: /^the value is no Liar: its decode made something else$/,
  })
})
