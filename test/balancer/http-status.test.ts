import t from 'tap'
import { errorAnswer, httpStatusOf } from '../../balancer/http-status.js'
import * as errors from '../../lib/rpc/errors.js'

const all: readonly errors.RollcallError[] = [
  ...[
    errors.ParseError,
    errors.InvalidRequestError,
    errors.MethodNotFoundError,
    errors.InvalidParamsError,
    errors.InternalError,
    errors.OutcomeUnknownError,
    errors.NoQuorumError,
    errors.NameNotFoundError,
    errors.NameTakenError,
    errors.StaleTermError,
    errors.UnauthorizedError,
    errors.SessionExpiredError,
    errors.TooLargeError,
    errors.OverloadedError,
    errors.CompactedError,
    errors.UnreachableError,
  ].map((Known) => new Known('why')),
  new errors.RemoteError({ name: 'RangeError', message: 'out of range', stack: 'at secret.js:1' }),
  new errors.NotLeaderError({ leader: null, term: 1, members: [] }),
]

t.test('what has run, or may have, is never answered with a status that asks for a repetition', async (t) => {
  for (const error of all) {
    const { status, headers } = errorAnswer(error)
    t.ok(status >= 400, error.label)
    if (error.outcome !== 'not-executed') {
      t.notOk([408, 425, 429, 502, 503].includes(status), `${error.label}: ${status}`)
      t.equal(headers, undefined, error.label)
    }
    if (error.outcome === 'executed') t.ok(status < 500, error.label)
  }
})

t.test('each error of the contract has a status of its own choice; others are 500', async (t) => {
  const broken = all.filter((error) => httpStatusOf(error.label) === 500).map((error) => error.label)
  t.same(broken, ['INTERNAL_ERROR'])
  t.equal(httpStatusOf('constructor'), 500)
  t.equal(errorAnswer('thrown text').status, 500)
})

t.test("an object's own error keeps its name, its message and its fields, and no stack", async (t) => {
  const stack = 'at secret.js:1'
  const cause = { name: 'Error', message: 'no room', stack }
  const thrown = { name: 'RangeError', message: 'out of range', status: 404, cause }
  t.same(JSON.parse(errorAnswer(new errors.RemoteError({ ...thrown, stack })).body), {
    error: {
      code: -32000,
      name: 'REMOTE_ERROR',
      outcome: 'executed',
      message: 'out of range',
      data: { ...thrown, cause: { name: 'Error', message: 'no room' } },
    },
  })
})
