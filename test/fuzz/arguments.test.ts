/** A word that is mistyped must not look like a run in which nothing was found. */
import t from 'tap'
import { readArguments } from './arguments.js'

const NAMES = ['whatever lines come', 'whatever lines come twice', 'whatever names are asked for']
const read = (...args: string[]) => readArguments(args, NAMES)

t.test('by default a minute of all targets, from a seed by chance', async (t) => {
  t.same(read(), { minutes: 1, seed: undefined, targets: NAMES, path: undefined })
})

t.test('a word chooses the rules that hold it, a whole rule itself alone', async (t) => {
  t.same(read('--target', 'lines').targets, NAMES.slice(0, 2))
  t.same(read('--target', 'whatever lines come').targets, NAMES.slice(0, 1))
})

t.test('a failure is replayed by what it printed', async (t) => {
  t.match(read('--seed=-2145022351', '--target', 'names', '--path', '12:0:3'), {
    seed: -2145022351,
    targets: NAMES.slice(2),
    path: '12:0:3',
  })
})

t.test('what is wrong is refused by name', async (t) => {
  const refusals: readonly (readonly [RegExp, ...string[]])[] = [
    [/^--minutes wants a number above 0, and not "0"$/, '--minutes', '0'],
    [/^--minutes wants .* not "soon"$/, '--minutes', 'soon'],
    [/^--minutes wants .* not "Infinity"$/, '--minutes', 'Infinity'],
    [/^--minutes wants .* not ""$/, '--minutes', ''],
    [/^--seed wants a whole number of 32 bits, and not "1.5"$/, '--seed', '1.5'],
    [/^--seed wants .* not "4294967296"$/, '--seed', '4294967296'],
    [/^--seed wants .* not "x"$/, '--seed', 'x'],
    [/^--target "snaphsot" is in no rule; there are:\n {2}whatever lines come\n/, '--target', 'snaphsot'],
    [/^--path wants numbers with colons/, '--path', '1:', '--seed', '1', '--target', 'names'],
    [/^--path wants the --seed/, '--path', '1', '--target', 'names'],
    [/^--path wants a --target that is one alone, not 3$/, '--path', '1', '--seed', '1'],
    [/^Unknown option '--minute'/, '--minute', '1'],
    [/^Unexpected argument 'lines'/, 'lines'],
  ]
  for (const [message, ...args] of refusals) t.throws(() => read(...args), { message }, args.join(' '))
})
