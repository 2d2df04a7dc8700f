/** Mutations of bytes: a few of them, one after another, on an input that was right. Fewer and earlier is smaller. */
import fc from 'fast-check'

/** `others`: all right inputs, for a mutation that brings in a part of another one. */
type Mutation = (bytes: Buffer, others: readonly Uint8Array[]) => Buffer

const MUTATIONS_MAX = 4

/** What parsers stumble over, as bytes. */
const AWKWARD: readonly Buffer[] = [
  ...['\0', '\n', '\r\n', '\r\n\r\n', '"', '\\', '\\u', '[', '{', '}', ',', ':', '\ufeff', '\u2028'],
  ...['"\\ud800"', '"__proto__":', '"constructor":', '"toString":', '-0', '1e999', '-1', '0.1', '1e-400'],
  ...['9007199254740992', '18446744073709551616', '0x10', 'NaN', 'null', 'true', '[]', '{}', '""'],
].map((text) => Buffer.from(text))

const BAD_UTF8: readonly Buffer[] = [
  [0xff],
  [0xc0, 0x80],
  [0xed, 0xa0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0xe2, 0x82],
].map((bytes) => Buffer.from(bytes))

/** Fields of four bytes that a length, a count or a number could stand in, little- or big-endian. */
const WORDS: readonly number[] = [0, 1, 0x7f, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff]

const place = fc.nat()
const length = fc.oneof(fc.nat(8), fc.nat(300))

const flip = fc.tuple(place, fc.nat(7)).map(
  ([at, bit]): Mutation =>
    (bytes) =>
      changed(bytes, at, (byte) => byte ^ (1 << bit)),
)

const set = fc.tuple(place, fc.nat(255)).map(
  ([at, value]): Mutation =>
    (bytes) =>
      changed(bytes, at, () => value),
)

const insert = fc
  .tuple(place, fc.oneof(fc.constantFrom(...AWKWARD, ...BAD_UTF8), fc.uint8Array({ maxLength: 12 })))
  .map(
    ([at, piece]): Mutation =>
      (bytes) =>
        spliced(bytes, at, 0, piece),
  )

const remove = fc.tuple(place, length).map(
  ([at, count]): Mutation =>
    (bytes) =>
      spliced(bytes, at, count, []),
)

const repeat = fc
  .tuple(place, length, fc.constantFrom(1, 2, 50, 2000))
  .map(([at, count, times]): Mutation => (bytes) => {
    const start = at % (bytes.length + 1)
    const part = bytes.subarray(start, start + count)
    return spliced(bytes, start, 0, Buffer.concat(new Array<Buffer>(times).fill(part)))
  })

const swap = fc.tuple(place, place, length).map(([one, other, count]): Mutation => (bytes) => {
  const [from, to] = [one, other].map((at) => at % (bytes.length + 1)).sort((a, b) => a - b) as [
    number,
    number,
  ]
  const [first, second] = [part(bytes, from, Math.min(count, to - from)), part(bytes, to, count)]
  const between = bytes.subarray(from + first.length, to)
  const [head, tail] = [bytes.subarray(0, from), bytes.subarray(to + second.length)]
  return Buffer.concat([head, second, between, first, tail])
})

const truncate = place.map(
  (at): Mutation =>
    (bytes) =>
      bytes.subarray(0, at % (bytes.length + 1)),
)

/** The beginning of this input with the end of another one. */
const cross = fc.tuple(place, place, place).map(([which, here, there]): Mutation => (bytes, others) => {
  const other = others[which % others.length] ?? bytes
  const tail = other.subarray(there % (other.length + 1))
  return Buffer.concat([bytes.subarray(0, here % (bytes.length + 1)), tail])
})

const word = fc
  .tuple(place, fc.constantFrom(...WORDS), fc.boolean())
  .map(([at, value, isLittle]): Mutation => (bytes) => {
    if (bytes.length < 4) return bytes
    const copy = Buffer.from(bytes)
    const offset = at % (bytes.length - 3)
    if (isLittle) copy.writeUInt32LE(value, offset)
    else copy.writeUInt32BE(value, offset)
    return copy
  })

const digits = fc
  .tuple(place, fc.constantFrom('0', '-1', '1e999', '9007199254740993', '4294967296', ''))
  .map(([which, number]): Mutation => (bytes) => {
    const text = bytes.toString('latin1')
    const numbers = [...text.matchAll(/[0-9]+/g)]
    const chosen = numbers[which % Math.max(1, numbers.length)]
    if (chosen === undefined) return bytes
    const head = text.slice(0, chosen.index)
    return Buffer.from(head + number + text.slice(chosen.index + chosen[0].length), 'latin1')
  })

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  flip,
  set,
  insert,
  remove,
  repeat,
  swap,
  truncate,
  cross,
  word,
  digits,
)

/** One of `inputs` after one to four mutations. `others`: what parts of others are taken from. Default: `inputs`. */
export function mutated(inputs: readonly Uint8Array[], others = inputs): fc.Arbitrary<Buffer> {
  return fc
    .tuple(
      fc.nat({ max: inputs.length - 1 }),
      fc.array(mutation, { minLength: 1, maxLength: MUTATIONS_MAX, size: 'max' }),
    )
    .map(([which, mutations]) => {
      let bytes: Buffer = Buffer.from(inputs[which] ?? [])
      for (const mutate of mutations) bytes = mutate(bytes, others)
      return bytes
    })
}

/** As {@link mutated}, for text; what is no UTF-8 any more comes out as U+FFFD. */
export function mutatedText(inputs: readonly string[]): fc.Arbitrary<string> {
  return mutated(inputs.map((text) => Buffer.from(text))).map((bytes) => bytes.toString())
}

function changed(bytes: Buffer, at: number, change: (byte: number) => number): Buffer {
  if (bytes.length === 0) return bytes
  const copy = Buffer.from(bytes)
  const offset = at % copy.length
  copy[offset] = change(copy[offset] ?? 0)
  return copy
}

function spliced(bytes: Buffer, at: number, removed: number, piece: Iterable<number>): Buffer {
  const start = at % (bytes.length + 1)
  return Buffer.concat([bytes.subarray(0, start), Buffer.from([...piece]), bytes.subarray(start + removed)])
}

function part(bytes: Buffer, at: number, count: number): Buffer {
  return bytes.subarray(at, at + count)
}
