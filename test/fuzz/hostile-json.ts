/**
 * JSON text that is JSON and yet not what anybody would send: values at the ends of their ranges, names that every
 * object inherits, names twice, nesting. And right messages in which one value or another was replaced by such.
 */
import fc from 'fast-check'
import type { Json } from '../../lib/json.js'

const EXTREMES: readonly string[] = [
  ...['null', 'true', 'false', '""', '[]', '{}', '-0', '0', '1', '-1', '0.5', '1e-400', '1e999', '-1e999'],
  ...['4294967295', '4294967296', '9007199254740991', '9007199254740992', '18446744073709551616', '1E+2'],
  ...['"\\ud800"', '"\\udc00\\ud800"', '"\\u0000"', '"\\ufeff"', '"__proto__"', '"constructor"', '"-1"'],
  ...['"toString"', '"length"', '"9007199254740993"', '"node1@localhost:9101"', '"@"', '"a@unix:/"', '" "'],
  ...['[null]', '[[]]', '{"__proto__":null}', '{"__proto__":{"length":9}}', '{"constructor":1}', '{"":0}'],
  ...[
    '{"a":1,"a":2}',
    '{"toJSON":1}',
    '{"toString":1}',
    '{"then":1}',
    '{"length":-1}',
    '{"0":0,"length":1e999}',
  ],
]

const deep = fc
  .tuple(fc.constantFrom(1, 10, 190, 250, 1_000), fc.constantFrom(['[', ']'], ['{"a":', '}']))
  .map(([levels, [open, close]]) => `${open.repeat(levels)}1${close.repeat(levels)}`)

const long = fc.constantFrom(300, 5000, 70_000).map((length) => JSON.stringify('é'.repeat(length)))

const wide = fc.constantFrom(200, 3000).map((count) => `[${new Array<string>(count).fill('{}').join()}]`)

/** Numbers that are longer than anybody needs, alone and under a name that is. */
const longNumber = fc
  .tuple(
    fc.constantFrom('1.?1', '?', '0.?1', '-1.?', '1?e-400', '1e?'),
    fc.constantFrom('0', '9'),
    fc.boolean(),
  )
  .map(([form, digit, isNamed]) => {
    const number = form.replace('?', digit.repeat(70_000)).replace(/^0+(?=\d)/, '')
    return isNamed
      ? `{"${'n'.repeat(70_000)}":[${new Array<string>(100).fill('1e400').join()},${number}]}`
      : number
  })

/** One value, as text. */
export const hostileJson: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...EXTREMES) },
  { weight: 2, arbitrary: fc.json({ maxDepth: 3 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }).map((text) => JSON.stringify(text)) },
  { weight: 1, arbitrary: fc.oneof(deep, long, wide, longNumber) },
)

/** A change at one place of a value, counted in the order of its text. */
type Change = { readonly at: number } & (
  | { readonly kind: 'replace'; readonly by: string }
  | { readonly kind: 'add'; readonly name: string; readonly value: string }
  | { readonly kind: 'remove' | 'double' | 'wrap' }
)

const change: fc.Arbitrary<Change> = fc
  .tuple(
    fc.nat(),
    fc.oneof(
      { weight: 5, arbitrary: hostileJson.map((by) => ({ kind: 'replace' as const, by })) },
      {
        weight: 1,
        arbitrary: fc
          .tuple(fc.constantFrom('__proto__', 'constructor', 'toString', '', 'extra'), hostileJson)
          .map(([name, value]) => ({ kind: 'add' as const, name, value })),
      },
      { weight: 2, arbitrary: fc.constantFrom('remove', 'double', 'wrap').map((kind) => ({ kind })) },
    ),
  )
  .map(([at, rest]) => ({ at, ...rest }))

/** One of `texts`, each of them JSON, with one to three of its values changed. Still JSON. */
export function changedJson(texts: readonly string[]): fc.Arbitrary<string> {
  return fc
    .tuple(fc.nat({ max: texts.length - 1 }), fc.array(change, { minLength: 1, maxLength: 3, size: 'max' }))
    .map(([which, changes]) => changes.reduce((text, each) => withChange(text, each), texts[which] ?? 'null'))
}

function withChange(text: string, wanted: Change): string {
  const root = parsed(text)
  const total = count(root)
  return new Writer(wanted, wanted.at % Math.max(1, total)).write(root)
}

function parsed(text: string): Json {
  if (depthAtMost(text) > DEPTH_MAX) return null
  try {
    const value: unknown = JSON.parse(text)
    return value as Json
  } catch {
    return null
  }
}

/** A value that is nested more deeply stays out: writing it again takes a few calls for each level. */
const DEPTH_MAX = 500

/** Brackets within texts count too. */
function depthAtMost(text: string): number {
  let [depth, most] = [0, 0]
  for (const character of text) {
    if (character === '[' || character === '{') most = Math.max(most, ++depth)
    else if (character === ']' || character === '}') depth--
  }
  return most
}

function count(value: Json): number {
  if (typeof value !== 'object' || value === null) return 1
  return Object.values(value).reduce((sum: number, inner: Json) => sum + count(inner), 1)
}

/** Writes a value again, with one change at the value that is number `at` on the way. */
class Writer {
  #next = 0

  constructor(
    private readonly wanted: Change,
    private readonly at: number,
  ) {}

  write(value: Json): string {
    return this.#next++ === this.at ? this.#changed(value) : this.#plain(value)
  }

  #plain(value: Json): string {
    if (typeof value !== 'object' || value === null) return JSON.stringify(value)
    if (isList(value)) return `[${this.#items(value).join()}]`
    return `{${this.#members(value).join()}}`
  }

  #items(list: readonly Json[]): string[] {
    return list.flatMap((item) => this.#often(() => this.write(item)))
  }

  #members(object: object): string[] {
    return Object.entries(object).flatMap(([name, value]: [string, Json]) =>
      this.#often(() => `${JSON.stringify(name)}:${this.write(value)}`),
    )
  }

  /** A member or an item: left out or doubled when it is the one. */
  #often(write: () => string): string[] {
    const isChosen = this.#next === this.at
    const text = write()
    if (isChosen && this.wanted.kind === 'remove') return []
    return isChosen && this.wanted.kind === 'double' ? [text, text] : [text]
  }

  #changed(value: Json): string {
    const { wanted } = this
    if (wanted.kind === 'replace') return wanted.by
    if (wanted.kind === 'wrap') return `[${this.#plain(value)}]`
    if (wanted.kind !== 'add' || typeof value !== 'object' || value === null || isList(value))
      return this.#plain(value)
    return `{${[`${JSON.stringify(wanted.name)}:${wanted.value}`, ...this.#members(value)].join()}}`
  }
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
