import fc from 'fast-check'
import t from 'tap'
import { InvalidParamsError, OverloadedError } from '../../lib/rpc/errors.js'
import { Names, outcome } from './at.js'
import { searchFor } from '../../nameserver/search.js'
import { ManualClock } from '../harness/manual-clock.js'

const clock = new ManualClock()

function matches(source: string, text: string): boolean {
  return searchFor(source, clock)(text)
}

t.test('it finds what the language finds, for patterns made at random', (t) => {
  const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\.', '\\d', '\\p{L}')
  const quantifier = fc.constantFrom('', '', '*', '+', '?', '{2}', '{1,}', '{0,2}', '*?')
  const { pattern } = fc.letrec<{ pattern: string; part: string }>((tie) => ({
    part: fc
      .tuple(
        fc.oneof(
          { maxDepth: 3, withCrossShrink: true },
          atom,
          tie('pattern').map((p) => `(${p})`),
          tie('pattern').map((p) => `(?:${p})`),
        ),
        quantifier,
      )
      .map(([one, often]) => one + often),
    pattern: fc
      .array(fc.array(tie('part'), { maxLength: 3 }), { minLength: 1, maxLength: 2 })
      .map((arms) => arms.map((parts) => parts.join('')).join('|')),
  }))
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', '1', 'é', '😀'), maxLength: 6 })
  fc.assert(
    fc.property(pattern, text, (source, name) => {
      const expected = new RegExp(`^(?:${source})$`, 'su').test(name)
      return outcome(() => matches(source, name) === expected) !== false
    }),
    { seed: 1, numRuns: 500 },
  )
  t.end()
})

t.test('what is written around the whole of it changes nothing', (t) => {
  t.equal(matches('^a.c$', 'abc'), true)
  t.equal(matches('^a|b$', 'b'), true)
  t.equal(matches('', ''), true)
  t.equal(matches('', 'a'), false)
  t.equal(matches('a|', ''), true)
  t.end()
})

t.test('what it does not take is refused with the place', (t) => {
  for (const source of [
    '(a',
    'a)',
    '*',
    'a**',
    'a{2,1}',
    '[z-a]',
    '[a',
    '(?=a)',
    '(?<!a)b',
    '\\1',
    '\\',
    'a{9999}',
    '(((a{99}){99}){99})',
    '('.repeat(50),
  ]) {
    t.throws(() => searchFor(source, clock), InvalidParamsError, source)
  }
  t.throws(() => searchFor('ab(?=c)', clock), { message: /`\(\?=`/ })
  t.end()
})

t.test('patterns that take the language for ever are answered', (t) => {
  const names = new Names()
  for (let i = 0; i < 100; i++) names.register(`${'a'.repeat(200)}${i}`, 'a@localhost:1')
  for (const regex of ['(a+)+b', '(a|a)*b', '(a*)*b', '(a|aa)+b', 'a*a*a*a*a*a*b', '(.*)(.*)(.*)(.*)x'])
    t.same(names.registry.list({ regex }), [], regex)
  t.end()
})

t.test('a search whose time is over is refused', (t) => {
  const isFound = searchFor('a+', clock)
  t.equal(isFound('aaa'), true)
  clock.advance(151)
  t.throws(() => isFound('aaa'), OverloadedError)
  t.end()
})

t.test('what would take long to compile is refused before, by its length written out', (t) => {
  for (const source of [
    `(?:${'a'.repeat(190)}){999}`,
    `(?:(?:${'a'.repeat(90)}){30}){30}`,
    '((a{99}){99}){2}',
    `[a-z]{999}${'.{999}'.repeat(3)}`,
    '(?:(?:(?:(?:a{9}){9}){9}){9}){9}',
  ]) {
    const started = performance.now()
    t.throws(() => searchFor(source, clock), /repeats too much/, source)
    t.comment(`${Math.round(performance.now() - started)} ms: ${source.slice(0, 20)}`)
  }
  for (const source of [
    '[a-zA-Z0-9_.-]{1,64}',
    '(?:[a-f\\]0-9]{2}:){5}[a-f0-9]{2}',
    'a{0,200}',
    '\\{999}',
    '[{999}]{3}',
  ])
    t.doesNotThrow(() => searchFor(source, clock), source)
  t.end()
})
