/** What a trial is refused for, before anything runs or while it does, and in which words. */
import t from 'tap'
import { simulate, TrialFailure, type Trial, type TrialCall } from 'rollcall/testing'
import { Stock } from './stock.js'

const good: Trial<Stock> = { object: Stock, calls: () => ['deliver', 'tea'] }

t.test('what calls() gives must be a call', async (t) => {
  const giving = async (call: unknown): Promise<TrialFailure> => {
    const failure: unknown = await simulate({ ...good, calls: () => call as TrialCall, runs: 1 }).catch(
      (error: unknown) => error,
    )
    if (failure instanceof TrialFailure) return failure
    throw new Error(`it was taken for a call: ${JSON.stringify(call)}`)
  }
  t.match((await giving('sell')).rule, /^calls\(\) must give a list of .*, and gave "sell"$/)
  t.match(
    (await giving(['sell', NaN])).rule,
    /^calls\(\) gives sell an argument that JSON would alter: argument 1 is NaN, which JSON has no word for$/,
  )
  t.match((await giving(['sell', 'tea', { at: new Date() }])).rule, /: argument 2 \.at is a Date: send its/)
  t.match((await giving(['sell', -0])).rule, /: argument 1 is -0, which JSON writes as 0/)
})

const mistakes: readonly (readonly [unknown, string])[] = [
  [undefined, 'TypeError: simulate() wants an object of options, and not undefined'],
  [
    { ...good, object: undefined },
    'TypeError: simulate() wants as object the class of an object, and not undefined',
  ],
  [
    { object: Stock },
    'TypeError: simulate() wants as calls a function that gives the next call, and not undefined',
  ],
  [{ ...good, runs: 0 }, 'RangeError: simulate() wants as runs a whole number from 1 to 1000000, and not 0'],
  [
    { ...good, runs: '10' },
    'TypeError: simulate() wants as runs a whole number from 1 to 1000000, and not "10"',
  ],
  [{ ...good, seed: 1.5 }, 'RangeError: simulate() wants as seed a whole number from 1 up, and not 1.5'],
  [
    { ...good, seed: Number.MAX_SAFE_INTEGER },
    'RangeError: simulate() wants as seed a whole number from 1 up, and not 9007199254740991',
  ],
  [{ ...good, nodes: 8 }, 'RangeError: simulate() wants as nodes a whole number from 1 to 7, and not 8'],
  [
    { ...good, invariants: { well: true } },
    'TypeError: simulate() wants as invariants an object of functions, each by a name, and not {"well":true}',
  ],
  [
    { ...good, model: {} },
    'TypeError: simulate() wants as model a model, with initial() and step(), and not {}',
  ],
  [
    { ...good, seeds: 5 },
    'TypeError: simulate() has no option seeds: it takes object, calls, invariants, model, runs, seed, nodes',
  ],
]

for (const [trial, said] of mistakes) {
  t.test(`refused before anything runs: ${said}`, async (t) => {
    const error: unknown = await simulate(trial as Trial<Stock>).catch((thrown: unknown) => thrown)
    t.equal(String(error), said)
  })
}
