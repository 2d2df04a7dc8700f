/** Whoever is refused may ask again without end: what is said to him is cheap to make. */
import t from 'tap'
import { checkRoom } from '../../lib/replica/guards/budget.js'
import { tooLate } from '../../lib/replica/guards/too-late.js'
import { expired, forgotten, reused } from '../../lib/replica/sessions/session-refusals.js'
import { Sessions, SESSIONS_MAX } from '../../lib/replica/sessions/sessions.js'
import { tooManyParams } from '../../lib/rpc/answering/too-many-params.js'
import { OverloadedError } from '../../lib/rpc/errors.js'
import { withoutStack } from '../../lib/without-stack.js'

const PLACE = /^ +at /m

function thrownBy(run: () => unknown): Error {
  try {
    run()
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('it threw no error')
}

/** Sessions are opened until there is no room. */
function openedTooMany(): Error {
  const sessions = new Sessions()
  return thrownBy(() => {
    for (let index = 0; index <= SESSIONS_MAX; index++) sessions.open(index, 0, () => 0.5)
  })
}

const refusals: ReadonlyMap<string, () => Error> = new Map([
  ['a session too many', openedTooMany],
  ['a session that has ended', () => expired('x')],
  ['a number that is forgotten', () => forgotten('x', 1, 2)],
  ['a number of another command', () => reused('x', 1)],
  [
    'a call without room',
    () => thrownBy(() => checkRoom('x', 'calls', { calls: 1, bytes: 1 }, 1, { calls: 1, bytes: 1 })),
  ],
  ['a call that comes too late', () => tooLate('x')],
  ['a call with too many params', () => tooManyParams('x', [], 1)],
])

for (const [what, refusal] of refusals)
  t.test(`${what} is refused without a search for the place where that is said`, async (t) => {
    t.notMatch(refusal().stack, PLACE)
  })

t.test('all other errors know their place, also after one that could not be made', async (t) => {
  t.match(new OverloadedError('x').stack, PLACE)
  thrownBy(() =>
    withoutStack(() => {
      throw new Error('not made')
    }),
  )
  t.match(new OverloadedError('x').stack, PLACE)
})
