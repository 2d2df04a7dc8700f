/** Where the checker gives up, a mistake would pass. */
import t from 'tap'
import { simulate } from './simulation.js'
import { tooUndecided } from './undecided.js'

const tally = (undecided: number, linearizable: number) =>
  new Map([
    ['commands repeated', 1000],
    ['histories of kv undecided', undecided],
    ['histories of kv linearizable', linearizable],
    ['histories of log linearizable', 100],
  ])

t.test('up to 5 % of the histories may be undecided', async (t) => {
  t.equal(tooUndecided(tally(0, 100)), undefined)
  t.equal(tooUndecided(tally(10, 90)), undefined)
  t.match(tooUndecided(tally(11, 89)), /^11 of 200 histories are undecided, more than 5 %/)
})

t.test('one of a single seed is let pass, two are not', async (t) => {
  t.equal(tooUndecided(new Map([['histories of kv undecided', 1]])), undefined)
  t.match(tooUndecided(new Map([['histories of kv undecided', 2]])), /^2 of 2 histories/)
})

t.test('the histories of a seed are counted under the names that are looked for', async (t) => {
  const { tally } = await simulate(2)
  const histories = [...tally].filter(([what]) =>
    /^histories of (kv|counter|log|names) (linearizable|undecided)$/.test(what),
  )
  t.equal(
    histories.reduce((sum, [, count]) => sum + count, 0),
    4,
  )
})
