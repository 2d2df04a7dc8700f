/** What an object throws arrives with what helps: its fields, its causes, and where the call was made. */
import t from 'tap'
import type { Json } from '../../lib/json.js'
import { OutcomeUnknownError, RemoteError, type RemoteErrorData } from '../../lib/rpc/errors.js'
import { HostedObject } from '../../lib/replica/objects/hosted.js'
import { formatUri } from '../../lib/rpc/uri.js'
import { toWire } from '../../lib/rpc/wire-error.js'
import { callerOf } from './callers.js'
import { objectOf, silentLogger, startDaemon } from './rig.js'

async function thrownBy(t: { teardown(end: () => unknown): void }, thrown: unknown): Promise<unknown> {
  const { daemon, address } = await startDaemon({
    it: objectOf({
      fail: () => {
        throw thrown
      },
    }),
  })
  t.teardown(() => daemon.close())
  const uri = formatUri('it', address)
  try {
    return await callerOf(t, async () => uri).call({ name: 'it' }, 'fail', [])
  } catch (error) {
    return error
  }
}

t.test('code and own fields of an error arrive, and so does what it was thrown for', async (t) => {
  const cause = Object.assign(new RangeError('too far', { cause: { status: 503 } }), { code: 'EFAR' })
  const thrown = Object.assign(new TypeError('on purpose', { cause }), {
    code: 'E_PURPOSE',
    status: 409,
    details: [{ field: 'name' }],
    when: new Date(0),
    nothing: undefined,
  })
  const error = await thrownBy(t, thrown)
  t.match(error, {
    label: 'REMOTE_ERROR',
    message: 'on purpose',
    remote: {
      name: 'TypeError',
      code: 'E_PURPOSE',
      status: 409,
      details: [{ field: 'name' }],
      stack: String,
    },
    cause: {
      message: 'too far',
      remote: { name: 'RangeError', code: 'EFAR' },
      cause: { remote: { status: 503 } },
    },
  })
  t.notOk(error instanceof RemoteError && ('when' in error.remote || 'nothing' in error.remote))
})

t.test('the errors that an AggregateError stands for arrive', async (t) => {
  const error = await thrownBy(t, new AggregateError([new Error('one'), 'two'], 'both'))
  t.match(error, { remote: { name: 'AggregateError', errors: [{ message: 'one' }, { message: 'two' }] } })
})

t.test('what is thrown and is no error arrives with its fields', async (t) => {
  t.match(await thrownBy(t, { status: 404, message: 'not here' }), {
    message: 'not here',
    remote: { name: 'object', status: 404 },
  })
  t.match(await thrownBy(t, { status: 404 }), { message: '{"status":404}', remote: { status: 404 } })
  t.match(await thrownBy(t, 'a text'), { message: 'a text', remote: { name: 'string' } })
})

t.test('an error is told in a few kilobytes, whatever hangs on it', async (t) => {
  const long = Object.assign(new Error('m'.repeat(1_000_000)), { a: 'x', b: 'y'.repeat(1_000_000), c: 'z' })
  let chain = long
  for (let depth = 0; depth < 100; depth += 1)
    chain = Object.assign(new Error('outer', { cause: chain }), long)
  const many = new AggregateError(Array.from({ length: 1_000 }, () => chain))
  const text = JSON.stringify(toWire(many))
  t.ok(text.length < 200_000, `${text.length}`)
  t.match(toWire(long), { data: { a: 'x', message: /^m+… \(983616 more\)$/ } })
})

t.test('causes nested without end in an answer do not hurt whoever reads it', async (t) => {
  let cause: RemoteErrorData = { name: 'E', message: 'innermost' }
  for (let depth = 0; depth < 100_000; depth += 1)
    cause = { name: 'E', message: 'outer', cause: { ...cause } as Json }
  t.match(new RemoteError(cause), { cause: { cause: { cause: { cause: { message: 'outer' } } } } })
})

t.test('the stack of a rejected call shows where it was made, and where it was thrown', async (t) => {
  const error = await thrownBy(t, new Error('on purpose'))
  t.ok(error instanceof Error)
  t.match(
    error instanceof Error && error.stack,
    /RemoteError: on purpose[^]*thrownBy[^]*thrown at the other end: Error: on purpose/,
  )
})

t.test(
  "a replicated object's error tells its fields, and nothing that differs between members",
  async (t) => {
    class Failing {
      static commands = ['fail', 'lost', 'text']
      fail(): void {
        throw Object.assign(new RangeError('no room'), { code: 'E_ROOM' })
      }
      lost(): unknown {
        return { rows: [new Set()] }
      }
      text(): void {
        throw { status: 404 }
      }
    }
    const hosted = new HostedObject('it', Failing, silentLogger)
    t.same(hosted.run('fail', []), {
      error: new RemoteError({ code: 'E_ROOM', name: 'RangeError', message: 'no room' }),
    })
    t.match(hosted.run('lost', []), {
      error: { outcome: 'executed', message: /it\.lost: the result \.rows\[0\] is a Set/ },
    })
    t.match(hosted.run('text', []), { error: { remote: { name: 'Error', status: 404 } } })
  },
)

t.test('an error of Rollcall that an object passes on stays what it is', async (t) => {
  t.ok((await thrownBy(t, new OutcomeUnknownError('lost'))) instanceof OutcomeUnknownError)
})
