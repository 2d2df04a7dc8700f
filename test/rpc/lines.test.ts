import fc from 'fast-check'
import t from 'tap'
import { LineSplitter } from '../../lib/rpc/messages/lines.js'

function split(pieces: readonly Uint8Array[], max = 1000): { lines: string[]; isWhole: boolean } {
  const splitter = new LineSplitter(max)
  const lines: string[] = []
  const isWhole = pieces.every((piece) => splitter.push(piece, (line) => lines.push(line)))
  return { lines, isWhole }
}

t.test('lines come out the same however the bytes are cut', async (t) => {
  const line = fc
    .string({ unit: 'grapheme', minLength: 1 })
    .filter((text) => !/[\n]/.test(text) && text !== '\r')
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (lines, cuts) => {
      const bytes = Buffer.from(lines.map((each) => `${each}\n`).join(''))
      const pieces: Uint8Array[] = []
      for (let from = 0, turn = 0; from < bytes.length; turn++) {
        const length = cuts[turn % cuts.length] ?? 1
        pieces.push(bytes.subarray(from, from + length))
        from += length
      }
      t.strictSame(split(pieces).lines, lines)
      t.strictSame(split([bytes]).lines, lines)
    }),
    { numRuns: 50 },
  )
})

t.test('empty lines are left out, and CR before the end is harmless', async (t) => {
  t.same(
    split([Buffer.from('\n\r\n{"a":1}\r\n\n')]).lines.map((line) => JSON.parse(line) as unknown),
    [{ a: 1 }],
  )
})

t.test('bug: a text that was not UTF-8 arrived with other characters in it', async (t) => {
  const lines = Buffer.from('["grün \ufffd"]\n["grün"]\n["green"]\n["grün"]\n')
  const [second, last] = [lines.indexOf('ü', 10), lines.lastIndexOf('ü')]
  const latin1 = Buffer.from('ü', 'latin1')
  const bytes = [lines.subarray(0, second), latin1, lines.subarray(second + 2, last), latin1]
  const sent = Buffer.concat([...bytes, lines.subarray(last + 2)])
  for (const size of [1, 7, sent.length]) {
    const pieces = Array.from({ length: Math.ceil(sent.length / size) }, (_, at) =>
      sent.subarray(at * size, (at + 1) * size),
    )
    t.same(split(pieces).lines, ['["grün \ufffd"]', '\ufffd', '["green"]', '\ufffd'], `pieces of ${size}`)
  }
})

t.test('the limit is exact, whole or in pieces', async (t) => {
  const fits = Buffer.from(`${'x'.repeat(10)}\n`)
  const over = Buffer.from(`${'x'.repeat(11)}\n`)
  const bytewise = (bytes: Buffer): Buffer[] => [...bytes].map((byte) => Buffer.from([byte]))
  for (const cut of [(bytes: Buffer): Buffer[] => [bytes], bytewise]) {
    t.same(split(cut(fits), 10), { lines: ['x'.repeat(10)], isWhole: true })
    t.same(split(cut(over), 10), { lines: [], isWhole: false })
  }
  t.same(split([Buffer.concat([fits, over])], 10), { lines: ['x'.repeat(10)], isWhole: false })
})

t.test('an endless line keeps no more than the limit', async (t) => {
  const splitter = new LineSplitter(1000)
  const piece = Buffer.alloc(300, 0x78)
  while (splitter.push(piece, () => t.fail('there is no line'))) t.ok(splitter.keptBytes <= 1000)
})

t.test(
  'of an abridged line both ends are told, however it is cut, and what follows it is whole',
  async (t) => {
    const line = `{"id":1,${'x'.repeat(100_000)},"id":2}`
    const bytes = Buffer.from(`${line}\nnext\n${line}\n`)
    for (const size of [1, 7, 4096, 4097, 30_000, 65_536, bytes.length]) {
      const splitter = new LineSplitter(200_000)
      const told: string[] = []
      for (let from = 0; from < bytes.length; from += size) {
        splitter.push(bytes.subarray(from, from + size), (text, isAbridged) =>
          told.push(isAbridged ? `ends: ${text}` : text),
        )
        if (splitter.keptBytes > 50_000) splitter.abridge()
      }
      const ends = `ends: ${line.slice(0, 4096)}${line.slice(-4096)}`
      t.same(told, size > 60_000 ? told : [ends, 'next', ends], `pieces of ${size}`)
      t.equal(told.length, 3)
    }
  },
)

t.test('an abridged line that goes on for ever is still above the limit', async (t) => {
  const splitter = new LineSplitter(10_000)
  const piece = Buffer.alloc(6_000, 'x')
  t.ok(splitter.push(piece, () => undefined))
  splitter.abridge()
  t.notOk(splitter.push(piece, () => undefined))
})

t.test('the long beginning of a line is kept where it came, and that is never written to', async (t) => {
  const splitter = new LineSplitter(100_000)
  const lines: string[] = []
  const push = (piece: Uint8Array): boolean => splitter.push(piece, (line) => lines.push(line))
  const beginning = new Uint8Array(50_000).fill(0x61)
  push(beginning)
  beginning[0] = 0x62
  push(Buffer.from(`${'c'.repeat(20_000)}\n`))
  t.equal(lines[0], `b${'a'.repeat(49_999)}${'c'.repeat(20_000)}`)

  const asBefore = Uint8Array.from(beginning)
  push(beginning)
  push(Buffer.from('\nshort'))
  push(Buffer.from(' line\n'))
  t.equal(lines[2], 'short line')
  t.ok(Buffer.from(beginning).equals(asBefore))
})

t.test('a beginning that is a small part of what came with it is kept by itself', async (t) => {
  const splitter = new LineSplitter(100_000)
  const lines: string[] = []
  const piece = Buffer.from(`${'a'.repeat(60_000)}\n${'b'.repeat(20_000)}`)
  splitter.push(piece, (line) => lines.push(line))
  piece.fill(0)
  splitter.push(Buffer.from('\n'), (line) => lines.push(line))
  t.equal(lines[1], 'b'.repeat(20_000))
})
