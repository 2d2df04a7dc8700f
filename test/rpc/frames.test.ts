/** Lines and frames that share a connection. */
import fc from 'fast-check'
import t from 'tap'
import { FrameSplitter } from '../../lib/rpc/messages/frames.js'

type Heard = string | readonly number[]

function frame(...content: readonly number[]): Buffer {
  return Buffer.from([0xff, content.length + 5, 0, 0, 0, ...content])
}

/** What is told of `bytes`, cut into pieces of `size`. */
function heard(
  bytes: Uint8Array,
  size: number,
  max = 1000,
): { told: Heard[]; isWhole: boolean; kept: number } {
  const splitter = new FrameSplitter(max)
  const told: Heard[] = []
  let isWhole = true
  for (let from = 0; from < bytes.length && isWhole; from += size)
    isWhole =
      splitter.push(
        bytes.subarray(from, from + size),
        (line) => told.push(line),
        (each) => told.push([...each.subarray(5)]),
      ) !== undefined
  return { told, isWhole, kept: splitter.keptBytes }
}

t.test('lines and frames come out in their order, however the bytes are cut', async (t) => {
  const line = fc.string({ minLength: 1 }).map((text) => `"${text.replaceAll(/[\n\r]/g, '')}"`)
  const content = fc.array(fc.oneof(fc.nat(255), fc.constantFrom(0x0a, 0x20, 0xff)), { maxLength: 40 })
  const signs = fc.nat(2).map((count) => ' '.repeat(count))
  fc.assert(
    fc.property(
      fc.array(fc.tuple(signs, fc.oneof(line, content))),
      fc.integer({ min: 1, max: 60 }),
      (all, size) => {
        const bytes = Buffer.concat(
          all.map(([sign, each]) =>
            typeof each === 'string'
              ? Buffer.from(`${sign}${each}\n`)
              : Buffer.concat([Buffer.from(sign), frame(...each)]),
          ),
        )
        const { told, isWhole, kept } = heard(bytes, size)
        const trimmed = told.map((each) => (typeof each === 'string' ? each.trimStart() : each))
        t.same({ trimmed, isWhole, kept }, { trimmed: all.map(([, each]) => each), isWhole: true, kept: 0 })
      },
    ),
    { numRuns: 200 },
  )
})

t.test('the limit of a frame is exact, whole or in pieces, and nothing is told behind it', async (t) => {
  const after = Buffer.from('"x"\n')
  for (const size of [1, 7, 100]) {
    t.same(heard(Buffer.concat([frame(1, 2, 3), after]), size, 8).told, [[1, 2, 3], '"x"'])
    t.match(heard(Buffer.concat([frame(1, 2, 3), after]), size, 7), { told: [], isWhole: false })
  }
})

t.test('a frame shorter than its own head is none', async (t) => {
  t.match(heard(Buffer.from([0xff, 4, 0, 0, 0, 1]), 100), { told: [], isWhole: false })
})

t.test('a length that is only told makes no room', async (t) => {
  const max = 2 ** 32 - 1
  const splitter = new FrameSplitter(max)
  const ignore = (): void => undefined
  const before = process.memoryUsage().arrayBuffers
  for (let i = 0; i < 5; i++)
    splitter.push(Buffer.from([[0xff], [0xff], [0xff], [0xff], [0xfe]][i] ?? []), ignore, ignore)
  splitter.push(Buffer.alloc(10), ignore, ignore)
  t.equal(splitter.keptBytes, 15)
  t.ok(process.memoryUsage().arrayBuffers - before < 1024 * 1024)
})

t.test('where no frames are expected what looks like one is a line that is no text', async (t) => {
  const splitter = new FrameSplitter(1000)
  const lines: string[] = []
  splitter.push(Buffer.concat([frame(1), Buffer.from('\n"x"\n')]), (line) => lines.push(line))
  t.same(lines, ['\ufffd', '"x"'])
})

t.test('a mark amid a line is a part of it', async (t) => {
  const bytes = Buffer.concat([Buffer.from('"a'), frame(1), Buffer.from('"\n"b"\n'), frame(2)])
  for (const size of [1, 2, 100]) t.same(heard(bytes, size).told, ['\ufffd', '"b"', [2]])
})

t.test('what is cleared is forgotten', async (t) => {
  const splitter = new FrameSplitter(1000)
  const told: unknown[] = []
  const tell = (each: unknown): void => void told.push(each)
  splitter.push(frame(1, 2, 3).subarray(0, 7), tell, tell)
  t.equal(splitter.unfinishedBytes, 7)
  splitter.clear()
  splitter.push(Buffer.from('"x"\n'), tell, tell)
  t.same(told, ['"x"'])
  t.equal(splitter.unfinishedBytes, 0)
})
