/** A mistake that is said to be caught, while something else has failed, is not caught. */
import t from 'tap'
import type { Ending } from './copy.js'
import { failedSeed, findingOfSimulator, findingOfTest, TapReader } from './finding.js'

const KNOWN = new Set(['one vote a term', 'the # of votes'])

function finding(ending: Ending, lines: readonly string[], mayHang = false) {
  const tap = new TapReader()
  for (const line of lines) tap.read(line)
  return findingOfTest({ ending, passed: tap.passed, failed: tap.failed }, KNOWN, mayHang)
}

t.test('a test that fails by its name is a catch, and is named', async (t) => {
  const lines = [
    'TAP version 14',
    'ok 1 - one vote a term # time=3ms',
    'not ok 2 - the \\# of votes # time=9ms',
  ]
  t.same(finding(1, lines), { said: 'the # of votes', isCatch: true })
  t.same(finding('late', lines), { said: 'the # of votes', isCatch: true })
})

t.test('all tests pass: nothing was noticed', async (t) => {
  t.equal(finding(0, ['ok 1 - one vote a term', 'ok 2 - the \\# of votes']), undefined)
})

t.test('a file that breaks outside of its tests is no catch', async (t) => {
  t.same(finding(1, []), { said: 'ends with an error', isCatch: false })
  t.same(finding(1, ['ok 1 - one vote a term']), { said: 'ends with an error', isCatch: false })
  t.match(finding(1, ['not ok 1 - Cannot read properties of undefined']), { isCatch: false })
})

t.test('what fails within a test is not taken for a test', async (t) => {
  t.match(finding(1, ['    not ok 1 - one vote a term']), { said: 'ends with an error', isCatch: false })
})

t.test('not to end is a catch only where that is expected', async (t) => {
  t.same(finding('late', ['ok 1 - one vote a term']), { said: 'does not end', isCatch: false })
  t.same(finding('late', ['ok 1 - one vote a term'], true), { said: 'does not end', isCatch: true })
})

t.test('the tests that pass without a mistake are known by their names', async (t) => {
  const tap = new TapReader()
  for (const line of ['ok 1 - one vote a term # time=3ms', '    ok 1 - within', '1..1', '# time=4ms'])
    tap.read(line)
  t.same([...tap.passed], ['one vote a term'])
})

t.test('the simulator catches with a seed and its rule, and with nothing else', async (t) => {
  const failed = failedSeed('seed 12 failed: two leaders in term 3')
  t.same(failed, { said: 'seed 12: two leaders in term 3', isCatch: true })
  t.equal(failedSeed('seed 12: 40 commands acknowledged, story 1f2e'), undefined)
  t.equal(findingOfSimulator(1, failed), failed)
  t.equal(findingOfSimulator(0, undefined), undefined)
  for (const ending of [1, 'late'] as const)
    t.match(findingOfSimulator(ending, undefined), { said: / no seed fails$/, isCatch: false })
})
