import t from 'tap'
import { presenceAt } from '../../../client/doctor/presence.js'
import type { Json } from '../../../lib/json.js'
import {
  MethodNotFoundError,
  OutcomeUnknownError,
  UnauthorizedError,
  UnreachableError,
} from '../../../lib/rpc/errors.js'

/** An address where each method comes to this; any other is not there. */
const answering = (answers: Readonly<Record<string, Json | Error>>) => ({
  call: (_address: unknown, method: string): Promise<Json> => {
    const answer = answers[method] ?? new MethodNotFoundError(method)
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)
  },
})

const presenceWith = (answers: Readonly<Record<string, Json | Error>>) =>
  presenceAt(answering(answers), { kind: 'tcp', host: 'localhost', port: 1 }, 'node1.status')

t.test('who takes the connection and says nothing is silent, whatever words the error has', async (t) => {
  const silent = new OutcomeUnknownError('x', { noAnswer: 'silent' })
  t.same(await presenceWith({ 'node1.status': silent }), { kind: 'silent' })
})

t.test('who ends the connection instead of an answer is no program of this project', async (t) => {
  const broken = new OutcomeUnknownError('its time is over', { noAnswer: 'broken' })
  t.same(await presenceWith({ 'node1.status': broken }), { kind: 'stranger' })
})

t.test('an error that was the answer is told as it is', async (t) => {
  for (const error of [new UnauthorizedError('no token'), new OutcomeUnknownError('leadership was lost')])
    t.same(await presenceWith({ 'node1.status': error }), { kind: 'refused', error })
})

t.test(
  'nobody is there: by the code of the operating system, or else in the words of the error',
  async (t) => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
    const known = new UnreachableError('not sent', { cause: refused })
    t.same(await presenceWith({ 'node1.status': known }), {
      kind: 'nobody',
      why: 'nobody listens there',
      cause: 'refused',
    })
    const unknown = new UnreachableError('not sent')
    t.same(await presenceWith({ 'node1.status': unknown }), {
      kind: 'nobody',
      why: 'not sent',
      cause: 'other',
    })
  },
)

t.test('a program of this project without that object says what it has', async (t) => {
  const objects = ['nameserver', 'daemon']
  t.same(await presenceWith({ 'daemon.objects': objects }), { kind: 'other-objects', objects })
})
