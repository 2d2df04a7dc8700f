/** What is kept under numbers that count up, beside a Map that keeps the same. */
import fc from 'fast-check'
import t from 'tap'
import { Numbered } from '../../lib/rpc/numbered.js'

void t.test('it keeps what a Map keeps, in the order of the numbers', async () => {
  const step = fc.oneof(
    fc.record({ does: fc.constant('set' as const), skips: fc.nat({ max: 3 }) }),
    fc.record({ does: fc.constant('leap' as const), skips: fc.constantFrom(15, 16, 4_095, 4_096, 2 ** 32) }),
    fc.record({ does: fc.constantFrom('delete' as const, 'again' as const), skips: fc.nat({ max: 40 }) }),
    fc.record({ does: fc.constant('clear' as const), skips: fc.constant(0) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
      const numbered = new Numbered<string>()
      const map = new Map<number, string>()
      let last = 0
      for (const [at, { does, skips }] of steps.entries()) {
        if (does === 'clear') {
          numbered.clear()
          map.clear()
        } else if (does === 'delete') {
          if (numbered.delete(last - skips) !== map.delete(last - skips)) return false
        } else {
          const number = does === 'again' ? Math.max(1, last - skips) : (last += skips + 1)
          numbered.set(number, `${at}`)
          map.set(number, `${at}`)
        }
        if (numbered.size !== map.size) return false
        if (numbered.get(last - skips) !== map.get(last - skips)) return false
      }
      const sorted = [...map].sort(([a], [b]) => a - b)
      return JSON.stringify([...numbered]) === JSON.stringify(sorted)
    }),
  )
})

void t.test('one that stays for long is found behind any number of others', async (t) => {
  const numbered = new Numbered<string>()
  numbered.set(1, 'first')
  for (let number = 2; number < 20_000; number += 1) {
    numbered.set(number, 'other')
    numbered.delete(number)
  }
  t.equal(numbered.get(1), 'first')
  t.equal(numbered.size, 1)
  t.same([...numbered], [[1, 'first']])
  t.equal(numbered.delete(1), true)
  t.equal(numbered.get(1), undefined)
})

void t.test('what nobody has put there is not found where another one lies', async (t) => {
  const numbered = new Numbered<string>()
  numbered.set(5, 'five')
  for (const other of [0, -11, 21, 5.5, 4_101, NaN]) t.equal(numbered.get(other), undefined, String(other))
  t.equal(numbered.delete(21), false)
  t.equal(numbered.size, 1)
})
