import t from 'tap'
import fc from 'fast-check'
import { wrapped } from '../../../lib/command-line/wrap.js'

t.test('help at 40 columns breaks no word, and goes on below its column', async (t) => {
  t.equal(
    wrapped('  --host  address to listen on, and a long story about it  [string]', 40),
    ['  --host  address to listen on, and a', '          long story about it  [string]'].join('\n'),
  )
})

t.test('a line with a wide first column goes on a little to the right of its beginning', async (t) => {
  t.equal(
    wrapped('  rollcall node a --members a@localhost:7001  one of three', 46),
    ['  rollcall node a --members a@localhost:7001', '      one of three'].join('\n'),
  )
})

t.test('where no word fits beside the first column, it goes on below', async (t) => {
  t.equal(wrapped('VQPaxMj   KIwas(scudMR', 20), ['VQPaxMj', '          KIwas(scudMR'].join('\n'))
})

t.test(
  'whatever the text and the width, the words are the same and in order, and fit where they can',
  async (t) => {
    const word = fc.string({ minLength: 1, maxLength: 12 }).filter((text) => !/\s/.test(text))
    const line = fc.tuple(
      fc.nat(8),
      fc.array(fc.tuple(word, fc.integer({ min: 1, max: 4 })), { maxLength: 20 }),
    )
    fc.assert(
      fc.property(line, fc.integer({ min: 20, max: 100 }), ([indent, words], columns) => {
        const text = ' '.repeat(indent) + words.map(([each, blanks]) => each + ' '.repeat(blanks)).join('')
        const lines = wrapped(text, columns).split('\n')
        t.same(lines.join(' ').split(/\s+/), text.split(/\s+/))
        for (const each of lines) t.ok(each.length <= columns || !/\S\s+\S/.test(each), each)
      }),
    )
  },
)
