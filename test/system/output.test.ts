/** What waits to be written comes out as it went in, and never much at once. */
import fc from 'fast-check'
import t from 'tap'
import { Output, SLICE_LENGTH } from '../../lib/system/output.js'

function slicesOf(texts: readonly (string | Uint8Array)[]): readonly (string | Uint8Array)[] {
  const output = new Output()
  for (const text of texts) output.put(text)
  const slices: (string | Uint8Array)[] = []
  while (output.length > 0) slices.push(output.take())
  return slices
}

t.test('texts of any length come out whole, in their order, and in slices', async (t) => {
  const text = fc
    .tuple(fc.string({ unit: 'binary', minLength: 1, maxLength: 5 }), fc.nat(80_000))
    .map(([part, length]) => part.repeat(Math.ceil(length / part.length)))
  fc.assert(
    fc.property(fc.array(text, { maxLength: 6 }), (texts) => {
      const slices = slicesOf(texts)
      const bytes = Buffer.concat(slices.map((slice) => Buffer.from(slice)))
      return slices.every(({ length }) => length <= SLICE_LENGTH) && bytes.equals(Buffer.from(texts.join('')))
    }),
    { numRuns: 50 },
  )
  t.pass()
})

t.test('a character of two units is not cut in two', async (t) => {
  const text = `x${'\u{1f600}'.repeat(SLICE_LENGTH)}`
  const slices = slicesOf([text])
  t.ok(slices.length > 2)
  t.equal(Buffer.concat(slices.map((slice) => Buffer.from(slice))).toString(), text)
})

t.test('small texts come out together', async (t) => {
  t.same(slicesOf(['a\n', 'b\n', 'c\n']), ['a\nb\nc\n'])
})

t.test('bytes come out between the texts that they stand between, and in slices', async (t) => {
  const long = new Uint8Array(SLICE_LENGTH + 1).fill(7)
  const slices = slicesOf(['a\n', 'b\n', new Uint8Array([1, 2]), new Uint8Array([3]), 'c\n', long])
  t.same(slices.slice(0, 4), ['a\nb\n', new Uint8Array([1, 2]), new Uint8Array([3]), 'c\n'])
  t.same(
    slices.slice(4).map(({ length }) => length),
    [SLICE_LENGTH, 1],
  )
})
