import fc from 'fast-check'
import t from 'tap'
import { InvalidParamsError } from '../../lib/rpc/errors.js'
import { Names, outcome } from './at.js'
import { Pattern } from '../../nameserver/pattern.js'

function matches(source: string, text: string): boolean | undefined {
  return new Pattern(source).matches(text, { steps: 1e9 })
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
    '(?<n>a)',
    '\\1',
    '\\b',
    'a^b',
    '(a$)',
    '\\',
    '{',
    'a{9999}',
    '(((a{99}){99}){99})',
    '\\u{110000}',
    '('.repeat(50),
  ]) {
    t.throws(() => new Pattern(source), InvalidParamsError, source)
  }
  t.throws(() => new Pattern('ab(?=c)'), { message: /character 3/ })
  t.end()
})

t.test('patterns that take the language for ever are answered or refused', (t) => {
  const names = new Names()
  for (let i = 0; i < 100; i++) names.register(`${'a'.repeat(200)}${i}`, 'a@localhost:1')
  for (const regex of ['(a+)+b', '(a|a)*b', '(a*)*b', '(a|aa)+b', 'a*a*a*a*a*a*b', '(.*)(.*)(.*)(.*)x']) {
    const answer = outcome(() => names.registry.list({ regex }))
    t.same(answer, [], regex)
  }
  const greedy = '(a?){90}'.repeat(2)
  t.equal(
    outcome(() => names.registry.list({ regex: greedy })),
    'OVERLOADED',
  )
  t.same(names.registry.list({ regex: `${greedy}.*`, prefix: 'b' }), [], 'a prefix spares the search')
  t.end()
})
