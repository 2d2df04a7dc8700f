import t from 'tap'
import fc from 'fast-check'
import { printable, printableLines } from '../../lib/printable.js'

t.test('sequences of the terminal are shown and not obeyed, those of C1 too', async (t) => {
  t.equal(
    printable('a\u001b[2Jb\u009b2Jc\u0007d\u007fe\u0085f'),
    'a\\u001b[2Jb\\u009b2Jc\\u0007d\\u007fe\\u0085f',
  )
  t.equal(printable('two\nlines\r\tand'), 'two\\nlines\\r\\tand')
})

t.test('text stands in the order that it is shown in: bidi marks are shown as what they are', async (t) => {
  const marks = '\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c'
  t.match(printable(`kv${marks}@localhost`), /^kv(?:\\u[0-9a-f]{4}){12}@localhost$/)
})

t.test('what is invisible is shown', async (t) => {
  t.equal(
    printable('a\u200bb\ufeffc\u00add\u2028e\u{e0041}f'),
    'a\\u200bb\\ufeffc\\u00add\\u2028e\\udb40\\udc41f',
  )
  t.equal(printable('\ud800'), '\\ud800')
})

t.test('what people write stays as it is', async (t) => {
  for (const text of ['größe', '名前', 'שלום', '👩‍💻', 'می‌خواهم', 'C:\\u', 'a "b"'])
    t.equal(printable(text), text)
})

t.test('JSON stays the same value', async (t) => {
  const text = fc.string({ unit: 'binary', maxLength: 40 })
  fc.assert(fc.property(text, (each) => t.equal(JSON.parse(printable(JSON.stringify(each))), each)))
})

t.test('the breaks between lines stay', async (t) => {
  t.equal(printableLines('a\u001b\nb'), 'a\\u001b\nb')
})
